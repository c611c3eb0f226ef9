print([x * y for x in range(3) for y in range(x)])
print({x: x ** 2 for x in range(5) if x % 2}, {c for c in "hello"} == set("helo"))
print(list(x for x in [1, 2, 3] if x > 1))
print([[i * j for j in range(3)] for i in range(3)])
x = "outer"
print([x for x in range(2)], x)
def f():
    x = "local"
    result = [x for x in range(3)]
    return result, x
print(f())
try:
    [1 / i for i in range(2)]
except ZeroDivisionError as error:
    print(error)
print([a + b for a, (b, *c) in [(1, (2, 3)), (4, (5,))]], [c for a, *c in ["abc", "d"]])
print(sum(i for i in range(10)), max((len(w), w) for w in "a bcd ef".split()))
class C:
    items = [1, 2]
    doubled = [i * 2 for i in items]
    try:
        nested = [j for i in items for j in items]
    except NameError as error:
        nested = str(error)
print(C.doubled, C.nested)
print([y := 1, y ** 2], [(last := i) for i in range(3)], last)
print({**{"a": 1}, "b": 2, **{"a": 3}}, [*range(2), *"ab"], {*[1], *[2]}, (*[1], 2))
def deep():
    return [[lambda: (i, j) for j in range(2)] for i in range(2)]
print([[f() for f in row] for row in deep()])
async def agen():
    for i in range(3):
        yield i
async def main():
    print([i async for i in agen()], {i: i async for i in agen() if i})
    print([await ident(i) for i in range(2)])
async def ident(i): return i
try:
    main().send(None)
except StopIteration:
    pass
print([i for i in range(5) if i if i % 2], [i if i else "zero" for i in range(2)])
print(sorted({(a, b) for a in range(2) for b in range(2)}))
g = (print("lazy") or i for i in [1])
print("before"); next(g)
try:
    [i for i in 5]
except TypeError as error:
    print(error)
