def show(function, *args, **kwargs):
    try:
        print(function(*args, **kwargs))
    except TypeError as error:
        print("TypeError:", error)

def plain(a, b=2, *args, c, d=4, **kwargs):
    return a, b, args, c, d, kwargs

show(plain, 1, c=3)
show(plain, 1, 2, 3, 4, c=5, e=6)
show(plain)
show(plain, 1)
show(plain, 1, a=2, c=3)
show(plain, **{"a": 1, "c": 2, "f": 3})

def positional(a, b, /, c, d=1):
    return a, b, c, d

show(positional, 1, 2, 3)
show(positional, 1, 2, c=3)
show(positional, 1, b=2, c=3)
show(positional, 1, 2, 3, 4, 5)
show(positional, a=1, b=2, c=3)
show(positional)

def keyword(*, a, b=2):
    return a, b

show(keyword, a=1)
show(keyword, 1)
show(keyword, b=1)
show(keyword, a=1, z=2)

def two(a, b):
    return a, b

show(two, 1)
show(two, 1, 2, 3)
show(two, 1, 2, c=3)
show(two, *[1], **{"b": 2})
show(two, *[1, 2], **{"b": 2})
for bad in ["two(**{1: 2})", "two(*5)", "two(**5)", "two(1, *2)", "two(**[1])", "plain(1, c=2, *3)"]:
    try:
        eval(bad)
    except TypeError as error:
        print("TypeError:", error)

def nobody():
    pass

show(nobody, 1)
show(nobody, x=1)
show(lambda: None, 1)
show(lambda a, b, c: None)

def defaults(a=[], b={}):
    a.append(len(a))
    return a

print(defaults(), defaults(), defaults.__defaults__)
def kwdefaults(*, x=1, y=2): return x, y
print(kwdefaults.__kwdefaults__)
kwdefaults.__kwdefaults__["x"] = 10
print(kwdefaults())
kwdefaults.__kwdefaults__ = None
show(kwdefaults)
two.__defaults__ = (7, 8)
print(two())
two.__defaults__ = (9,)
show(two)
print(two(1))
print(two.__code__.co_argcount, two.__code__.co_varnames, plain.__code__.co_kwonlyargcount)
print(plain.__code__.co_flags & 0x0c, positional.__code__.co_posonlyargcount)

class Callable:
    def __call__(self, *args, **kwargs):
        return args, kwargs

print(Callable()(1, 2, a=3))
print((lambda *a, **k: (a, k))(*range(3), *"ab", x=1, **{"y": 2}, **{"z": 3}))
show(lambda **k: k, **{"x": 1}, **{"y": 2})
try:
    (lambda **k: k)(x=1, **{"x": 2})
except TypeError as error:
    print(error)
order = []
def note(x):
    order.append(x)
    return x
(lambda *a, **k: None)(note(1), *[note(2)], note(3), k=note(4), **{"z": note(5)})
print(order)
def outer(x, y=lambda: 3, *, z=lambda x: x): return x, y(), z(4)
print(outer(1))
