# Structures nested this deep are dropped without nesting the native stack. DEPTH is given by the test for the full counts.
import gc
N = globals().get("DEPTH", 3_000)
gc.disable()
def lists():
    l = []
    for _ in range(N): l = [l]
    return l
def tuples():
    t = ()
    for _ in range(N): t = (t, 1)
    return t
def dicts():
    d = {}
    for _ in range(N): d = {"k": d}
    return d
class Node:
    def __init__(self, next): self.next = next
def instances():
    n = None
    for _ in range(N): n = Node(n)
    return n
class Slot:
    __slots__ = ("next",)
def slots():
    n = None
    for _ in range(N):
        s = Slot(); s.next = n; n = s
    return n
def closures():
    f = None
    for _ in range(N):
        def g(f=f): return f
        f = g
    return f
def cells():
    f = None
    def make(f): return lambda: f
    for _ in range(N): f = make(f)
    return f
def generators():
    def gen(x): yield x
    g = None
    for _ in range(N):
        g = gen(g); next(g)
    return g
def exceptions():
    e = None
    for _ in range(N):
        n = ValueError(); n.__cause__ = e; e = n
    return e
def contexts():
    e = None
    for _ in range(N):
        n = ValueError(e); e = n
    return e
def methods():
    class M:
        def m(self): pass
    m = None
    for _ in range(N):
        o = M(); o.prev = m; m = o.m
    return m
def iterators():
    i = iter([])
    for _ in range(N): i = map(None, i)
    return i
def mixed():
    x = None
    for i in range(N):
        x = [x] if i % 5 == 0 else (x,) if i % 5 == 1 else {1: x} if i % 5 == 2 else Node(x) if i % 5 == 3 else {frozenset([1]), i}and [x]
    return x
deaths = 0
class Dying:
    def __init__(self, next): self.next = next
    def __del__(self):
        global deaths
        deaths += 1
def dying():
    n = None
    for _ in range(N): n = Dying(n)
    return n
for make in (lists, tuples, dicts, instances, slots, closures, cells, generators, exceptions, contexts, methods, iterators, mixed, dying):
    made = make()
    del made
    print(make.__name__)
print(deaths == N)
# The same as garbage in a circle.
for make in (lists, dicts, instances, slots, closures, generators, dying):
    made = [make()]
    made.append(made)
    del made
    print(make.__name__, gc.collect() > 0)
print(deaths == 2 * N)
