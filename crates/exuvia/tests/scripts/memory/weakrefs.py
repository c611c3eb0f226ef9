import weakref, gc
class O:
    def __init__(self, n=0): self.n = n
    def __repr__(self): return f"O({self.n})"
o = O(1)
r = weakref.ref(o); print(r() is o, r is weakref.ref(o), weakref.getweakrefcount(o), r == weakref.ref(o), hash(r) == hash(o))
p = weakref.proxy(o); print(p.n, p, isinstance(p, O), type(p).__name__); p.n = 5; print(o.n)
del o; print(r())
try: p.n
except ReferenceError as e: print(e)
for v in (1, "a", None, (), [], {}, 1.5):
    try: weakref.ref(v); print("fine", type(v).__name__)
    except TypeError as e: print(e)
class S: __slots__ = ()
try: weakref.ref(S())
except TypeError as e: print(e)
class SW: __slots__ = ("__weakref__",)
s = SW(); print(weakref.ref(s)() is s)
def cb(ref): print("callback", ref())
a = O(2); r1 = weakref.ref(a, cb); r2 = weakref.ref(a, lambda r: print("second")); print(weakref.getweakrefcount(a), r1.__callback__ is cb, len(weakref.getweakrefs(a))); del a; print(r1.__callback__)
b = O(3); r3 = weakref.ref(b, cb); del r3; del b
d = weakref.WeakValueDictionary(); k = O(4); d["k"] = k; d["gone"] = O(5); print(list(d.items()), len(d)); del k; print(list(d), d.get("k"))
kd = weakref.WeakKeyDictionary(); k = O(6); kd[k] = "v"; print(len(kd), kd[k]); del k; print(len(kd))
ws = weakref.WeakSet(); x = O(7); ws.add(x); ws.add(O(8)); print(len(ws), x in ws); del x; print(len(ws))
class M:
    def m(self): return "called"
m = M(); wm = weakref.WeakMethod(m.m); print(wm()(), weakref.ref(m.m)()); del m; print(wm())
class Sub(weakref.ref):
    __slots__ = ("extra",)
    def __init__(self, o, cb=None, extra=None): super().__init__(o, cb); self.extra = extra
    def __new__(cls, o, cb=None, extra=None): return super().__new__(cls, o, cb)
t = O(12); sub = Sub(t, None, "x"); print(sub() is t, sub.extra, sub is Sub(t), sub == weakref.ref(t)); del t; print(sub())
gc.collect(); c1, c2 = O(13), O(14); c1.o, c2.o = c2, c1; rc = weakref.ref(c1, cb); del c1, c2; print(gc.collect()); print(rc())
print(weakref.ref(int)() is int, weakref.ref(cb)() is cb, weakref.ref({1})() is None)
q = O(15); alive = weakref.ref(q); dead = weakref.ref(O()); print(alive == dead, dead == dead, dead != weakref.ref(O()))
try: hash(dead)
except TypeError as e: print(e)
hash(alive); h0 = hash(alive); del q; print(hash(alive) == h0)
l = O([]); pl = weakref.proxy(l); print(pl.n, bool(pl)); pl.n.append(1); print(pl.n)
class Ops:
    def __len__(self): return 3
    def __getitem__(self, i): return i
    def __add__(self, o): return "add"
    def __call__(self): return "call"
    def __iter__(self): return iter("it")
    def __contains__(self, x): return True
    def __bool__(self): return False
    def __str__(self): return "str"
    def __eq__(self, o): return "eq"
op = Ops(); po = weakref.proxy(op); print(len(po), po[5], po + 1, po(), list(po), 1 in po, bool(po), str(po), po == 1, type(po).__name__)
try: hash(po)
except TypeError as e: print(e)
fn = lambda: None; wr = weakref.ref(fn); del fn; print(wr())
def gen(): yield
gg = gen(); wg = weakref.ref(gg); print(wg() is gg); del gg; print(wg())
class Chain:
    def __init__(self, nxt): self.nxt = nxt
head = None; refs = []
for i in range(5):
    head = Chain(head); refs.append(weakref.ref(head, lambda r, i=i: print("chain", i)))
del head
print([r() for r in refs])
