# Subclasses of str may have slots.
class S(str):
    __slots__ = 'a', 'b'
s = S('héllo'); s.a = 1
print(s, s.a, hasattr(s, 'b'))
s.b = [s.a]; print(s.b, s + 'x', len(s)); del s.a
try: s.c = 1
except AttributeError as e: print(e)
class T(S): pass
t = T('x' * 100); t.a = 5; t.z = 6; print(t, t.a, t.z, t.__dict__)
