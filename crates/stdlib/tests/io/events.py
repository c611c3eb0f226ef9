"""Event loops run, on pairs of sockets that wake them."""

import asyncio
import socket

one, other = socket.socketpair()
one.sendall(b"abc")
room = bytearray(5)
assert other.recv(2) == b"ab" and other.recv_into(room) == 1 and room[0] == ord("c")
other.setblocking(False)
try:
    other.recv(1)
except BlockingIOError:
    pass
else:
    raise AssertionError
other.settimeout(0.01)
try:
    other.recv(1)
except TimeoutError as error:
    assert str(error) == "timed out"
one.close()
assert other.recv(1) == b""
other.close()


async def after(time, value):
    await asyncio.sleep(time)
    return value


async def main():
    assert await asyncio.gather(after(0.002, 1), after(0.001, 2)) == [1, 2]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(after(0, "t"))
    assert task.result() == "t"
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(5)
    except TimeoutError:
        pass
    else:
        raise AssertionError
    queue = asyncio.Queue()

    async def produce():
        for number in range(3):
            await queue.put(number)

    producer = asyncio.create_task(produce())
    assert [await queue.get() for _ in range(3)] == [0, 1, 2]
    await producer

    async def numbers():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)

    assert [number async for number in numbers()] == [1, 2]
    sleeper = asyncio.create_task(asyncio.sleep(5))
    asyncio.get_running_loop().call_soon_threadsafe(sleeper.cancel)
    try:
        await sleeper
    except asyncio.CancelledError:
        pass
    return "done"


assert asyncio.run(main()) == "done"
