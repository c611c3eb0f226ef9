d = {"a": 1, "b": 2}
d["c"] = 3; d |= {"d": 4}; print(d, d["a"], d.get("z"), d.get("z", 0), "a" in d, len(d), list(d), d.pop("a"), d.pop("zz", None), d.popitem())
print(d.setdefault("b", 9), d.setdefault("n"), d, d.keys(), d.values(), d.items(), d.copy() == d, d | {"b": 0}, {"b": 5} | d); d.update(x=1, **{"y": 2}); d.update([("z", 3)]); print(d)
print(dict(a=1), dict([(1, 2)]), dict({"a": 1}, b=2), dict.fromkeys("ab", 0), dict.fromkeys([1]), {**d, "k": 1}, list(reversed(d)), dict(zip("ab", [1, 2])))
for expression in ["{}['a']", "{[]: 1}", "{}.pop('a')", "{}.popitem()", "dict(5)", "dict([1])", "dict([(1, 2, 3)])", "{} < {}", "{1: 2} == {1.0: 2.0}", "{True: 1, 1: 2}", "d.update(5)", "{}.setdefault([])", "hash({})", "d.nope", "{'a': 1} | [1]", "dict.fromkeys(5)", "d.keys() & {'x', 'q'}", "d.keys() | ['w'] >= d.keys()", "sorted(d.items() ^ {('x', 1)}) != 0", "d.keys() - d.keys()", "d.values() == d.values()", "d.keys() == set(d)", "d.keys().isdisjoint(['zzz'])", "dict(**{1: 2})", "{}.__delitem__('q')", "d.keys() < 5"]:
    try: print(expression, "=", eval(expression))
    except Exception as e: print(expression, "->", type(e).__name__ + ":", e)
try:
    for k in d: d[k + "!"] = 1
except RuntimeError as e: print(e)
try:
    for k in list(d): del d[k]
    for k in {"a": 1, "b": 2}: pass
    e = {"a": 1, "b": 2}
    for k in e: del e[k]; e["new" + k] = 1
except RuntimeError as e: print(e)
class Missing(dict):
    def __missing__(self, k): return "missing " + k
m = Missing(a=1); print(m["a"], m["b"], m.get("b"), "b" in m, m)
order = {}
for k in [3, 1, 2]: order[k] = k
order[3] = "again"; del order[1]; order[1] = "end"; print(order, list(order.items()))
class Key:
    def __init__(self, h, n): self.h, self.n = h, n
    def __hash__(self): return self.h
    def __eq__(self, o): return isinstance(o, Key) and self.n == o.n
c = {Key(1, i): i for i in range(10)}; print(c[Key(1, 5)], Key(1, 11) in c, len(c)); del c[Key(1, 3)]; print([v for v in c.values()])
class Evil:
    def __hash__(self): return 1
    def __eq__(self, o): target.clear(); return True
target = {Evil(): 1}
target[2] = 2
try: print(target.get(Evil()), len(target))
except Exception as e: print(type(e).__name__)
r = {}; r["self"] = r; print(r); l = [r]; r["l"] = l; print(r)
print({1: "a", "1": "b", 1.5: "c", (1,): "d", None: "e", True: "t"}, {i: i * i for i in range(3)})
it = iter({"a": 1}); print(next(it), it.__length_hint__(), next(it, "end")); v = {"a": 1}; k = v.keys(); v["b"] = 2; print(k, len(k), list(v.items())[0])
big = {i: str(i) for i in range(1000)}; print(len(big), big[999], sum(big), 1000 in big)
for i in range(0, 1000, 2): del big[i]
print(len(big), list(big)[:5], big.popitem()); big.clear(); print(big)
class D(dict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
dd = D(a=1); dd["b"] = 2; print(dd, type(dd.copy()).__name__, type(dd | {}).__name__)
import types
p = types.MappingProxyType({"a": 1}); print(p, p["a"], len(p), "a" in p, p | {"b": 2}, p.get("x"))
try: p["a"] = 2
except TypeError as e: print(e)
ns = types.SimpleNamespace(a=1, b="x"); ns.c = 3; print(ns, ns == types.SimpleNamespace(a=1, b="x", c=3), vars(ns))
s = {1, 2, 3}; s.add(4); s.discard(9); s.remove(1); print(s, s | {9}, s & {2}, s - {2}, s ^ {2, 9}, s <= {2, 3, 4, 5}, s.isdisjoint({8}), s.union([7], (8,)), len(s), 2 in s, s == {4, 3, 2}, frozenset([1]) | {2}, type(frozenset([1]) | {2}).__name__)
s.update([5], {6}); s -= {5}; s &= {2, 3, 6}; s ^= {3}; s |= {1}; print(sorted(s), s.copy() == s, set("aab") == {"a", "b"}, {frozenset([1]): "fs"}, set() , frozenset(), hash(frozenset([1, 2])) == hash(frozenset([2, 1])))
for expression in ["{[]}", "set(5)", "set().pop()", "{1}.remove(2)", "{1} | [2]", "{1} < 5", "set([[]])", "{1}.add({})", "{1} == [1]", "frozenset([1]).add(2)", "{1, 2}.issubset([1, 2, 3])", "{1}.issuperset(5)", "hash(set())", "{frozenset([1])} == {frozenset([1])}", "{1}.__contains__({1})", "{frozenset({1})}.__contains__({1})", "set(a=1)", "{*(), *[1]}"]:
    try: print(expression, "=", eval(expression))
    except Exception as e: print(expression, "->", type(e).__name__ + ":", e)
try:
    for x in s: s.add(x + 100)
except RuntimeError as e: print(e)
