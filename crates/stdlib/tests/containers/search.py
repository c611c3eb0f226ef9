import _heapq, heapq, _bisect, bisect, _stat, stat

for call in [
    lambda: _heapq.heappop([]), lambda: _heapq.heappush(1, 2), lambda: _heapq.heappop(1), lambda: _heapq.heapreplace([], 1),
    lambda: _heapq.heappushpop([], 1), lambda: _heapq.heapify(()), lambda: _heapq.heapreplace_max([], 1),
    lambda: _heapq.heappop_max([]), lambda: _heapq.heapify([1, "a"]), lambda: _heapq.heappushpop_max([3], 5),
    lambda: _heapq.heappushpop_max([3], 1), lambda: _heapq.heappushpop([3], 1), lambda: _heapq.heappushpop([3], 5),
    lambda: _bisect.bisect_left([1, 2, 3], 2, -1), lambda: _bisect.bisect_left([1, 2, 3], 5, hi=10),
    lambda: _bisect.insort_right([1], 2, key=1), lambda: _bisect.bisect_left(1, 2), lambda: _bisect.bisect_left([1], "a"),
    lambda: _bisect.bisect_right([], 1, key=len), lambda: _bisect.bisect_right([1, 2, 2, 3], 2, 0, None),
    lambda: _bisect.insort_left((1,), 2), lambda: _bisect.bisect_left([1, 2], 1, -5), lambda: _bisect.bisect_left({}, 1),
    lambda: bisect.bisect([1, 2, 2, 3], 2), lambda: bisect.bisect_left([1, 2, 2, 3], 2), lambda: bisect.bisect_left("abc", "b"),
    lambda: bisect.bisect_left([3, 2, 1], -2, key=lambda x: -x), lambda: bisect.bisect_right(range(10**12), 5 * 10**11),
    lambda: bisect.bisect_left([1, 2, 3], 2, lo=5), lambda: bisect.bisect_left([1, 2, 3], 3, hi=1),
]:
    attempt(call)

state, values = 1, []
for _ in range(300):
    state = state * 1103515245 + 12345 & 0x7fffffff
    values.append(state >> 16 & 1023)
for push, pop, make, replace in [
    (heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace),
    (heapq.heappush_max, heapq.heappop_max, heapq.heapify_max, heapq.heapreplace_max),
]:
    heap = []
    for value in values:
        push(heap, value)
    show(heap[:10])
    show([pop(heap) for _ in values][:20])
    heap = [float(value) for value in values]
    make(heap)
    show(heap[:10], replace(heap, 512.0), heap[:3])
    heap = [(value, str(value)) for value in values]
    make(heap)
    show([pop(heap) for _ in range(5)])
show(heapq.nsmallest(3, values), heapq.nlargest(3, values), list(heapq.merge([1, 4], [2, 3])))
items = []
for value in values[:50]:
    bisect.insort(items, value)
show(items == sorted(values[:50]))


class Listy(list):
    def insert(self, index, item):
        super().insert(index, (index, item))


l = Listy([1, 5])
bisect.insort(l, 3)
show(l)

for call in [
    lambda: _stat.filemode(0o100644), lambda: _stat.filemode(0o7777), lambda: _stat.filemode(-1), lambda: _stat.filemode("a"),
    lambda: _stat.S_ISDIR(2**70), lambda: _stat.S_IMODE(0o104644), lambda: _stat.S_IFMT(2**32), lambda: _stat.S_ISDOOR(1),
    lambda: _stat.filemode(0), lambda: _stat.filemode(0o010777), lambda: _stat.filemode(0o041777), lambda: _stat.filemode(0o041000),
    lambda: _stat.filemode(0o124755), lambda: _stat.filemode(0o146070), lambda: _stat.S_ISDIR(1.0),
    lambda: [name for name in dir(_stat) if name.startswith("S_IS") and callable(getattr(_stat, name)) and getattr(_stat, name)(0o100000)],
    lambda: sorted((name, value) for name, value in vars(_stat).items() if isinstance(value, int)),
]:
    attempt(call)
