from _report import fails, thing, nothing


@fails
def list_over_nothing():
    return [number for number in nothing]


@fails
def element():
    return [number.real.absent for number in thing.numbers]


@fails
def second_iterable():
    return [letter for number in thing.numbers for letter in number]


@fails
def condition():
    return {number for number in thing.numbers if number.absent}


@fails
def target():
    return [first for first, second in thing.numbers]


@fails
def element_of_a_set():
    return {[number] for number in thing.numbers}


@fails
def key():
    return {[number]: 1 for number in thing.numbers}


@fails
def value():
    return {number: number.absent for number in thing.numbers}


@fails
def generator():
    return list(number.absent for number in thing.numbers)


@fails
def generator_in_parentheses():
    return tuple((
        number.absent
        for number in thing.numbers
    ))


@fails
def generator_over_nothing():
    return (number for number in nothing)


@fails
def nested():
    return [[inner.absent for inner in [outer]] for outer in thing.numbers]


@fails
def set_of_a_generator():
    return set([number] for number in thing.numbers)


@fails
def delegation():
    def inner():
        yield 1
        thing.absent

    def outer():
        result = yield from inner()
        return result

    return list(outer())


@fails
def delegation_to_nothing():
    def outer():
        yield from nothing
    return list(outer())


@fails
def throwing():
    def inner():
        try:
            yield thing.inner
        finally:
            print("closed")

    def outer():
        yield (yield from inner())

    generator = outer()
    next(generator)
    generator.throw(ValueError("thrown"))


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


class Waiting:
    def __await__(self):
        yield
        raise ValueError("waited")

    async def __aenter__(self):
        return await self

    async def __aexit__(self, *args):
        pass

    def __aiter__(self):
        return self

    async def __anext__(self):
        await self


@fails
def awaiting():
    async def function():
        return 1 + await Waiting()
    run(function())


@fails
def awaiting_nothing():
    async def function():
        return await thing.inner
    run(function())


@fails
def awaiting_deep_inside():
    async def inner():
        await Waiting()

    async def outer():
        return [await inner(), 1]
    run(outer())


@fails
def asynchronous_with():
    async def function():
        async with thing.inner as inner, Waiting():
            pass
    run(function())


@fails
def asynchronous_entering():
    async def function():
        async with Waiting() as waiting:
            pass
    run(function())


@fails
def asynchronous_loop():
    async def function():
        async for item in thing.inner:
            pass
    run(function())


@fails
def asynchronous_step():
    async def function():
        async for item in Waiting():
            pass
    run(function())


@fails
def asynchronous_generator():
    async def generate():
        yield thing.inner
        yield thing.absent

    async def function():
        async for item in generate():
            pass
    run(function())
