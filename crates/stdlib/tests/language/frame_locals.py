import sys
def f():
    x = 1
    y = [2]
    def g(): return y
    fr = sys._getframe()
    p = fr.f_locals
    p['x'] = 10
    p['y'] = 5
    p['new'] = 3
    print(x, y, g(), p['new'], 'new' in p, len(p), sorted(p.keys()))
    try: del p['x']
    except Exception as e: print(type(e).__name__, e)
    del p['new']
    try: p['new']
    except Exception as e: print(type(e).__name__, e)
    try: print(zz)
    except NameError as e: print(e)
    print(p.get('q'), p.get('q', 4), p.setdefault('x', 3), p.pop('u', 7))
    try: p.pop('x')
    except Exception as e: print(type(e).__name__, e)
    p.update({'x': 'upd'})
    print(x, p | {'k': 1} == dict(p) | {'k':1}, type(p).__name__)
    return fr
fr = f()
print(fr.f_locals['x'], fr.f_locals == fr.f_locals, fr.f_locals is fr.f_locals)
class Evil:
    def __add__(self, other):
        sys._getframe(1).f_locals['a'] = None
        sys._getframe(1).f_locals['b'] = None
        return (self is not None, other)
def h():
    a = Evil(); b = [1,2,3]
    return a + b, a, b
print(h())
def gen():
    z = 1
    while True:
        yield z
g = gen(); next(g)
g.gi_frame.f_locals['z'] = 'changed'
print(next(g))
def unbound():
    p = sys._getframe().f_locals
    p['late'] = 1
    print(late)
    late = 2
unbound()
print([x for x in sys._getframe().f_locals if x == 'fr'])
def lc():
    return [list(sys._getframe().f_locals) for q in [1]]
print(lc())
def loc():
    a = 1
    l = locals(); l['a'] = 2
    return a, locals() is l
print(loc())
