import gc
class O: pass
def case(name, make, *then):
    gc.collect()
    made = make()
    del made
    result = [gc.collect()]
    for step in then:
        step()
        result.append(gc.collect())
    print(name, *result)
def pair():
    a, b = O(), O(); a.o, b.o = b, a
case("two instances", pair)
def touched():
    a, b = O(), O(); a.o, b.o = b, a; a.__dict__, b.__dict__
case("touched", touched)
def lists(): a, b = [], []; a.append(b); b.append(a)
case("lists", lists)
def dicts(): a, b = {}, {}; a["b"] = b; b["a"] = a
case("dicts", dicts)
def list_dict(): a, b = [], {}; a.append(b); b["a"] = a
case("list+dict", list_dict)
def tuple_list(): b = []; a = (b,); b.append(a)
case("tuple+list", tuple_list)
def self_list(): a = []; a.append(a)
case("self list", self_list)
def self_dict(): a = {}; a["a"] = a
case("self dict", self_dict)
def self_inst(): a = O(); a.a = a
case("self instance", self_inst)
class S: __slots__ = "o"
def slots(): a, b = S(), S(); a.o, b.o = b, a
case("slots", slots)
class Node:
    def __init__(self, parent=None): self.parent = parent; self.children = []; parent and parent.children.append(self)
class Par: pass
def parent():
    p = Par(); c = Par(); kids = [c]; p.kids = kids; c.parent = p
case("parent+list+child", parent)
class T: pass
def tree():
    r, a, b = T(), T(), T(); r.l, r.r = a, b; a.p = b.p = r
case("tree", tree)
count = []
class D:
    def __del__(self): count.append(1)
def del_self(): a = D(); a.a = a
def del_pair(): a, b = D(), D(); a.o, b.o = b, a
case("del self", del_self); case("del pair", del_pair); print(len(count), gc.garbage)
def local_class(): class_ = type("K", (), {})
def class_stmt():
    class K: pass
def class_method():
    class K:
        def m(self): pass
def class_slots():
    class K: __slots__ = ("a", "b")
def class_instance():
    class K: pass
    K()
case("class", class_stmt); case("class with method", class_method); case("class with slots", class_slots); case("class and instance", class_instance)
def closure():
    def f(): return f
case("recursive closure", closure)
def lam():
    a = O(); a.f = lambda: a
case("object with lambda", lam)
def bound():
    class_ = O
    a = B(); a.m = a.method
class B:
    def method(self): pass
case("own bound method", bound)
def exc():
    try: raise ValueError
    except ValueError as e: saved = e
case("exception in own frame", exc)
def hundred():
    for _ in range(100):
        a = []; a.append(a)
case("hundred", hundred)
class R:
    keep = []
    def __del__(self): R.keep.append(self)
def res(): a = R(); a.a = a
case("resurrect", res, R.keep.clear)
import weakref
def wself(): a = O(); a.w = weakref.ref(a)
case("weakref to self", wself); case("nothing", lambda: None)
for generation in range(3):
    gc.collect(); pair(); print("generation", generation, gc.collect(generation))
gc.collect(); gc.set_debug(gc.DEBUG_SAVEALL); pair(); print(gc.collect(), len(gc.garbage)); gc.set_debug(0); gc.garbage.clear(); print(gc.collect())
def exc_deleted():
    try: raise ValueError
    except ValueError as e: pass
case("exception deleted", exc_deleted)
print(gc.get_count()[1:], gc.isenabled(), gc.get_threshold())
