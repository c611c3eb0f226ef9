"""Pairs of sockets that are connected with each other, which is what event loops wake themselves with; and what modules
that mention sockets need in order to be imported.

The constants are those of Linux. Making another socket, or asking the network for anything, raises NotImplementedError.
"""

import posix as _posix

error = OSError
timeout = TimeoutError
has_ipv6 = False
CAPI = None

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
SOCK_NONBLOCK, SOCK_CLOEXEC = 0o4000, 0o2000000
SOL_SOCKET, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_KEEPALIVE, SO_REUSEPORT = 1, 2, 3, 4, 6, 9, 15
SOMAXCONN = 4096
IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6 = 0, 6, 17, 41
IPV6_V6ONLY, TCP_NODELAY = 26, 1
MSG_OOB, MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL = 1, 2, 0x40, 0x4000
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_V4MAPPED, AI_ALL, AI_ADDRCONFIG = 1, 2, 4, 8, 16, 32
EAI_BADFLAGS, EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_FAMILY = -1, -2, -3, -4, -6
NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM = 1, 2, 8, 16
INADDR_ANY, INADDR_LOOPBACK, INADDR_BROADCAST = 0, 0x7F000001, 0xFFFFFFFF


class herror(OSError):
    pass


class gaierror(OSError):
    pass


def _absent(*_, **__):
    raise NotImplementedError("this runtime has no sockets but pairs")


class socket:
    """One end of a pair of sockets; no others can be made."""

    __slots__ = ("_fd", "_wait")
    family, type, proto = property(lambda _: AF_UNIX), property(lambda _: SOCK_STREAM), property(lambda _: 0)

    def __new__(cls, *_, **__):
        self = object.__new__(cls)
        self._fd = -1
        return self

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is None:
            _absent()
        self._fd, self._wait = fileno, _timeout

    @property
    def timeout(self):
        """How many seconds to wait; None: for ever."""
        return self._wait

    def fileno(self):
        """The descriptor; -1 if the socket is closed."""
        return self._fd

    def detach(self):
        """The descriptor, which the socket forgets."""
        fd, self._fd = self._fd, -1
        return fd

    def close(self):
        """Closes the socket."""
        if self._fd >= 0:
            _posix.close(socket.detach(self))

    def __del__(self):
        socket.close(self)

    def settimeout(self, value, /):
        """Says how many seconds to wait."""
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        _posix.set_blocking(self._fd, value is None)
        self._wait = value

    def gettimeout(self):
        """How many seconds to wait."""
        return self._wait

    def setblocking(self, flag, /):
        """Says whether to wait."""
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        """Whether calls wait."""
        return self._wait != 0

    def _ready(self, events, flags):
        if flags:
            raise NotImplementedError("flags of sockets are not supported")
        if self._wait:
            import select

            waiter = select.poll()
            waiter.register(self._fd, events)
            if not waiter.poll(self._wait * 1000):
                raise TimeoutError("timed out")

    def recv(self, bufsize, flags=0, /):
        """Reads at most so many bytes."""
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        self._ready(1, flags)
        return _posix.read(self._fd, bufsize)

    def recv_into(self, buffer, nbytes=0, flags=0):
        """Reads into a buffer; returns how many bytes."""
        with memoryview(buffer).cast("B") as view:
            data = self.recv(nbytes or len(view), flags)
            view[:len(data)] = data
        return len(data)

    def send(self, data, flags=0, /):
        """Writes bytes; returns how many were taken."""
        self._ready(4, flags)
        return _posix.write(self._fd, data)

    def sendall(self, data, flags=0, /):
        """Writes all bytes."""
        with memoryview(data).cast("B") as view:
            sent = 0
            while sent < len(view):
                sent += self.send(view[sent:], flags)

    accept = bind = connect = connect_ex = listen = getpeername = getsockname = getsockopt = setsockopt = _absent
    recvfrom = sendto = shutdown = _absent


def socketpair(family=None, type=SOCK_STREAM, proto=0, /):
    """Two sockets, each of which reads what is written to the other."""
    if family not in (None, AF_UNIX) or type != SOCK_STREAM or proto:
        _absent()
    one, other = _posix._socketpair()
    return socket(fileno=one), socket(fileno=other)


def close(fd, /):
    """Closes a descriptor."""
    _posix.close(fd)


SocketType = socket
dup = _absent
getaddrinfo = getnameinfo = gethostname = gethostbyname = gethostbyname_ex = gethostbyaddr = _absent
getservbyname = getservbyport = getprotobyname = if_nameindex = if_nametoindex = if_indextoname = _absent
inet_aton = inet_ntoa = inet_pton = inet_ntop = CMSG_LEN = CMSG_SPACE = _absent


def htons(x):
    """A 16-bit number in the order of bytes of networks."""
    if not 0 <= x < 1 << 16:
        raise OverflowError("htons: Python int too large to convert to C 16-bit unsigned integer")
    import sys

    return int.from_bytes(x.to_bytes(2, sys.byteorder), "big")


def htonl(x):
    """A 32-bit number in the order of bytes of networks."""
    if not 0 <= x < 1 << 32:
        raise OverflowError("htonl: Python int too large to convert to C 32-bit unsigned integer")
    import sys

    return int.from_bytes(x.to_bytes(4, sys.byteorder), "big")


ntohs, ntohl = htons, htonl
_timeout = None


def getdefaulttimeout():
    """How many seconds new sockets wait; None: for ever."""
    return _timeout


def setdefaulttimeout(timeout):
    """Says how many seconds new sockets wait."""
    global _timeout
    _timeout = timeout
