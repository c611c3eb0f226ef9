import pickle, copy, copyreg, collections, functools, operator, array, enum, dataclasses, datetime, decimal, fractions, itertools


class Plain:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return type(self) is type(other) and self.x == other.x

    __hash__ = None


class Slots:
    __slots__ = ("a", "_b", "c")


class SlotsAndDict(Slots):
    __slots__ = ("d", "__dict__")


class State:
    def __getstate__(self):
        return {"kept": 1}

    def __setstate__(self, state):
        self.state = state


class NewArgs(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

    def __getnewargs__(self):
        return tuple(self)


class NewArgsEx:
    def __new__(cls, *, n):
        self = object.__new__(cls)
        self.n = n
        return self

    def __getnewargs_ex__(self):
        return (), {"n": self.n}


class Reduces:
    def __reduce__(self):
        return operator.add, (1, 2)


class ListSub(list):
    pass


class DictSub(dict):
    pass


class IntSub(int):
    pass


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Data:
    a: int
    b: list


Named = collections.namedtuple("Named", "x y")


def function():
    pass


slots = Slots()
slots.a, slots._b = 1, [2]
both = SlotsAndDict()
both.a, both.d, both.e = 1, 2, 3
sub = ListSub([1, 2])
sub.tag = "t"
keyed = DictSub(a=1)
keyed.tag = "t"
shared = [1]
values = [
    None, True, 1, -(2**100), 1.5, 2j, "é\ud800", b"bytes", bytearray(b"ba"), (1, (2,)), [1, [2]], {1: {2: 3}}, {1, 2}, frozenset([3]),
    range(3), slice(1, 2, 3), ..., NotImplemented, int, Plain, function, len, [].append.__self__, Plain([1]), sub, keyed, IntSub(5), Color.RED, Data(1, [2]),
    Named(1, 2), NewArgs(1, 2), collections.deque([1, 2], 5), collections.OrderedDict(b=1, a=2), collections.defaultdict(list, a=[1]),
    collections.Counter("aab"), array.array("i", [1, 2]), ValueError("v", 1), KeyError("k"), OSError(2, "no"), datetime.date(2020, 1, 2),
    datetime.timedelta(1), decimal.Decimal("1.5"), fractions.Fraction(1, 3), functools.partial(int, base=2), [shared, shared], type(None), property,
]
for value in values:
    for protocol in range(1, pickle.HIGHEST_PROTOCOL + 1):
        try:
            back = pickle.loads(pickle.dumps(value, protocol))
        except Exception as error:
            show(value, protocol, type(error), str(error))
            break
        if type(back) is not type(value) or repr(back) != repr(value) and back != value:
            show(value, protocol, back)
            break
for protocol in (2, 4, 5):
    one = pickle.loads(pickle.dumps(slots, protocol))
    two = pickle.loads(pickle.dumps(both, protocol))
    show(one.a, one._b, hasattr(one, "c"), two.a, two.d, two.__dict__)
    show(pickle.loads(pickle.dumps(State(), protocol)).state, pickle.loads(pickle.dumps(NewArgsEx(n=3), protocol)).n)
    show(pickle.loads(pickle.dumps(Reduces(), protocol)), pickle.loads(pickle.dumps(sub, protocol)).tag, pickle.loads(pickle.dumps(keyed, protocol)).tag)
for protocol in (0, 1):
    attempt(pickle.dumps, slots, protocol)

for call, argument in [
    (operator.methodcaller("split", ",", maxsplit=1), "a,b,c"), (operator.attrgetter("real", "imag"), 5), (operator.itemgetter(1), "ab"),
    (functools.partial(int, base=2), "101"),
]:
    show(pickle.loads(pickle.dumps(call))(argument))

loop = []
loop.append(loop)
back = pickle.loads(pickle.dumps(loop))
show(back[0] is back)
node = Plain(None)
node.x = node
back = pickle.loads(pickle.dumps(node))
show(back.x is back)
first, second = pickle.loads(pickle.dumps([shared, shared]))
show(first is second)
for value in (lambda: 1, (n for n in ()), iter([]), open, memoryview(b""), type("Local", (), {})()):
    try:
        pickle.dumps(value)
        show("pickled")
    except Exception as error:
        show(type(error).__name__)

for value in (Plain([1]), sub, keyed, slots, Named(1, [2]), collections.deque([[1]]), Data(1, [2]), Color.RED, {1: [2]}):
    shallow, deep = copy.copy(value), copy.deepcopy(value)
    show(type(shallow) is type(value), type(deep) is type(value))
deep = copy.deepcopy(loop)
show(deep[0] is deep, deep is loop)
show(object().__reduce_ex__(2), Plain(1).__reduce_ex__(2)[2], slots.__reduce_ex__(2)[2], Slots().__getstate__(), Plain(5).__getstate__())
