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

# Keys moved to and taken off both ends, against a list.
for as_key in (int, str):
    o, model, state = OrderedDict(), [], 1
    for step in range(3000):
        state = state * 1103515245 + 12345 & 0x7fffffff
        key, action = as_key(state >> 16 & 63), state >> 8 & 7
        if action < 3:
            o[key] = step
            if key not in model:
                model.append(key)
        elif action < 5 and model:
            if key in model:
                o.move_to_end(key, last=action == 3)
                model.remove(key)
                model.insert(len(model) if action == 3 else 0, key)
        elif action == 5 and model:
            if o.popitem(last=False)[0] != model.pop(0):
                show("first", step)
        elif action == 6 and model:
            if o.popitem()[0] != model.pop():
                show("last", step)
        elif key in model:
            del o[key]
            model.remove(key)
        if list(o) != model or list(reversed(o)) != model[::-1] or any(key not in o for key in model):
            show("order", step, list(o), model)
            break
    show(len(model), list(o)[:5])


class Noted(OrderedDict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


n = Noted(a=1, b=2)
n.update([("c", 3)])
show(n, n.copy(), n | {"d": 1}, n.setdefault("e", 5), n.pop("a"), n.pop("zz", "none"), type(n.copy()))
attempt(n.update, [(1, 2, 3)])
attempt(n.update, 1, 2)
o = OrderedDict(a=1)
o["self"] = o
o.tag = 5
show(o, o.__reduce__()[:4], o.__dict__, OrderedDict() == {}, OrderedDict() != {}, OrderedDict(a=1) == 5)
attempt(hash, o)
attempt(lambda: OrderedDict(a=1) < OrderedDict())
show(sys.getsizeof(OrderedDict()) <= 128, sys.getsizeof(OrderedDict(a=1)) <= 344)
queue = OrderedDict.fromkeys(range(20_000))
for n in range(40_000):
    queue[queue.popitem(last=False)[0] + 20_000] = None
show(len(queue), next(iter(queue)))
