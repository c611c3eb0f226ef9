import gc, _weakref as weakref
gc.disable()
log = []
class A:
    def __init__(self, name): self.name = name
    def __del__(self):
        log.append(f"del {self.name}")
        if watch.get(self.name): log.append(f"weakref inside: {watch[self.name]() and watch[self.name]().name}")
watch = {}
def done():
    print(log); log.clear()

# By count: __del__ first, then callbacks, newest first.
a = A("a")
watch["a"] = weakref.ref(a)
cb1 = weakref.ref(a, lambda r: log.append(f"cb1 {r()}"))
cb2 = weakref.ref(a, lambda r: log.append(f"cb2 {r()}"))
del a
done()

# In a cycle: callbacks first, then every __del__ in the order of creation.
x, y, z = A("x"), A("y"), A("z")
x.o, y.o, z.o = y, z, x
watch["x"] = weakref.ref(x)
r1 = weakref.ref(x, lambda r: log.append(f"r1 {r()}"))
r2 = weakref.ref(y, lambda r: log.append(f"r2 {r()}"))
del x, y, z
print(gc.collect())
done()

# A weak reference that is garbage itself is not called.
b, c = A("b"), A("c")
b.o, c.o = c, b
b.ref = weakref.ref(c, lambda r: log.append("never"))
del b, c
print(gc.collect())
done()

# Resurrection by count: __del__ runs once; the weak reference survives.
class Z:
    def __del__(self):
        log.append("Z del")
        saved.append(self)
saved = []
z = Z()
wz = weakref.ref(z, lambda r: log.append(f"wz {r()}"))
del z
print(wz() is saved[0])
done()
saved.clear()
done()
print(wz())

# Resurrection in a cycle.
z = Z(); z.self = z
del z
print(gc.collect(), len(saved)); done()
saved.clear()
print(gc.collect()); done()

# Objects that die while a __del__ runs.
class Nest:
    def __init__(self, n): self.n = n; self.child = Nest(n - 1) if n else None
    def __del__(self): log.append(self.n)
n = Nest(5)
del n
done()

# A __del__ set or removed on the class later.
class Late: pass
l = Late()
Late.__del__ = lambda self: log.append("late")
del l
done()
l = Late(); del Late.__del__; del l
done()
class Own: pass
o = Own(); o.__del__ = lambda: log.append("never"); del o
done()
class Base:
    def __del__(self): log.append("base " + type(self).__name__)
class Derived(Base): pass
Derived(); done()
class Super(Base):
    def __del__(self): log.append("super"); super().__del__()
Super(); done()

# __del__ called directly, and the death of arguments and locals at the right moment.
d = A("direct"); d.__del__(); done(); del d; done()
def f():
    local = A("local")
    log.append("in f")
f(); log.append("after f"); done()
def g(arg): log.append("g"); del arg; log.append("g end")
g(A("arg")); done()
A("temporary"); log.append("after"); done()
lst = [A("i0"), A("i1"), A("i2")]
del lst; done()
tup = (A("t0"), A("t1")); del tup; done()
dct = {i: A(f"d{i}") for i in range(3)}; dct.clear(); done()
lst = [A("l0"), A("l1"), A("l2")]; lst[1] = None; done(); lst.clear(); done()
x = A("old"); x = A("new"); done(); del x; done()
for i in [A("loop")]: log.append("body")
del i; done()
try:
    raise ValueError(A("exc"))
except ValueError: log.append("handler")
done()
def gen():
    k = A("gen")
    try: yield 1
    finally: log.append("gen finally")
it = gen(); next(it); del it; done()
it = gen(); next(it); it = None; done()
def unfinished():
    m = A("m"); yield; yield
u = unfinished(); next(u); u.close(); done()
s = {A("s")}; s.pop(); done()
setattr_holder = type("H", (), {})(); setattr_holder.v = A("attr"); del setattr_holder.v; done(); setattr_holder.v = A("attr2"); del setattr_holder; done()
c = (lambda v: lambda: v)(A("cell")); del c; done()
