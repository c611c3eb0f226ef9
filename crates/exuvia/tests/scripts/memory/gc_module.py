import gc
print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.get_freeze_count(), gc.garbage, gc.callbacks)
gc.disable(); print(gc.isenabled()); gc.enable(); print(gc.isenabled())
gc.set_threshold(100, 5, 5); print(gc.get_threshold()); gc.set_threshold(2000); print(gc.get_threshold()[0]); gc.set_threshold(2000, 10, 10)
for a in [(), ("a",), (1, 2, 3, 4)]:
    try: print(gc.set_threshold(*a))
    except TypeError as e: print("TypeError")
class O: pass
for v in (1, "a", None, 1.5, [], {}, (), tuple([1]), (1, []), {1: 2}, {1: []}, set(), O(), O, len, lambda: 0, range(3), b"x", 10 ** 30, True, iter([]), frozenset([1])):
    print(type(v).__name__, gc.is_tracked(v))
o = O(); o.x = [1]; print(gc.get_referents([1, "a"]), gc.get_referents(o.x), gc.get_referents({"k": "v"}), gc.get_referents(1), gc.get_referents())
l = [o]; print(any(r is l for r in gc.get_referrers(o)), len(gc.get_referrers(O())) )
class F:
    def __del__(self): pass
f = F(); print(gc.is_finalized(f), gc.is_finalized(1))
log = []
def cb(phase, info): log.append((phase, sorted(info)))
gc.callbacks.append(cb); gc.collect(); gc.callbacks.remove(cb); print(log)
for a in [3, -1, "a"]:
    try: gc.collect(a)
    except (ValueError, TypeError) as e: print(type(e).__name__, e)
print(gc.collect(generation=1) >= 0)
s = gc.get_stats(); print(len(s), sorted(s[0]))
before = gc.get_stats()[2]["collections"]; gc.collect(); print(gc.get_stats()[2]["collections"] - before)
objs = gc.get_objects(); print(any(x is o for x in objs), len(objs) > 100, isinstance(gc.get_objects(generation=0), list))
try: gc.get_objects(generation=5)
except ValueError as e: print(e)
gc.freeze(); print(gc.get_freeze_count() > 0); gc.unfreeze(); print(gc.get_freeze_count())
def bad(phase, info): raise ValueError("x")
import sys; sys.unraisablehook = lambda u: print("unraisable", u.exc_type.__name__)
gc.callbacks.append(bad); gc.collect(); gc.callbacks.clear()
class Col:
    def __del__(self): log2.append(gc.collect())
log2 = []
c = Col(); c.c = c; del c; gc.collect(); print(log2)
