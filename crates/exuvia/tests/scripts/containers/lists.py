l = [3, 1, 2]
l.append(4); l.extend("ab"); l.insert(1, "i"); l += (5,)
print(l, l.pop(), l.pop(0), l.index("a"), l.count(1), len(l)); l.remove("b"); print(l); l.reverse(); print(l)
print(sorted([3, 1, 2]), sorted("bca", reverse=True), sorted(["bb", "a"], key=len), sorted([(1, "b"), (1, "a")]))
x = [5, 3, 8]; x.sort(); print(x); x.sort(key=lambda v: -v); print(x); print(x.copy() is x, x.copy() == x, x * 2, 2 * x, x + [1])
print(x[0], x[-1], x[1:], x[::-1], x[5:], x[-100:2]); x[1:1] = [9, 9]; print(x); x[:] = []; print(x, bool(x)); x.clear()
for expression in ["[].pop()", "[1][5]", "[1]['a']", "[1].remove(2)", "[1].index(2)", "[1] + (2,)", "[1, 'a'].sort()", "[1] * 'a'", "[1].insert('a', 1)", "list(5)", "[3, 'a'] < [3, 1]", "[1, 2] < [1, 2, 3]", "[[1]] == [[1]]", "[1] < 5", "[1].extend(5)", "[].__delitem__(0)", "[1, 2, 3].pop(-4)", "hash([])", "[1] * 10**30", "[0].__setitem__(3, 1)", "list('abc')", "[*'ab', *[1]]", "[1, 2, 3].index(3, 0, 2)", "[nan_ := float('nan')] == [nan_]", "sorted([3, 2], key=5)", "[].sort(1)", "list(a=1)"]:
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__ + ":", e)
r = []; r.append(r); print(r, r == r); t = ([],); t[0].append(t); print(t)
class Weird:
    def __eq__(self, other): big.clear(); return False
big = [Weird(), Weird(), Weird()]
print(Weird() in big, big.count(1), len(big))
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): items.append(0); return self.v < o.v
items = [K(3), K(1), K(2)]
try: items.sort()
except ValueError as e: print(e)
print(len(items))
def bad_key(v): raise KeyError(v)
z = [1, 2]
try: z.sort(key=bad_key)
except KeyError as e: print(e, z)
it = iter([1, 2, 3]); next(it); print(it.__length_hint__(), list(it), list(it)); rit = reversed([1, 2]); print(list(rit))
data = list(range(10)); del data[2:5]; del data[-1]; data[::2] = "abc"; print(data)
s = [(i % 7, i) for i in range(50)]; print(sorted(s, key=lambda p: p[0]) == sorted(s), sorted(range(100), key=lambda v: (v * 37) % 101)[:10])
class L(list):
    def append(self, v): super().append(v * 2)
    def __getitem__(self, i): return "sub" + str(super().__getitem__(i))
q = L([1]); q.append(2); print(q, q[1], q[:], type(q + [1]).__name__, q.__class__.__name__)
nested = [[0] * 2] * 2; nested[0][0] = 1; print(nested)
print(list(zip([1, 2], "ab")), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, "", 2])), list(enumerate("ab", 5)), list(reversed(range(3))), [*zip()], any([0, 1]), all([]), sum([[1], [2]], []))
try: list(zip([1], [1, 2], strict=True))
except ValueError as e: print(e)
print(min([3, 1]), max("a", "b"), min([], default=5), max([1, -5], key=abs), sum(range(5), 10), list(iter(lambda c=iter([1, 2, 0]): next(c), 0)))
t = (1, 2, 3); print(t[0], t[1:], t + (4,), t * 2, t.index(2), t.count(1), 2 in t, t < (1, 3), hash(t) == hash((1, 2, 3)), (), (1,), tuple([1]), tuple("ab"), t[::-1])
for expression in ["t[5]", "t.x", "t + [1]", "t.index(9)", "hash(([],))", "tuple(5)", "t < 5", "t['a']"]:
    try: print(expression, "=", eval(expression))
    except Exception as e: print(expression, "->", type(e).__name__ + ":", e)
r = range(10); print(r[3], r[-1], r[2:5], r[::-2], len(r), 5 in r, 10 in r, r.index(4), r.count(3), r == range(0, 10, 1), range(0), list(range(5, 0, -2)), hash(range(3)) == hash(range(3)), range(10**20)[-1], r.start, r.stop, r.step, 3.0 in r, "a" in r)
