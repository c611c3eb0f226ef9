from collections import deque

d = deque([1, 2, 3], 5)
for call in [
    lambda: d, lambda: d + d, lambda: d * 2, lambda: 2 * d, lambda: d * -1, lambda: d + [1], lambda: d * "a",
    lambda: d[0], lambda: d[-1], lambda: d[10], lambda: d["a"], lambda: d[1:2], lambda: d[2**70],
    lambda: d.index(2), lambda: d.index(9), lambda: d.index(1, "a"), lambda: d.index(3, -1), lambda: d.index(3, 0, -1),
    lambda: d.remove(9), lambda: d.count(1), lambda: 2 in d, lambda: 9 in d, lambda: d.rotate("a"), lambda: d.rotate(1.5),
    lambda: d.insert("a", 0), lambda: setattr(d, "maxlen", 1), lambda: d.maxlen, lambda: deque().maxlen,
    lambda: hash(d), lambda: d < 1, lambda: d == [1, 2, 3], lambda: d == deque([1, 2, 3]), lambda: d < deque([1, 3]),
    lambda: d != deque([1, 2]), lambda: d >= deque([1, 2, 3]), lambda: deque[int], lambda: d.extend(1),
    lambda: d.__reduce__()[:3], lambda: iter(d).__reduce__(), lambda: reversed(d).__reduce__(),
    lambda: list(reversed(d)), lambda: deque().pop(), lambda: deque().popleft(),
    lambda: deque(1), lambda: deque([], -1), lambda: deque([], "a"), lambda: deque(iterable=[1], maxlen=3),
    lambda: deque(foo=1), lambda: deque([], 1, 2), lambda: deque([], 2**70), lambda: deque([1], 0).append(2),
    lambda: deque("abc", 2).insert(0, 1), lambda: deque([1, 2], 3) * 2, lambda: deque([1, 2], 3) * 10**15,
    lambda: d.copy(), lambda: d.__copy__(), lambda: type(iter(d)), lambda: type(reversed(d)),
    lambda: list(type(iter(d))(d, 1)), lambda: list(type(reversed(d))(d, 1)), lambda: type(iter(d))([]),
    lambda: deque.__module__, lambda: deque([d]), lambda: iter(d).__length_hint__(),
]:
    attempt(call)

# Both ends, and the whole of a block boundary.
d = deque()
for n in range(200):
    d.append(n)
    d.appendleft(-n)
show(len(d), d[0], d[-1], d[199], d[200], sum(d))
d.rotate(77)
show(list(d)[:5], list(d)[-5:])
d.rotate(-500)
show(list(d)[:5], list(d)[-5:])
del d[3], d[-3], d[100]
d[5] = "five"
d.insert(2, "two")
d.insert(-2, "minus two")
d.insert(1000, "end")
show(len(d), list(d)[:8], list(d)[-5:])
d.reverse()
show(list(d)[:5])
while len(d) > 3:
    d.pop()
    d.popleft()
show(d)
d.extend(d)
d.extendleft(d)
show(d)
d += "ab"
d *= 2
show(d)
d.clear()
show(d, bool(d))

# A bounded one drops at the other end.
d = deque(range(10), maxlen=4)
d.append(10)
d.appendleft(5)
d.extend("xyz")
d.extendleft("pq")
show(d)
d.__init__("abcdefg", 3)
show(d)
d.__init__("hi")
show(d, d.maxlen)


class Sub(deque):
    pass


s = Sub([1], 2)
s.append(s)
show(s, s.copy() == s, type(s.copy()), type(s + s), s.__reduce__()[1:3])
s.tag = 1
show(s.__reduce__()[2])
match deque("ab"):
    case [a, b]:
        show(a, b)

import sys

# Never more than CPython takes; these are its figures, and ours are those of the heap.
d, worst = deque(), 0
for n in range(1500):
    blocks = 1 + -(-max(0, n - 32) // 64)
    worst = max(worst, sys.getsizeof(d) - (232 + 528 * blocks))
    d.append(n)
show(worst <= 0)
