def counter():
    count = 0
    def up(by=1):
        nonlocal count
        count += by
        return count
    def down():
        nonlocal count
        count -= 1
        return count
    return up, down

up, down = counter()
print(up(), up(5), down(), up.__closure__[0].cell_contents)
print(up.__code__.co_freevars, up.__code__.co_cellvars, counter.__code__.co_cellvars)

def late():
    return [lambda: i for i in range(3)]
print([f() for f in late()])

def unbound():
    def inner():
        return value
    try:
        inner()
    except NameError as error:
        print(type(error).__name__, error)
    value = 1
    print(inner())
    del value
    try:
        inner()
    except NameError as error:
        print(type(error).__name__, error)
unbound()

def local():
    try:
        print(missing)
        missing = 1
    except UnboundLocalError as error:
        print(error)
    x = 1
    del x
    try:
        x
    except UnboundLocalError as error:
        print(error, error.name)
local()
try:
    undefined_name
except NameError as error:
    print(error, error.name)

g = 1
def use_global():
    global g, h
    g += 1
    h = g * 10
use_global()
print(g, h)

class Body:
    x = 1
    y = [x for _ in range(2)] if False else "no"
    def method(self):
        return __class__
print(Body().method() is Body, Body.y)

x = "global"
def f():
    x = "local"
    class C:
        print(x)
        x = "class"
        print(x)
        def m(self): return x
    return C().m()
print(f())

def gen():
    cell = []
    yield lambda: cell
    cell.append(1)
    yield cell
i = gen()
get = next(i)
print(get(), next(i), get())
print([(lambda: y)() for y in range(3)], {k: (lambda: k)() for k in "ab"})
def nested():
    a = 1
    def one():
        b = 2
        def two():
            c = 3
            def three():
                return a + b + c
            return three
        return two
    return one()()()
print(nested())
def deleted():
    value = 1
    def inner():
        nonlocal value
        del value
    inner()
    try:
        print(value)
    except NameError as error:
        print(type(error).__name__, error)
deleted()
print((y := 5) + y, y)
def walrus(data):
    if (n := len(data)) > 2:
        return n
    return [last := item for item in data], last
print(walrus([1, 2, 3]), walrus([1, 2]))
def recursive(n):
    return 1 if n < 2 else n * recursive(n - 1)
print(recursive(20))
exec("def made(): return g + 1", globals())
print(made())
print(eval("a + b", {"a": 1}, {"b": 2}))
def loc():
    a = 1
    b = 2
    return sorted(locals().items())
print(loc())
