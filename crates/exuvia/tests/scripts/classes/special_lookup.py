class C: pass
c = C()
c.__len__ = lambda: 5
try: len(c)
except TypeError as e: print(e)
C.__len__ = lambda self: 6
print(len(c))
del C.__len__
try: len(c)
except TypeError as e: print(e)
class D:
    def __getattribute__(self, n): print("getattribute", n); return object.__getattribute__(self, n)
    def __len__(self): return 3
    def __iter__(self): return iter("d")
d = D(); print(len(d), list(d)); d.__len__()
class E:
    __iter__ = None
    __hash__ = None
    __contains__ = None
    __call__ = None
for f in (iter, hash, lambda x: 1 in x, lambda x: x()):
    try: f(E())
    except TypeError as e: print(e)
class F:
    __slots__ = ()
    __eq__ = lambda s, o: True
print(F() == 1, F.__hash__)
class G(F):
    def __hash__(self): return 1
print(hash(G()))
class H:
    __bool__ = None
try: bool(H())
except TypeError as e: print(e)
class I:
    def __init__(self): self.log = []
    def __getitem__(self, i):
        self.log.append(i)
        if i == 3: raise IndexError
        return i
i = I(); print(list(i), i.log, 2 in i, 7 in I())
class J:
    def __lt__(self, o): return NotImplemented
    def __gt__(self, o): return "gt from right"
print(J() < J())
class K:
    def __add__(self, o): return "K+"
    __radd__ = __add__
    def __iadd__(self, o): return NotImplemented
k = K(); k += 1; print(k, 1 + K())
class L(int):
    def __index__(self): return 99
    def __int__(self): return 98
    def __bool__(self): return False
l = L(5); print([0] * 6 == [0] * l, int(l), bool(l), range(10)[l], l + 1)
class M:
    def __getattr__(self, n):
        if n.startswith("__"): print("asked", n)
        raise AttributeError(n)
m = M()
try: m + 1
except TypeError as e: print(e)
import copy
class N:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
    def __reduce__(self): return N, ()
print(copy.copy(N()), copy.deepcopy(N()), copy.deepcopy([N()]))
class O:
    def __class_getitem__(cls, i): return i
    def __init_subclass__(cls, **k): print("init_subclass", cls.__name__, k)
    def __set_name__(self, o, n): print("set_name", n)
class P(O, kw=1): member = O()
print(O[5], P[6])
class Q:
    @property
    def __class__(self): return int
print(isinstance(Q(), int), type(Q()).__name__, Q().__class__)
class R:
    def __dir__(self): return ["z", "a"]
    def __sizeof__(self): return 100
    def __format__(self, s): return "fmt" + s
    def __fspath__(self): return "/path"
print(dir(R()), R().__sizeof__(), f"{R():x}")
class S:
    def __eq__(self, o): return "truthy"
    def __ne__(self, o): return ""
print(S() == 1, S() != 1, [S()] == [1], S() in [1], [S()].count(5), [1].index(S()))
class T:
    def __missing__(self, k): return 1
try: T()["a"]
except TypeError as e: print(e)
class U(type):
    def __eq__(c, o): return True
    def __hash__(c): return 5
    def __bool__(c): return False
    def __add__(c, o): return "class add"
class V(metaclass=U): pass
print(V == 5, hash(V), bool(V), V + 1)
class W:
    def __get__(self, i, o): return "got"
    def __call__(self): return "called"
class X: __len__ = W(); w = W()
try: print(len(X()))
except TypeError as e: print(e)
print(X().w)
class Y:
    def __enter__(self): return self
    def __exit__(self, *a): return True
y = Y(); y.__exit__ = None
with y: 1 / 0
print("suppressed")
class Z(list):
    def __len__(self): return 100
    def __iter__(self): return iter("zzz")
z = Z([1, 2]); print(len(z), list(z), [*z], tuple(z), z == [1, 2], z[0], bool(Z()), sorted(z), "".join(z), dict.fromkeys(z))
