from collections import deque
import heapq, itertools


def changed_while_iterating(change):
    def run():
        d = deque(range(5))
        for _ in d:
            change(d)
    return run


for change in [
    lambda d: d.append(1), lambda d: d.appendleft(1), lambda d: d.pop(), lambda d: d.clear(), lambda d: d.rotate(1),
    lambda d: d.insert(1, 1), lambda d: d.remove(3), lambda d: d.__delitem__(0), lambda d: d.extend([1]),
]:
    attempt(changed_while_iterating(change))
d = deque(range(5))
for n in d:
    d[n] = n * 2
d.reverse()
show(d)

d = deque(range(5))
it = iter(d)
next(it)
d.append(5)
attempt(next, it)
show(it.__length_hint__())
attempt(next, it)


class Clears:
    """Equal to nothing; a comparison empties the deque."""

    def __init__(self, d):
        self.d = d

    def __eq__(self, other):
        self.d.clear()
        return False

    __hash__ = None


for call in [
    lambda d: d.index(1), lambda d: d.remove(1), lambda d: d.count(1), lambda d: 1 in d, lambda d: d == deque([1] * 3),
]:
    d = deque()
    d.extend([Clears(d)] * 3)
    attempt(call, d)


class Less:
    def __init__(self, heap):
        self.heap = heap

    def __lt__(self, other):
        self.heap.clear()
        return True


for call in [
    lambda h: heapq.heapify(h), lambda h: heapq.heappush(h, Less(h)), lambda h: heapq.heappop(h),
    lambda h: heapq.heapreplace(h, 1), lambda h: heapq.heappushpop(h, Less(h)), lambda h: heapq.heappop_max(h),
]:
    h = []
    h.extend(Less(h) for _ in range(5))
    attempt(call, h)


# Iterators that are used by what they iterate over. (CPython 3.14 crashes on `pairwise` used so.)
def asks_its_tee():
    yield next(first)


first, second = itertools.tee(asks_its_tee())
attempt(next, first)

groups = itertools.groupby("aabbc")
key, group = next(groups)
show(key, next(group), next(groups)[0], list(group))
cycle = itertools.cycle(iter([1, 2]))
show([next(cycle) for _ in range(5)])
