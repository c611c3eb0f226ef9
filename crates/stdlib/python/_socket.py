"""No sockets, and says so: what modules that mention sockets need in order to be imported.

The constants are those of Linux. Making a socket, or asking the network for anything, raises NotImplementedError.
"""

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
    raise NotImplementedError("this runtime has no sockets")


class socket:
    """A socket, which can't be made."""

    __slots__ = ()
    __init__ = _absent


SocketType = socket
socketpair = dup = close = _absent
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
