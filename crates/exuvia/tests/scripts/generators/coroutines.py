class Awaitable:
    def __init__(self, v): self.v = v
    def __await__(self):
        received = yield self.v
        return received
async def add(a, b):
    x = await Awaitable(a)
    y = await Awaitable(b)
    return x + y
def drive(coro, values):
    seen = []
    send = None
    values = iter(values)
    try:
        while True:
            seen.append(coro.send(send))
            send = next(values)
    except StopIteration as stop:
        return seen, stop.value
print(drive(add("a", "b"), [1, 2]))
async def failing():
    try:
        await Awaitable(1)
    except ValueError as error:
        return "caught " + str(error)
c = failing()
c.send(None)
try:
    c.throw(ValueError("thrown"))
except StopIteration as stop:
    print(stop.value)
c = add(1, 2)
print(c.cr_running, c.cr_frame is not None, c.cr_await, type(c).__name__, c.__name__)
c.close()
try:
    c.send(None)
except RuntimeError as error:
    print(error)
async def bad(): await 5
try:
    bad().send(None)
except TypeError as error:
    print(error)
class BadAwait:
    def __await__(self): return 5
async def bad2(): await BadAwait()
try:
    bad2().send(None)
except TypeError as error:
    print(error)
class Context:
    async def __aenter__(self):
        print("aenter")
        return await Awaitable("enter")
    async def __aexit__(self, *args):
        print("aexit", args[0].__name__ if args[0] else None)
        await Awaitable("exit")
        return args[0] is KeyError
async def use(error=None):
    async with Context() as c:
        print("body", c)
        if error: raise error
    return "used"
print(drive(use(), ["E", "X"]))
print(drive(use(KeyError), ["E", "X"]))
try:
    drive(use(ValueError("v")), ["E", "X"])
except ValueError as error:
    print(repr(error))
class AIter:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        await Awaitable(self.n)
        return self.n
async def loop():
    out = []
    async for x in AIter(3):
        out.append(x)
    else:
        out.append("else")
    return out
print(drive(loop(), [None] * 9))
async def agen():
    try:
        got = yield 1
        print("got", got)
        await Awaitable("mid")
        yield 2
    finally:
        print("agen finally")
async def use_agen():
    a = agen()
    print(await a.__anext__(), await a.asend("sent"))
    try:
        await a.__anext__()
    except StopAsyncIteration:
        print("ended")
    b = agen()
    await b.__anext__()
    await b.aclose()
    d = agen()
    await d.__anext__()
    try:
        await d.athrow(ValueError("at"))
    except ValueError as e:
        print(repr(e))
    print([x async for x in agen()])
print(drive(use_agen(), [None] * 9))
async def noiter():
    async for x in [1]: pass
try:
    noiter().send(None)
except TypeError as error:
    print(error)
async def nocm():
    async with 5: pass
try:
    nocm().send(None)
except TypeError as error:
    print(error)
async def reuse():
    c = add(1, 2)
    await c
    await c
try:
    drive(reuse(), [1, 2, 3])
except RuntimeError as error:
    print(error)
async def nested(n):
    if n == 0: return await Awaitable("deep")
    return await nested(n - 1) + 1
print(drive(nested(10), [0]))
print(type(agen()).__name__, agen().__name__)
async def lambda_test():
    return await (lambda: Awaitable("l"))()
print(drive(lambda_test(), [3]))
async def aall():
    return [i async for i in AIter(2)], {i async for i in AIter(2)}, [await add(i, i) for i in range(1)]
print(drive(aall(), [0] * 10))
import types
@types.coroutine
def old():
    x = yield "old"
    return x * 2
async def use_old(): return await old()
print(drive(use_old(), [21]))
async def anext_builtin():
    it = aiter(AIter(1))
    print(await anext(it), await anext(it, "default"))
drive(anext_builtin(), [0] * 4)
async def gen_in_gen():
    async def g():
        for i in range(3): yield i
    return [x async for x in g() if x]
print(drive(gen_in_gen(), []))
