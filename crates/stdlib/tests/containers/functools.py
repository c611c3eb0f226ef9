import functools, _functools, operator, copy
from functools import partial, Placeholder, reduce, cmp_to_key, lru_cache, cached_property, singledispatch, wraps, total_ordering


def f(*args, **keywords):
    return args, keywords


f.__module__ = "m"
p = partial(f, 1, x=2)
q = partial(f, Placeholder, 2, Placeholder, 3)
P = Placeholder
for call in [
    lambda: p(3, y=4), lambda: p.args, lambda: p.keywords, lambda: p.func is f, lambda: partial(), lambda: partial(1),
    lambda: p(x=5), lambda: p.__dict__, lambda: partial(p, 5)(6), lambda: partial(p, 5, x=3).keywords, lambda: P,
    lambda: type(P), lambda: type(P)() is P, lambda: type(P)(1), lambda: partial(f, P), lambda: q(1), lambda: q(1, 2),
    lambda: q(1, 2, 5), lambda: partial(q, P, 9).args, lambda: partial(q, P, 9, 10).args, lambda: partial(f, x=P),
    lambda: partial(q, 7)(8), lambda: P.__reduce__(), lambda: p.__setstate__(1),
    lambda: p.__setstate__((f, (1,), {}, None, 1)), lambda: p.__setstate__((1, (1,), {}, None)),
    lambda: p.__setstate__((f, (P,), {}, None)), lambda: partial[int], lambda: setattr(p, "func", 1),
    lambda: partial(print, 1, sep="x"), lambda: partial(partial(print, 1), 2, end=""), lambda: copy.copy(p)(3),
    lambda: partial(int, **{"base": 2})("11"),
]:
    attempt(call)
r = partial(print)
r.__setstate__((print, (1, 2), dict(a=1), dict(b=2)))
show(r, r.b, r.__dict__)
r.__setstate__((print, (r,), {}, {}))
show(r)
r.__setstate__((print, (), {}, {}))


class Holder:
    method = partial(f, 1)


show(len(Holder().method(2)[0]), Holder.method(2))
p.tag = "kept"
show(partial(p, 1).args, p.__dict__)

for call in [
    lambda: reduce(f, 1), lambda: reduce(f, []), lambda: reduce(operator.add, [1, 2, 3]), lambda: reduce(operator.add, [5]),
    lambda: reduce(operator.add, [1, 2, 3], initial=5), lambda: reduce(operator.add, [], 7), lambda: reduce(1, [1, 2]),
]:
    attempt(call)

k = cmp_to_key(lambda a, b: a - b)
for call in [
    lambda: k, lambda: k(1) < k(2), lambda: k(1) == k(1), lambda: k(1) != k(1), lambda: k(2) >= k(1), lambda: hash(k(1)),
    lambda: k(1) < 1, lambda: k(1).obj, lambda: k(), lambda: k(obj=3).obj, lambda: cmp_to_key(), lambda: k.obj,
    lambda: type(k)(1), lambda: sorted([3, 1, 2], key=k), lambda: k < k, lambda: sorted([3, 1, 2], key=cmp_to_key(mycmp=lambda a, b: b - a)),
]:
    attempt(call)

calls = []


@lru_cache(maxsize=3)
def square(n, scale=1):
    calls.append(n)
    return n * n * scale


show([square(n) for n in (1, 2, 1, 3, 4, 2, 1, 4)], calls, square.cache_info())
show(square(1, 2), square(1, scale=2), square(n=1), square.cache_info(), square.cache_parameters())
square.cache_clear()
show(square.cache_info(), square.__name__, square.__wrapped__.__name__, square.__reduce__())
attempt(square, [])
show(square.cache_info())
for call in [
    lambda: _functools._lru_cache_wrapper(1, 2, 3, 4), lambda: _functools._lru_cache_wrapper(f, "a", 3, 4),
    lambda: _functools._lru_cache_wrapper(f, None, False, None)(1), lambda: _functools._lru_cache_wrapper(f, -1, False, None)(1),
    lambda: copy.copy(square) is square, lambda: copy.deepcopy(square) is square,
]:
    attempt(call)


@lru_cache(maxsize=2)
def shrinking(n):
    return n if n < 2 else shrinking(n - 1) + shrinking(n - 2)


show(shrinking(30), shrinking.cache_info())


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


show(fib(40), fib.cache_info())


@lru_cache(typed=True)
def typed(x):
    return x


typed(1), typed(1.0), typed(True), typed(1)
show(typed.cache_info())


@lru_cache(0)
def never(x):
    return x


never(1), never(1)
show(never.cache_info())


class Hashed:
    count = 0

    def __hash__(self):
        Hashed.count += 1
        return 7

    def __eq__(self, other):
        return self is other


@lru_cache(maxsize=1)
def hashed(x):
    return None


one, two = Hashed(), Hashed()
hashed(one), hashed(two), hashed(one)
show(Hashed.count, hashed.cache_info())


class Methods:
    @lru_cache(None)
    def method(self, x):
        return x

    @cached_property
    def once(self):
        calls.append("once")
        return 5


m = Methods()
show(m.method(1), m.method(1), Methods.method.cache_info(), m.once, m.once, calls.count("once"))


@lru_cache(maxsize=10)
def reentrant(n):
    if n:
        reentrant(n - 1)
    return n


for n in range(30):
    reentrant(n % 15)
show(reentrant.cache_info())


# A long run: the order of use is kept through many moves and rebuilds.
@lru_cache(maxsize=50)
def worked(n):
    return n


state = 1
for _ in range(5000):
    state = state * 1103515245 + 12345 & 0x7fffffff
    worked(state >> 16 & 127)
show(worked.cache_info())


@singledispatch
def kind(x):
    return "object"


@kind.register(int)
def _(x):
    return "int"


@kind.register(list)
def _(x):
    return "list"


show(kind(1), kind([]), kind(True), kind("a"))


@total_ordering
class Ordered:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


show(Ordered(1) <= Ordered(1), Ordered(2) > Ordered(1), Ordered(1) >= Ordered(2))
