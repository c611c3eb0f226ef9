import asyncio
import select
import signal
import socket


def raises(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return error
    raise AssertionError(f"{kind} was not raised")


# A pair, and waiting for it.
left, right = socket.socketpair()
assert select.select([left], [left], [], 0) == ([], [left], [])
right.sendall(b"hello")
assert select.select([left, right], [], [], 1) == ([left], [], [])
watcher = select.poll()
watcher.register(left, select.POLLIN)
assert watcher.poll(0) == [(left.fileno(), select.POLLIN)]
assert left.recv(2, socket.MSG_PEEK) == b"he" and left.recv(100) == b"hello"
left.settimeout(0.01)
assert str(raises(TimeoutError, left.recv, 1)) == "timed out"
left.setblocking(False)
raises(BlockingIOError, left.recv, 1)
right.shutdown(socket.SHUT_WR)
assert left.recv(1) == b""
left.close()
raises(BrokenPipeError, right.send, b"x")
right.close()
assert left.fileno() == -1
raises(OSError, left.recv, 1)

# Streams and datagrams over the loopback.
with socket.create_server(("127.0.0.1", 0)) as server:
    assert server.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
    client = socket.create_connection(server.getsockname(), timeout=5)
    connection, address = server.accept()
    assert address == client.getsockname() and connection.getpeername() == address
    with client, connection, client.makefile("rw") as text:
        text.write("a line\n")
        text.flush()
        room = bytearray(10)
        assert connection.recv_into(room) == 7 and room[:7] == b"a line\n"
        connection.sendall(b"answer\n")
        assert text.readline() == "answer\n"
    unused = server.getsockname()
assert raises(ConnectionRefusedError, socket.create_connection, unused).errno == 111
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
    one.bind(("127.0.0.1", 0))
    two.sendto(b"datagram", one.getsockname())
    data, address = one.recvfrom(100)
    assert data == b"datagram" and address[1] == two.getsockname()[1]

# Addresses.
assert socket.inet_aton("1.2.3.4") == b"\1\2\3\4" and socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\1") == "::1"
assert socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM) == [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
]
assert socket.htons(1) == 256 and socket.ntohl(1) == 1 << 24
raises(OverflowError, socket.socket().bind, ("127.0.0.1", 70000))
raises(TypeError, socket.socket().bind, "127.0.0.1")
raises(ValueError, socket.setdefaulttimeout, -1)

# A signal ends a wait by what its handler raises.
class Alarm(Exception):
    pass


def on_alarm(*_):
    raise Alarm


before = signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.05)
raises(Alarm, select.select, [], [], [], 10)
signal.signal(signal.SIGALRM, before)


# asyncio stands on all of it.
async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"shout\n")
    assert await reader.readline() == b"SHOUT\n"
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()

    async def later(value):
        await asyncio.sleep(0.001)
        return value

    assert await asyncio.gather(*map(later, range(5))) == [0, 1, 2, 3, 4]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(later(n)) for n in range(3)]
    assert [task.result() for task in tasks] == [0, 1, 2]
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as error:
        assert isinstance(error.__cause__, asyncio.CancelledError)
    else:
        raise AssertionError("no timeout")


asyncio.run(main())
