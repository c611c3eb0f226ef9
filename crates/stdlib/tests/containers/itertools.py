import itertools as I, operator, sys


def listed(call):
    attempt(lambda: list(call()))


class E:
    def __index__(self):
        return 1


for call in [
    lambda: I.count(), lambda: I.count(5), lambda: I.count(5, 2), lambda: I.count(5.5), lambda: I.count("a"),
    lambda: I.count(1, "a"), lambda: I.count(step=3), lambda: I.count(2**63 - 2), lambda: I.count(1, 1.0),
    lambda: I.count(1, True), lambda: I.count(1.0, 1), lambda: I.count(-3), lambda: I.count(1j), lambda: type(I.count(E())),
    lambda: [next(c) for c in [I.count(2**63 - 2)] for _ in range(3)], lambda: list(I.islice(I.count(10, -3), 4)),
    lambda: list(I.islice(I.count(2**63 - 2, 3), 3)), lambda: list(I.islice(I.count(0.5, 0.25), 3)),
    lambda: I.repeat(1), lambda: I.repeat(1, 3), lambda: I.repeat(1, -3), lambda: I.repeat(1, "a"),
    lambda: I.repeat(1, times=2), lambda: I.repeat(object=1), lambda: I.repeat(1, 2).__length_hint__(),
    lambda: I.repeat(1).__length_hint__(), lambda: operator.length_hint(I.repeat(1)), lambda: I.repeat(1, None),
    lambda: list(I.repeat("x", 3)),
    lambda: I.accumulate(1), lambda: I.batched("abc", 0), lambda: I.batched("abc", "a"), lambda: I.batched(1, 2),
    lambda: I.chain(a=1), lambda: I.chain.from_iterable(1), lambda: I.chain[int],
    lambda: I.combinations("abc", -1), lambda: I.combinations("abc", "a"), lambda: I.combinations(1, 2),
    lambda: I.permutations("abc", -1), lambda: I.permutations("abc", "a"), lambda: I.permutations("abc", 2**64),
    lambda: I.combinations_with_replacement("abc", -1), lambda: I.compress(1, 2), lambda: I.cycle(1),
    lambda: [next(c) for c in [I.cycle("ab")] for _ in range(5)], lambda: I.takewhile(None, 1), lambda: I.groupby(1),
    lambda: [(k, list(g)) for k, g in I.groupby("aabbb")], lambda: [(k, list(g)) for k, g in I.groupby("abB", key=str.lower)],
    lambda: [(k, list(g)) for k, g in I.groupby(iterable="aabbb", key=ord)], lambda: [list(g) for k, g in list(I.groupby("aab"))],
    lambda: list(I.groupby("ab", None)), lambda: I._grouper(1, 1), lambda: I.islice("a"), lambda: I.islice("a", -1),
    lambda: I.islice("a", -1, 2), lambda: I.islice("a", 1, "a"), lambda: I.islice("a", "a"), lambda: I.islice("a", 0, 2, 0),
    lambda: I.islice("a", 0, 2, "a"), lambda: I.islice(1, 1), lambda: I.islice("a", 2**70), lambda: I.islice("a", 0, 2, -1),
    lambda: I.pairwise(1), lambda: I.product("a", repeat=-1), lambda: I.product("a", foo=1), lambda: I.product(1),
    lambda: I.product("a", repeat="a"), lambda: I.product("ab", repeat=2**62), lambda: I.starmap(pow, 1), lambda: I.tee(1),
    lambda: [list(x) for x in I.tee("abc")], lambda: I.tee("a", 0), lambda: I.tee("a", -1), lambda: type(I.tee("a")[0]),
    lambda: I.tee("a", "b"), lambda: I.zip_longest(1), lambda: I.zip_longest("a", foo=1), lambda: len(I.tee("a", 5)),
]:
    attempt(call)
for call in [
    lambda: I.accumulate([1, 2, 3]), lambda: I.accumulate([1, 2, 3], operator.mul), lambda: I.accumulate([1, 2, 3], initial=10),
    lambda: I.accumulate([], initial=10), lambda: I.accumulate([1, 2], None, initial=None), lambda: I.accumulate([1, "a"]),
    lambda: I.batched("abcde", 2), lambda: I.batched("abc", 2, strict=True), lambda: I.batched(iterable="abcd", n=2),
    lambda: I.chain("ab", [1]), lambda: I.chain(1), lambda: I.chain.from_iterable(["ab", [1]]), lambda: I.chain.from_iterable([1]),
    lambda: I.combinations("abc", 2), lambda: I.combinations("abc", 0), lambda: I.combinations("abc", 4),
    lambda: I.combinations("", 2), lambda: I.combinations(iterable="abcde", r=4), lambda: I.permutations("abc", 2),
    lambda: I.permutations("abc"), lambda: I.permutations("abc", 0), lambda: I.permutations("abc", 4),
    lambda: I.permutations("abc", None), lambda: I.permutations(""), lambda: I.permutations(range(4)),
    lambda: I.combinations_with_replacement("abc", 2), lambda: I.combinations_with_replacement("abc", 0),
    lambda: I.combinations_with_replacement("abc", 4), lambda: I.combinations_with_replacement("", 2),
    lambda: I.combinations_with_replacement("", 0), lambda: I.compress("abc", [1, 0, 1]), lambda: I.compress(data="a", selectors=[1]),
    lambda: I.cycle(""), lambda: I.dropwhile(lambda x: x < 3, [1, 2, 3, 4, 1]), lambda: I.takewhile(lambda x: x < 3, [1, 2, 3, 4, 1]),
    lambda: I.filterfalse(lambda x: x < 3, [1, 2, 3, 4, 1]), lambda: I.filterfalse(None, [0, 1, 0]), lambda: I.filterfalse(bool, [0, 1, ""]),
    lambda: I.dropwhile(1, [1]), lambda: I.islice("abcdef", 3), lambda: I.islice("abcdef", 1, None, 2), lambda: I.islice("abcdef", 1, 5, 2),
    lambda: I.islice("abc", None), lambda: I.islice("abc", None, None, None), lambda: I.islice("abc", 5, 9), lambda: I.islice("abcdef", 0, 5, 3),
    lambda: I.pairwise("abcd"), lambda: I.pairwise("a"), lambda: I.pairwise(""), lambda: I.product("ab", [1, 2]),
    lambda: I.product("ab", repeat=2), lambda: I.product(), lambda: I.product(repeat=0), lambda: I.product("ab", repeat=0),
    lambda: I.product("ab", ""), lambda: I.product("ab", "cd", "e", repeat=1), lambda: I.starmap(pow, [(2, 3), [3, 2]]),
    lambda: I.starmap(pow, [1]), lambda: I.starmap(pow, [(1,)]), lambda: I.zip_longest("abc", [1]), lambda: I.zip_longest("abc", [1], fillvalue=0),
    lambda: I.zip_longest(), lambda: I.zip_longest("", "ab", "c"),
]:
    listed(call)

it = iter(range(10))
show(list(I.islice(it, 3, 3)), next(it), list(I.islice(it, 0, 4, 2)), next(it))
a, b = I.tee(iter("abc"))
c, d = I.tee(a)
show(c is a, d is a, list(b), list(c), list(d), list(a), next(a, "end"))
a, b = I.tee(iter(range(500)))
show(sum(a), sum(b))
longest = I.zip_longest([1, 2], (n for n in [3]), fillvalue="-")
show(next(longest), next(longest), next(longest, None), next(longest, None))
batches = I.batched(range(7), 3)
show(next(batches), next(batches), next(batches), next(batches, None))
ended = I.permutations("ab")
show(list(ended), next(ended, None), next(ended, None))


class Count(I.count):
    pass


class Repeat(I.repeat):
    pass


show(Count(3), Repeat(3, 2))
made = I.count(2**63 - 2)
next(made), next(made), next(made)
show(made)

limits = {
    "count()": 56, "chain()": 48, "cycle([])": 56, "repeat(1)": 48, "combinations('abcd', 2)": 88, "product('ab', 'c')": 80,
    "permutations('abcd', 2)": 128, "groupby('a')": 88, "tee('abc')[0]": 64, "accumulate([])": 72, "zip_longest()": 72,
    "islice('a', 1)": 72, "pairwise('a')": 56, "batched('a', 1)": 56, "starmap(pow, [])": 48, "takewhile(pow, [])": 56,
    "compress('a', 'b')": 48, "filterfalse(pow, [])": 48, "combinations_with_replacement('abcd', 2)": 88,
}
show([name for name, limit in limits.items() if sys.getsizeof(eval("I." + name)) > limit])
