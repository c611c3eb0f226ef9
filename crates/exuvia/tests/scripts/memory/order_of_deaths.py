class D:
    def __init__(self, n): self.n = n
    def __del__(self): print(self.n, end=" ")
def locals_():
    a = D("a"); b = D("b"); c = D("c")
locals_(); print()
def args(a, b, *c, **d): pass
args(D("a"), D("b"), D("c"), d=D("d")); print()
class O: pass
o = O(); o.a = D("a"); o.b = D("b"); o.c = D("c"); del o; print()
class S: __slots__ = ("c", "a", "b")
s = S(); s.a = D("a"); s.b = D("b"); s.c = D("c"); del s; print()
o = O()
for i in range(40): setattr(o, f"x{i}", D(i))
del o; print()
o = O(); o.a = D("a"); o.__dict__; o.b = D("b"); del o; print()
(D(1), D(2), D(3)); print()
[D(1), D(2), D(3)]; print()
{1: D(1), 2: D(2)}; print()
{D("key"): D("value")}; print()
l = [D(i) for i in range(5)]; l[1:3] = []; print("|", end=" "); l.clear(); print()
l = [D(i) for i in range(5)]; del l[::2]; print("|", end=" "); del l; print()
l = [D(i) for i in range(3)]; l[:] = [D(9)]; print("|", end=" "); l = None; print()
l = [D(i) for i in range(3)]; l.pop(0); print("|", end=" "); l *= 0; print()
d = {i: D(i) for i in range(4)}; d.pop(2); print("|", end=" "); d.clear(); print()
d = {i: D(i) for i in range(4)}; d[0] = 0; print("|", end=" "); del d; print()
def f():
    x = D("x")
    try: raise ValueError(D("arg"))
    except ValueError as e: print("handler", end=" ")
    print("after", end=" ")
f(); print()
def g():
    yield D("yielded")
    y = D("y")
    yield
i = g(); next(i); print("|", end=" "); next(i); print("|", end=" "); del i; print()
f2 = (lambda a, b: lambda: (a, b))(D("a"), D("b")); del f2; print()
def h(): return D("ret")
h(); print("|", end=" "); x = h(); print("|", end=" "); x = 1; print()
class C:
    attr = D("class attr")
C.attr = 1; print()
for x in [D(1), D(2)]: print("body", end=" ")
print("|", end=" "); del x; print()
for x in (D(i) for i in range(3)): print("b", end=" ")
del x; print()
a, b = D("a"), D("b"); a, b = b, a; print("|", end=" "); a = b = None; print()
with_ = [D("w")]; with_.append(with_[0]); del with_[0]; print("|", end=" "); del with_; print()
str(D("s"))[:0]; print()
D("x") and None; print()
D("cmp") == D("cmp2"); print()
[D(1)][0].n; print()
D("attr").n; print()
(D("t"),)[0]; print()
{**{1: D("u")}}; print()
[*[D("v")]]; print()
f"{D('fmt').n}"; print()
def raiser():
    local = D("local")
    1 / 0
try: raiser()
except ZeroDivisionError: print("caught", end=" ")
print()
def nested():
    def inner(): return cell
    cell = D("cell")
    inner()
nested(); print()
try: D("in call").missing(D("never"))
except AttributeError: pass
print()
def default(a=D("default")): pass
del default; print()
t = (D(1), [D(2), (D(3),)], {4: D(4)}); del t; print()
def kw(**k): k.clear(); print("|", end=" ")
kw(a=D("a"), b=D("b")); print()
s = {D("s1")}; s.clear(); print()
import types
n = types.SimpleNamespace(a=D("na"), b=D("nb")); del n; print()
m = types.ModuleType("m"); m.x = D("mx"); m.y = D("my"); del m; print()
