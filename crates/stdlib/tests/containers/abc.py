import abc, _abc, gc
from collections.abc import Sequence, Mapping, Hashable, Iterable, Sized


class A(abc.ABC):
    @abc.abstractmethod
    def f(self):
        pass

    @property
    @abc.abstractmethod
    def g(self):
        pass


class B(A):
    def f(self):
        pass


class C(B):
    g = 1


class H(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        return 1


class Wrong(metaclass=abc.ABCMeta):
    _abc_impl = None


for call in [
    lambda: A(), lambda: B(), lambda: type(C()), lambda: sorted(A.__abstractmethods__), lambda: B.__abstractmethods__,
    lambda: A.register(1), lambda: _abc._abc_register(1, int), lambda: A.register(A), lambda: issubclass(int, A),
    lambda: A.register(int), lambda: issubclass(bool, A), lambda: isinstance(1, A), lambda: isinstance("", A),
    lambda: issubclass(C, A), lambda: isinstance(C(), A), lambda: issubclass(1, A), lambda: _abc._abc_subclasscheck(A, 1),
    lambda: len(_abc._get_dump(A)), lambda: _abc._reset_registry(A), lambda: _abc._reset_caches(A), lambda: isinstance(1, A),
    lambda: B.register(A), lambda: issubclass(int, H), lambda: type(A._abc_impl).__name__, lambda: type(A._abc_impl)(),
    lambda: issubclass(list, Sequence), lambda: issubclass(dict, Mapping), lambda: isinstance([], Hashable),
    lambda: isinstance("", Hashable), lambda: isinstance(iter(""), Iterable), lambda: isinstance(1, Sized),
    lambda: issubclass(int, Wrong),
]:
    attempt(call)

before = abc.get_cache_token()
A.register(str)
show(abc.get_cache_token() - before, isinstance("", A))


class Seq(metaclass=abc.ABCMeta):
    __abc_tpflags__ = 1 << 5


class Own:
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return [5][index]


class Derived(Own):
    pass


def matched(subject):
    match subject:
        case [x]:
            return "sequence", x
        case _:
            return "no"


show("__abc_tpflags__" in Seq.__dict__, matched(Own()))
Seq.register(Own)
show(matched(Own()), matched(Derived()))


def both():
    class Both(metaclass=abc.ABCMeta):
        __abc_tpflags__ = 3 << 5


attempt(both)

# What was asked about is not kept alive.
for n in range(100):
    isinstance(type(f"T{n}", (), {})(), A)
gc.collect()
show(len([r for r in _abc._get_dump(A)[2] if r().__name__.startswith("T")]) < 3)


class Proxy:
    @property
    def __class__(self):
        return C


show(isinstance(Proxy(), A), isinstance(Proxy(), C))
late = type("Late", (A,), {"f": 1, "g": 2})
show(late.__abstractmethods__, type(late()))
del late.f
show(abc.update_abstractmethods(late).__abstractmethods__)
