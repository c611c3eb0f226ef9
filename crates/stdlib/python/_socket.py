"""Sockets. The native part asks the system; here are the objects, timeouts and addresses as Python has them.

The constants are those of Linux.
"""

import _warnings
import os
import select
import sys

error = OSError
timeout = TimeoutError
has_ipv6 = True
CAPI = None

AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET = 1, 2, 3, 5
SOCK_NONBLOCK, SOCK_CLOEXEC = 0o4000, 0o2000000
SOL_SOCKET, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF = 1, 2, 3, 4, 6, 7, 8
SO_KEEPALIVE, SO_REUSEPORT = 9, 15
SOMAXCONN = 4096
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6 = 0, 1, 6, 17, 41
IPV6_V6ONLY, TCP_NODELAY = 26, 1
MSG_OOB, MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL = 1, 2, 0x40, 0x4000
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_V4MAPPED, AI_ALL, AI_ADDRCONFIG, AI_NUMERICSERV = 1, 2, 4, 8, 16, 32, 1024
EAI_BADFLAGS, EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_FAMILY, EAI_SOCKTYPE, EAI_SERVICE = -1, -2, -3, -4, -6, -7, -8
NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM = 1, 2, 8, 16
INADDR_ANY, INADDR_LOOPBACK, INADDR_BROADCAST = 0, 0x7F000001, 0xFFFFFFFF
_EINPROGRESS, _EISCONN = 115, 106
_default_timeout = None


class herror(OSError):
    pass


class gaierror(OSError):
    pass


def _to_system(family, address):
    """An address as the native part takes it: with its family, and a numeric host."""
    if family == AF_UNIX:
        return AF_UNIX, os.fsencode(address) if isinstance(address, str) else bytes(address)
    if family not in (AF_INET, AF_INET6):
        raise OSError(f"unsupported address family {family}")
    name = "AF_INET" if family == AF_INET else "AF_INET6"
    if not isinstance(address, tuple):
        raise TypeError(f"{name} address must be tuple, not {type(address).__name__}")
    most = 2 if family == AF_INET else 4
    if not 2 <= len(address) <= most:
        wanted = "a pair (host, port)" if family == AF_INET else "a tuple (host, port[, flowinfo[, scopeid]])"
        raise TypeError(f"{name} address must be {wanted}")
    host, port, *rest = address
    if not isinstance(port, int):
        raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
    if not 0 <= port < 1 << 16:
        raise OverflowError("port must be 0-65535.")
    return family, _host(family, host), port, *rest


def _host(family, host):
    """A host's numeric address."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("idna")
    if host == "":
        return "0.0.0.0" if family == AF_INET else "::"
    if host == "<broadcast>":
        return "255.255.255.255"
    return _found(host, 0, family)[0][1]


def _found(host, port, family):
    """The addresses of a host, of one family if it is not AF_UNSPEC."""
    found = [address for address in _resolve(host, port) if family in (AF_UNSPEC, address[0])]
    if not found:
        raise gaierror(EAI_NONAME, "Name or service not known")
    return found


def _from_system(address):
    """An address as Python has it."""
    if address is None:
        return None
    family, *rest = address
    if family != AF_UNIX:
        return tuple(rest)
    path, = rest
    return path if path.startswith(b"\0") else os.fsdecode(path)


def _seconds(value):
    """A timeout: seconds, or None."""
    if value is None:
        return None
    value = float(value)
    if not value >= 0:
        raise ValueError("Timeout value out of range")
    return value


class socket:
    """socket(family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None)

    One end of a connection, or of what may become one.
    """

    __slots__ = ("_fd", "_timeout", "_family", "_type", "_proto")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._fd = -1
        flags = 0
        if fileno is None:
            family = AF_INET if family == -1 else family
            type = SOCK_STREAM if type == -1 else type
            proto = 0 if proto == -1 else proto
            flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC)
            type &= ~flags
            fileno = _make(family, type, proto)
        else:
            family = _name(fileno)[0] if family == -1 else family
            type = _option(fileno, SOL_SOCKET, SO_TYPE) if type == -1 else type
            proto = 0 if proto == -1 else proto
        self._fd = fileno
        self._family, self._type, self._proto = family, type, proto
        socket.settimeout(self, 0.0 if flags & SOCK_NONBLOCK else _default_timeout)

    def __repr__(self):
        return f"<socket object, fd={self._fd}, family={self._family}, type={self._type}, proto={self._proto}>"

    def __del__(self, _warn=_warnings.warn, _close=os.close, _is_finalizing=sys.is_finalizing):
        number = getattr(self, "_fd", -1)
        if number >= 0:
            if not _is_finalizing():
                _warn(f"unclosed {self!r}", ResourceWarning, 2, self)
            self._fd = -1
            _close(number)

    def fileno(self):
        """The descriptor, or -1 once the socket is closed."""
        return self._fd

    def detach(self):
        """Gives the descriptor up without closing it, and returns it."""
        number, self._fd = self._fd, -1
        return number

    def close(self):
        """Closes the socket."""
        if self._fd >= 0:
            os.close(socket.detach(self))

    def setblocking(self, flag, /):
        """Whether calls wait."""
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        """Whether calls wait."""
        return self._timeout != 0

    def settimeout(self, value, /):
        """How many seconds calls wait: None without end, 0 not at all."""
        value = _seconds(value)
        os.set_blocking(self._fd, value is None)
        self._timeout = value

    def gettimeout(self):
        """How many seconds calls wait."""
        return self._timeout

    @property
    def family(self):
        """The family of its addresses."""
        return self._family

    @property
    def type(self):
        """What kind of socket it is."""
        return self._type

    @property
    def proto(self):
        """Its protocol."""
        return self._proto

    @property
    def timeout(self):
        """How many seconds calls wait."""
        return self._timeout

    def _until(self, event):
        """Waits for an event as long as the timeout says."""
        if self._timeout:
            watcher = select.poll()
            watcher.register(self._fd, event)
            if not watcher.poll(self._timeout * 1000):
                raise TimeoutError("timed out")

    def _do(self, event, work, *args):
        """Does something once it can be done; again, if a signal came first."""
        while True:
            if event:
                self._until(event)
            try:
                return work(self._fd, *args)
            except InterruptedError:
                pass
            except BlockingIOError:
                if not self._timeout:
                    raise

    def bind(self, address, /):
        """Gives the socket an address."""
        _bind(self._fd, _to_system(self._family, address))

    def listen(self, backlog=128, /):
        """Lets the socket wait for connections."""
        _listen(self._fd, max(backlog, 0))

    def _accept(self):
        number, address = self._do(select.POLLIN, _accept)
        return number, _from_system(address)

    def connect(self, address, /):
        """Connects to an address."""
        number = self.connect_ex(address)
        if number:
            raise OSError(number, os.strerror(number))

    def connect_ex(self, address, /):
        """Connects to an address; returns the number of an error, or 0."""
        try:
            self._do(0, _connect, _to_system(self._family, address))
        except gaierror:
            raise
        except OSError as error:
            if error.errno != _EINPROGRESS or not self._timeout:
                return error.errno
            self._until(select.POLLOUT)
            return _option(self._fd, SOL_SOCKET, SO_ERROR)
        return 0

    def recv(self, bufsize, flags=0, /):
        """At most so many bytes that the other end sent."""
        return self._do(select.POLLIN, _receive, bufsize, flags)[0]

    def recvfrom(self, bufsize, flags=0, /):
        """At most so many bytes, and where they came from."""
        data, address = self._do(select.POLLIN, _receive, bufsize, flags)
        return data, _from_system(address)

    def recv_into(self, buffer, nbytes=0, flags=0):
        """Receives into a buffer; returns how many bytes."""
        return self.recvfrom_into(buffer, nbytes, flags)[0]

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        """Receives into a buffer; returns how many bytes, and where they came from."""
        view = memoryview(buffer).cast("B")
        data, address = self.recvfrom(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data), address

    def send(self, data, flags=0, /):
        """Sends bytes; returns how many were taken."""
        return self._do(select.POLLOUT, _send, data, flags, None)

    def sendall(self, data, flags=0, /):
        """Sends all the bytes."""
        view = memoryview(data).cast("B")
        while len(view):
            view = view[self.send(view, flags):]

    def sendto(self, data, *flags_and_address):
        """Sends bytes to an address; returns how many were taken."""
        *flags, address = flags_and_address
        address = _to_system(self._family, address)
        return self._do(select.POLLOUT, _send, data, flags[0] if flags else 0, address)

    def getsockname(self):
        """The address of the socket."""
        return _from_system(_name(self._fd))

    def getpeername(self):
        """The address that the socket is connected to."""
        return _from_system(_peer(self._fd))

    def shutdown(self, how, /):
        """Ends one or both directions of the connection."""
        _shutdown(self._fd, how)

    def getsockopt(self, level, optname, buflen=0, /):
        """The value of an option, a number."""
        if buflen:
            raise NotImplementedError("options that are no numbers are not supported")
        return _option(self._fd, level, optname)

    def setsockopt(self, level, optname, value, /):
        """Sets an option, a number."""
        if not isinstance(value, int):
            raise NotImplementedError("options that are no numbers are not supported")
        _set_option(self._fd, level, optname, value)


SocketType = socket


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /):
    """Two sockets connected to each other."""
    return tuple(socket(family, type, proto, number) for number in _pair(family, type, proto))


def close(fd, /):
    """Closes a socket's descriptor."""
    os.close(fd)


def dup(fd, /):
    """Another descriptor of the same socket."""
    return os.dup(fd)


def getdefaulttimeout():
    """How many seconds new sockets wait; None: without end."""
    return _default_timeout


def setdefaulttimeout(timeout, /):
    """Says how many seconds new sockets wait."""
    global _default_timeout
    _default_timeout = _seconds(timeout)


def gethostname():
    """The name of the machine."""
    return os.uname().nodename


_KINDS = {SOCK_STREAM: IPPROTO_TCP, SOCK_DGRAM: IPPROTO_UDP, SOCK_RAW: 0}
_SERVICES = {"ftp": 21, "ssh": 22, "smtp": 25, "domain": 53, "http": 80, "pop3": 110, "imap": 143, "https": 443}


def getservbyname(name, protocol=None, /):
    """The port of a well-known service."""
    try:
        return _SERVICES[name]
    except KeyError:
        raise OSError("service/proto not found") from None


def _port(port):
    if port is None:
        return 0
    text = port.decode("ascii") if isinstance(port, bytes) else str(port)
    if text.isdecimal():
        return int(text)
    if text in _SERVICES:
        return _SERVICES[text]
    raise gaierror(EAI_SERVICE, "Servname not supported for ai_socktype")


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Addresses to make a socket for: (family, type, proto, canonical name, address) each."""
    if isinstance(host, bytes):
        host = host.decode("idna")
    if host is None or host == "":
        host = ("0.0.0.0" if flags & AI_PASSIVE else "127.0.0.1") if family != AF_INET6 else "::"
    if flags & AI_NUMERICHOST and not all(part in "0123456789abcdefABCDEF.:%" for part in host):
        raise gaierror(EAI_NONAME, "Name or service not known")
    kinds = [kind for kind in _KINDS if type in (0, kind) and proto in (0, _KINDS[kind])]
    if not kinds:
        raise gaierror(EAI_SOCKTYPE, "ai_socktype not supported")
    name = host if flags & AI_CANONNAME else ""
    return [(address[0], kind, proto or _KINDS[kind], name, tuple(address[1:]))
            for address in _found(host, _port(port), family) for kind in kinds]


def gethostbyname(host, /):
    """The numeric address of a host."""
    return _host(AF_INET, host)


def gethostbyname_ex(host, /):
    """A host's name, other names and numeric addresses."""
    return host, [], list(dict.fromkeys(address[1] for address in _found(host, 0, AF_INET)))


def _absent(*_, **__):
    raise NotImplementedError("this runtime does not ask for the names of addresses, ports and interfaces")


getnameinfo = gethostbyaddr = getservbyport = getprotobyname = _absent
if_nameindex = if_nametoindex = if_indextoname = CMSG_LEN = CMSG_SPACE = _absent


def inet_pton(family, text, /):
    """The bytes of a numeric address."""
    import ipaddress

    kinds = {AF_INET: ipaddress.IPv4Address, AF_INET6: ipaddress.IPv6Address}
    if family not in kinds:
        raise OSError(97, "Address family not supported by protocol")
    try:
        return kinds[family](text).packed
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None


def inet_ntop(family, packed, /):
    """The text of an address of four or sixteen bytes."""
    import ipaddress

    kinds = {AF_INET: (4, ipaddress.IPv4Address), AF_INET6: (16, ipaddress.IPv6Address)}
    if family not in kinds:
        raise ValueError(f"unknown address family {family}")
    size, kind = kinds[family]
    if len(packed) != size:
        raise ValueError("invalid length of packed IP address string")
    return str(kind(bytes(packed)))


def inet_aton(text, /):
    """The four bytes of an address."""
    try:
        return inet_pton(AF_INET, text)
    except OSError:
        raise OSError("illegal IP address string passed to inet_aton") from None


def inet_ntoa(packed, /):
    """The text of an address of four bytes."""
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return inet_ntop(AF_INET, packed)


def _swapped(number, size, name):
    if number < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if number >= 1 << 8 * size:
        raise OverflowError(f"{name}: Python int too large to convert to C {8 * size}-bit unsigned integer")
    return int.from_bytes(number.to_bytes(size, sys.byteorder), "big")


def htons(x, /):
    """A 16-bit number in the order of bytes of networks."""
    return _swapped(x, 2, "htons")


def htonl(x, /):
    """A 32-bit number in the order of bytes of networks."""
    return _swapped(x, 4, "htonl")


def ntohs(x, /):
    """A 16-bit number from the order of bytes of networks."""
    return _swapped(x, 2, "ntohs")


def ntohl(x, /):
    """A 32-bit number from the order of bytes of networks."""
    return _swapped(x, 4, "ntohl")
