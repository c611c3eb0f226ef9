import sys
r = sys.getrefcount
class O: pass
x = O(); print(r(x)); y = x; print(r(x)); l = [x]; print(r(x)); l2 = [x, x, x]; print(r(x)); d = {"k": x}; print(r(x))
del l, l2, d; print(r(x)); del y; print(r(x)); print(r(O()), r([]))
a = []; print(r(a)); b = a; print(r(a)); del b; print(r(a))
def local():
    z = O(); first = r(z); w = z; return first, r(z)
print(local())
def arg(a): return r(a)
print(arg(x))
print([r(v) for v in (None, True, 1, 256, (), "", "a", b"", int, type, object)] == [3221225472] * 11)
print(r(int("1000000")), r(float("3.25")), r("".join(["a", "b"])), r(tuple([1, 2])), r(sys.intern("foo_bar" + str(1))))
print(int("256") is int("256"), int("257") is int("257"))
try: r()
except TypeError as e: print(e)
def attributes():
    o = O(); v = []; o.a = v; print(r(v)); o.b = v; print(r(v)); del o.a; print(r(v)); del o; print(r(v))
attributes()
def closure():
    v = []
    def f(): return v
    print(r(v)); del f; print(r(v))
closure()
def args(*a, **k): return r(a[0]), r(k["z"])
p = []; q = {}
print(args(p, z=q))
def gen(v):
    yield r(v)
    yield r(v)
v = []; g = gen(v); print(next(g), next(g)); del g; print(r(v))
t = (v, v); print(r(v)); s = {id(v): v}; print(r(v)); del t, s; print(r(v))
try:
    raise ValueError(v)
except ValueError as e: print(r(v))
print(r(v))
def swallow(o):
    try: raise KeyError(o)
    except KeyError: pass
swallow(v); print(r(v))
m = v.append; print(r(v)); del m; print(r(v))
it = iter(v); print(r(v)); del it; print(r(v))
z = zip(v, v); print(r(v)); del z; print(r(v))
[v for _ in range(3)]; print(r(v)); kept = [v for _ in range(3)]; print(r(v)); del kept; print(r(v))
v.append(v); print(r(v)); v.clear(); print(r(v))
class C:
    def m(self): return r(self)
c = C(); print(c.m(), C.m(c), r(c)); bm = c.m; print(r(c)); del bm; print(r(c))
def default(a=[]): return r(a)
print(default(), r(default.__defaults__[0]))
def star(): return r(v)
print(star(*[], **{}), (lambda v: r(v))(v))
w = [v] * 5; print(r(v)); w[0] = w[1] = 0; print(r(v)); w *= 0; print(r(v))
u = v, v; f, g = u; print(r(v)); del f, g, u; print(r(v))
for i in (v,): print(r(v))
del i; print(r(v))
