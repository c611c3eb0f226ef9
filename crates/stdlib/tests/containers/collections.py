from collections import defaultdict, namedtuple, Counter, OrderedDict, ChainMap
import _collections, sys, copy

dd = defaultdict(int)
for call in [
    lambda: defaultdict(1), lambda: defaultdict(int, {1: 2}, a=3), lambda: defaultdict(int, [1], 2),
    lambda: dd.__reduce__()[:4], lambda: dd["a"], lambda: defaultdict()["q"], lambda: dd | {2: 3}, lambda: {2: 3} | dd,
    lambda: dd | 1, lambda: dd.copy(), lambda: copy.copy(dd), lambda: dd.__missing__(5), lambda: dd.default_factory,
    lambda: defaultdict(None, a=1), lambda: dd, lambda: defaultdict[str, int], lambda: dd == {"a": 0, 5: 0},
    lambda: dd.get("absent"), lambda: "absent" in dd, lambda: dd.setdefault("s", 1), lambda: dd.pop("s"),
]:
    attempt(call)
del dd.default_factory
show(dd)
dd.default_factory = 5
attempt(lambda: dd["z"])
dd |= {"k": 1}
show(type(dd), len(dd))
dd = defaultdict(list)
for word in "one two three four".split():
    dd[len(word)].append(word)
show(dd)
dd["self"] = dd
show(dd)
dd = defaultdict(None)
dd.default_factory = dd.copy
show(dd)


class Sub(defaultdict):
    def __missing__(self, key):
        return key * 2


show(Sub(int)["ab"], Sub(int, x=1), type(Sub(int).copy()))


class Slotted(defaultdict):
    __slots__ = ("extra",)


s = Slotted(list, a=1)
s.extra = 5
show(s, s.extra, s["new"], s.default_factory)
show(sys.getsizeof(defaultdict(int)) <= 72)

get = _collections._tuplegetter(0, "doc")
for call in [
    lambda: get, lambda: get.__get__(1), lambda: get.__get__((1, 2)), lambda: get.__get__(()),
    lambda: get.__set__((1,), 2), lambda: get.__delete__((1,)), lambda: get.__reduce__(), lambda: get.__doc__,
    lambda: get.__get__(None, int), lambda: _collections._tuplegetter("a", "b"),
]:
    attempt(call)

Point = namedtuple("Point", "x y", defaults=[0])
p = Point(1)
show(p, p.x, p._replace(y=5), p._asdict(), Point._fields, Point.x, Point.x.__doc__)
attempt(setattr, p, "x", 1)
attempt(Point)

c = Counter("abracadabra")
show(c, c.most_common(2), c["z"], c + Counter("a"), c - Counter("aaaa"), c & Counter("ab"), +c)
c.update(["z", "z"])
c.subtract("a")
show(c)


class Counting(dict):
    def get(self, key, default=None):
        return super().get(key, default)


m = Counting()
_collections._count_elements(m, "aab")
show(m)
attempt(_collections._count_elements, {}, [[]])

o = OrderedDict(a=1, b=2, c=3)
o.move_to_end("a")
show(o, list(o), list(reversed(o)), o == {"b": 2, "c": 3, "a": 1}, o == OrderedDict(a=1, b=2, c=3))
o.move_to_end("a", last=False)
show(o.popitem(last=False), o.popitem(), o)
attempt(o.move_to_end, "absent")
attempt(lambda: OrderedDict().popitem())
o = OrderedDict.fromkeys("abc", 1)
show(o, o | {"d": 2}, {"z": 0} | o, o.pop("a"), o.pop("q", None), o.copy(), o.setdefault("e", 5))
show(ChainMap({"a": 1}, {"b": 2})["b"])
