def gen(n):
    for i in range(n):
        received = yield i
        if received is not None:
            print("got", received)
    return "done"
g = gen(3)
print(next(g), g.send("a"), g.send(None))
try:
    next(g)
except StopIteration as stop:
    print("stop", stop.value)
try:
    next(g)
except StopIteration as stop:
    print("again", stop.value)
g = gen(2)
try:
    g.send(1)
except TypeError as error:
    print(error)

def delegating():
    result = yield from gen(2)
    print("result", result)
    yield from [10, 20]
    return "end"
print(list(delegating()))

def catching():
    while True:
        try:
            yield "ready"
        except ValueError as error:
            print("caught", error)
        except GeneratorExit:
            print("closing")
            raise
        finally:
            print("finally")
c = catching()
print(next(c), c.throw(ValueError("v")), next(c))
c.close()
print(list(c))
def stubborn():
    try:
        yield
    except GeneratorExit:
        yield "no"
s = stubborn()
next(s)
try:
    s.close()
except RuntimeError as error:
    print(error)
def raising():
    yield 1
    raise StopIteration("inside")
try:
    list(raising())
except RuntimeError as error:
    print(error, "|", repr(error.__cause__))
def reentrant():
    yield next(me)
me = reentrant()
try:
    next(me)
except ValueError as error:
    print(error)
g = gen(1)
print(g.gi_running, g.gi_frame is not None, g.gi_code.co_name, g.gi_yieldfrom, g.__name__, g.__qualname__)
list(g)
print(g.gi_frame)
def inner():
    try:
        x = yield 1
        print("inner got", x)
        yield 2
    except KeyError as e:
        print("inner caught", repr(e))
        yield 3
    finally:
        print("inner finally")
def outer():
    yield from inner()
o = outer()
print(next(o), o.send("hi"), o.throw(KeyError("k")))
print(list(o))
o = outer(); next(o)
o.close()
def throw_types(g, *args):
    try:
        return g.throw(*args)
    except BaseException as error:
        return repr(error)
def idle():
    yield
for args in [(ValueError,), (ValueError("x"),), (1,), (ValueError, 1), (ValueError, ValueError("y"))]:
    g = idle(); next(g)
    print(throw_types(g, *args[:1]) if len(args) == 1 else "skip")
g = idle()
print(throw_types(g, ValueError("unstarted")))
print(list(g))
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
import itertools
print(list(itertools.islice(fib(), 10)))
def numbers():
    try:
        yield 1
        yield 2
    finally:
        print("cleanup")
for n in numbers():
    print(n)
    break
print("after break")
it = numbers(); next(it); del it
print("after del")
def with_return():
    return 5
    yield
try:
    next(with_return())
except StopIteration as e:
    print(e.value)
def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)
print(list(tree(3)))
print(sum(x * x for x in range(10) if x % 2))
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
print(list(It()), *It(), [x for x in It()])
print(list(iter(iter([1, 2, 0, 3]).__next__, 0)))
def expr():
    x = yield
    while True:
        x = yield (x or 0) * 2
e = expr(); next(e); print(e.send(None) if False else "", e.send(3), e.send(4))
lst = [1, 2, 3]
for x in lst:
    if x < 5 and len(lst) < 6: lst.append(x + 10)
print(lst)
def handled():
    try:
        raise ValueError("a")
    except ValueError:
        yield 1
        try:
            raise
        except ValueError as e:
            yield repr(e)
try:
    raise KeyError("outer")
except KeyError:
    h = handled()
    print(next(h))
    import sys
    print(repr(sys.exception()))
    print(next(h))
    print(repr(sys.exception()))
