a, b = 1, 2
a, b = b, a
print(a, b)
first, *rest = [1, 2, 3]
*init, last = "abc"
x, *mid, y = range(5)
print(first, rest, init, last, x, mid, y)
(p, (q, r)), s = (1, (2, 3)), 4
print(p, q, r, s)
[m, n] = {"k": 1, "l": 2}
print(m, n)
*all_, = (1, 2)
print(all_)
for bad in ["a, b = 1", "a, b = [1]", "a, b = [1, 2, 3]", "a, *b, c = [1]", "a, b = {1: 2}", "a, b = (i for i in range(5))", "[] = [1]", "a, b = None"]:
    try:
        exec(bad)
    except (TypeError, ValueError) as error:
        print(bad, "->", type(error).__name__, error)
d = {}
d["x"], d["y"] = 1, 2
i = 0
l = [0, 0]
i, l[i] = 1, 5
print(d, i, l)
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 == 2, 1 < 2 > 0 != 5)
calls = []
def val(v):
    calls.append(v)
    return v
print(val(1) < val(0) < val(5), calls)
print(1 in [1] == True, (1 in [1]) == True)
chain = a = b = []
a.append(1)
print(chain, b is chain)
class Odd:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
u, v, w = Odd()
print(u, v, w, [*Odd()])
a = [1, 2, 3, 4, 5]
a[1:3] = "xyz"
a[::2] = [0, 0, 0]
print(a)
del a[1::2]
print(a)
try:
    a[::2] = [1]
except ValueError as error:
    print(error)
def f(*args, **kw): return args, kw
print(f(*a, *[1], k=1, **{"l": 2}))
for i, (j, *k) in enumerate(["ab", "cde"]):
    print(i, j, k)
with_star = [*a, *map(str, a)]
print(with_star)
x = y = z = 0
x += 1; y -= 1; z |= 6
print(x, y, z)
t = ([],)
try:
    t[0] += [1]
except TypeError as error:
    print(error, t)
