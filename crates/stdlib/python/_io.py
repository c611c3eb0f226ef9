"""Streams: files, buffers in front of them, text on top, and both in memory."""

import builtins as _builtins
import posix as _posix
import sys as _sys
from builtins import BlockingIOError

DEFAULT_BUFFER_SIZE = 131072
_CHUNK = 8192


class UnsupportedOperation(OSError, ValueError):
    """The stream cannot do this."""


def _unsupported(name):
    raise UnsupportedOperation(name)


class _IOBase:
    """What all streams have."""

    def __init__(self, *args, **kwargs):
        pass

    @property
    def closed(self):
        return self.__dict__.get("_IOBase__closed", False)

    def close(self):
        if not self.__dict__.get("_IOBase__closed", False):
            try:
                self.flush()
            finally:
                self.__closed = True

    def flush(self):
        self._checkClosed()

    def seek(self, offset, whence=0, /):
        _unsupported("seek")

    def tell(self):
        return self.seek(0, 1)

    def truncate(self, size=None, /):
        _unsupported("truncate")

    def fileno(self):
        _unsupported("fileno")

    def isatty(self):
        self._checkClosed()
        return False

    def readable(self):
        return False

    def writable(self):
        return False

    def seekable(self):
        return False

    def _checkClosed(self, msg=None):
        if self.closed:
            raise ValueError(msg or "I/O operation on closed file.")

    def _checkReadable(self, msg=None):
        if not self.readable():
            _unsupported(msg or "File or stream is not readable.")

    def _checkWritable(self, msg=None):
        if not self.writable():
            _unsupported(msg or "File or stream is not writable.")

    def _checkSeekable(self, msg=None):
        if not self.seekable():
            _unsupported(msg or "File or stream is not seekable.")

    def __enter__(self):
        self._checkClosed()
        return self

    def __exit__(self, *exception):
        self.close()

    def __iter__(self):
        self._checkClosed()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __del__(self):
        try:
            closed = self.closed
        except AttributeError:
            return
        if not closed:
            self.close()

    def readline(self, size=-1, /):
        size = -1 if size is None else size.__index__()
        peek = getattr(self, "peek", None)
        line = bytearray()
        while size < 0 or len(line) < size:
            count = 1
            if peek is not None:
                ahead = peek(1)
                if ahead:
                    end = ahead.find(b"\n")
                    count = len(ahead) if end < 0 else end + 1
                    if size >= 0:
                        count = min(count, size - len(line))
            piece = self.read(count)
            if not piece:
                break
            if not isinstance(piece, bytes):
                raise OSError(f"read() should have returned a bytes object, not '{type(piece).__name__}'")
            line += piece
            if line.endswith(b"\n"):
                break
        return bytes(line)

    def readlines(self, hint=-1, /):
        if hint is None or hint <= 0:
            return list(self)
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if total >= hint:
                break
        return lines

    def writelines(self, lines, /):
        self._checkClosed()
        for line in lines:
            self.write(line)


class _RawIOBase(_IOBase):
    """Streams of bytes without a buffer."""

    def read(self, size=-1, /):
        if size is None or size < 0:
            return self.readall()
        room = bytearray(size)
        count = self.readinto(room)
        if count is None:
            return None
        if not 0 <= count <= size:
            raise ValueError(f"readinto returned {count} outside buffer size {size}")
        return bytes(room[:count])

    def readall(self):
        pieces = bytearray()
        while piece := self.read(DEFAULT_BUFFER_SIZE):
            pieces += piece
        return bytes(pieces) if pieces or piece is not None else None

    def readinto(self, buffer, /):
        _unsupported("readinto")

    def write(self, data, /):
        _unsupported("write")


class _BufferedIOBase(_IOBase):
    """Streams of bytes with a buffer."""

    def read(self, size=-1, /):
        _unsupported("read")

    def read1(self, size=-1, /):
        _unsupported("read1")

    def readinto(self, buffer, /):
        return self._fill(buffer, self.read)

    def readinto1(self, buffer, /):
        return self._fill(buffer, self.read1)

    def _fill(self, buffer, read):
        if not isinstance(buffer, bytearray):
            buffer = memoryview(buffer).cast("B")
        data = read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def write(self, data, /):
        _unsupported("write")

    def detach(self):
        _unsupported("detach")


class _TextIOBase(_IOBase):
    """Streams of text."""

    def read(self, size=-1, /):
        _unsupported("read")

    def readline(self, size=-1, /):
        _unsupported("readline")

    def write(self, text, /):
        _unsupported("write")

    def detach(self):
        _unsupported("detach")

    @property
    def encoding(self):
        return None

    @property
    def newlines(self):
        return None

    @property
    def errors(self):
        return None


def _warn_unclosed(file):
    import warnings
    warnings.warn(f"unclosed file {file!r}", ResourceWarning, 2, file)


class FileIO(_RawIOBase):
    """A file of the system."""

    _fd = -1
    _closefd = True

    def __init__(self, file, mode="r", closefd=True, opener=None):
        if isinstance(file, float):
            raise TypeError("integer argument expected, got float")
        if not isinstance(mode, str):
            raise TypeError(f"FileIO() argument 'mode' must be str, not {type(mode).__name__}")
        kinds = [letter for letter in mode if letter in "rwax"]
        if set(mode) - set("rwaxb+"):
            raise ValueError(f"invalid mode: {mode}")
        if len(kinds) != 1 or mode.count("+") > 1:
            raise ValueError("Must have exactly one of create/read/write/append mode and at most one plus")
        kind, updates = kinds[0], "+" in mode
        self._kind = kind
        self._readable = kind == "r" or updates
        self._writable = kind != "r" or updates
        self._seekable = None
        flags = {(True, True): _posix.O_RDWR, (True, False): _posix.O_RDONLY,
                 (False, True): _posix.O_WRONLY}[self._readable, self._writable]
        flags |= {"r": 0, "w": _posix.O_CREAT | _posix.O_TRUNC, "x": _posix.O_CREAT | _posix.O_EXCL,
                  "a": _posix.O_CREAT | _posix.O_APPEND}[kind]
        if isinstance(file, int):
            if file < 0:
                raise ValueError("negative file descriptor")
            fd, opened = int(file), False
        else:
            if not closefd:
                raise ValueError("Cannot use closefd=False with file name")
            if opener is None:
                fd = _posix.open(file, flags, 0o666)
            else:
                fd = opener(file, flags)
                if not isinstance(fd, int):
                    raise TypeError("expected integer from opener")
                if fd < 0:
                    raise ValueError(f"opener returned {fd}")
            opened = True
        try:
            found = _posix.fstat(fd)
            if found.st_mode & 0o170000 == 0o040000:
                raise IsADirectoryError(21, "Is a directory", file)
        except OSError:
            if opened:
                _posix.close(fd)
            raise
        self._fd = fd
        self._closefd = closefd
        self._blksize = found.st_blksize if found.st_blksize > 1 else DEFAULT_BUFFER_SIZE
        self.name = file
        if kind == "a":
            try:
                _posix.lseek(fd, 0, 2)
            except OSError:
                pass

    def __del__(self):
        if self._fd >= 0 and self._closefd and not self.closed:
            _warn_unclosed(self)
            self.close()

    def __repr__(self):
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        if self.closed:
            return f"<{name} [closed]>"
        shown = f"name={self.name!r}" if hasattr(self, "name") else f"fd={self._fd}"
        return f"<{name} {shown} mode={self.mode!r} closefd={self._closefd}>"

    def __getstate__(self):
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    def _open_fd(self):
        if self._fd < 0:
            raise ValueError("I/O operation on closed file")
        return self._fd

    def read(self, size=-1, /):
        fd = self._open_fd()
        self._check(self._readable, "reading")
        if size is None or size < 0:
            return self.readall()
        try:
            return _posix.read(fd, size)
        except BlockingIOError:
            return None

    def _check(self, allowed, what):
        if not allowed:
            _unsupported(f"File not open for {what}")

    def readall(self):
        fd = self._open_fd()
        self._check(self._readable, "reading")
        size = DEFAULT_BUFFER_SIZE
        try:
            size = max(_posix.fstat(fd).st_size - _posix.lseek(fd, 0, 1), 0) + 1
        except OSError:
            pass
        first = self._read_some(fd, size)
        if not first:
            return first
        second = self._read_some(fd, DEFAULT_BUFFER_SIZE)
        if not second:
            return first
        pieces = bytearray(first)
        while second:
            pieces += second
            second = self._read_some(fd, max(len(pieces), DEFAULT_BUFFER_SIZE))
        return bytes(pieces)

    def _read_some(self, fd, size):
        try:
            return _posix.read(fd, size)
        except BlockingIOError:
            return None

    def readinto(self, buffer, /):
        fd = self._open_fd()
        self._check(self._readable, "reading")
        view = buffer if isinstance(buffer, bytearray) else memoryview(buffer).cast("B")
        data = self._read_some(fd, len(view))
        if data is None:
            return None
        view[:len(data)] = data
        return len(data)

    def write(self, data, /):
        fd = self._open_fd()
        self._check(self._writable, "writing")
        try:
            return _posix.write(fd, data)
        except BlockingIOError:
            return None

    def seek(self, position, whence=0, /):
        if isinstance(position, float):
            raise TypeError("an integer is required")
        return _posix.lseek(self._open_fd(), position, whence)

    def tell(self):
        return _posix.lseek(self._open_fd(), 0, 1)

    def truncate(self, size=None, /):
        fd = self._open_fd()
        self._check(self._writable, "writing")
        size = self.tell() if size is None else size
        _posix.ftruncate(fd, size)
        return size

    def close(self):
        if self.closed:
            return
        try:
            _IOBase.close(self)
        finally:
            fd, self._fd = self._fd, -1
            if self._closefd and fd >= 0:
                _posix.close(fd)

    @property
    def closed(self):
        return self._fd < 0 or _IOBase.closed.__get__(self)

    def seekable(self):
        fd = self._open_fd()
        if self._seekable is None:
            try:
                _posix.lseek(fd, 0, 1)
                self._seekable = True
            except OSError:
                self._seekable = False
        return self._seekable

    def readable(self):
        self._open_fd()
        return self._readable

    def writable(self):
        self._open_fd()
        return self._writable

    def fileno(self):
        return self._open_fd()

    def isatty(self):
        return _posix.isatty(self._open_fd())

    @property
    def closefd(self):
        return self._closefd

    @property
    def mode(self):
        if self._kind == "r":
            return "rb+" if self._writable else "rb"
        return f"{self._kind}b+" if self._readable else f"{self._kind}b"


def _bytes_of(data):
    """The bytes of a bytes-like object."""
    if isinstance(data, (bytes, bytearray)):
        return data
    return memoryview(data).tobytes()


class BytesIO(_BufferedIOBase):
    """Bytes in memory as a stream."""

    _buffer = None
    _position = 0

    def __init__(self, initial_bytes=b""):
        self._buffer = bytearray()
        if initial_bytes is not None:
            # Not the constructor, to which a number means zeros.
            self._buffer[:] = _bytes_of(initial_bytes)
        self._position = 0

    def __getstate__(self):
        self._check_open()
        return (self.getvalue(), self._position, {})

    def __setstate__(self, state):
        self._buffer, self._position = bytearray(state[0]), state[1]

    def _check_open(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def getvalue(self):
        self._check_open()
        return bytes(self._buffer)

    def getbuffer(self):
        self._check_open()
        return memoryview(self._buffer)

    def close(self):
        self._buffer = bytearray()
        _IOBase.close(self)

    def _end(self, size):
        length = len(self._buffer)
        if size is None:
            return length
        size = size.__index__()
        return length if size < 0 else min(length, self._position + size)

    def read(self, size=-1, /):
        self._check_open()
        end = self._end(size)
        if end <= self._position:
            return b""
        data = bytes(self._buffer[self._position:end])
        self._position = end
        return data

    read1 = read

    def readline(self, size=-1, /):
        self._check_open()
        limit = self._end(size)
        end = self._buffer.find(b"\n", self._position, limit) + 1 or limit
        if end <= self._position:
            return b""
        data = bytes(self._buffer[self._position:end])
        self._position = end
        return data

    def write(self, data, /):
        self._check_open()
        data = _bytes_of(data)
        count = len(data)
        if not count:
            return 0
        position, buffer = self._position, self._buffer
        if position > len(buffer):
            buffer += bytes(position - len(buffer))
        buffer[position:position + count] = data
        self._position = position + count
        return count

    def seek(self, position, whence=0, /):
        self._check_open()
        position = position.__index__()
        if whence == 0:
            if position < 0:
                raise ValueError(f"negative seek value {position}")
            self._position = position
        elif whence == 1:
            self._position = max(0, self._position + position)
        elif whence == 2:
            self._position = max(0, len(self._buffer) + position)
        else:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        return self._position

    def tell(self):
        self._check_open()
        return self._position

    def truncate(self, size=None, /):
        self._check_open()
        size = self._position if size is None else size.__index__()
        if size < 0:
            raise ValueError(f"negative size value {size}")
        del self._buffer[size:]
        return size

    def readable(self):
        self._check_open()
        return True

    writable = seekable = readable


class _Buffered(_BufferedIOBase):
    """What the buffers in front of raw streams share: bytes read ahead, and bytes not yet written.

    At most one of both is there at a time.
    """

    _raw = None

    def __init__(self, raw, buffer_size=DEFAULT_BUFFER_SIZE):
        if buffer_size <= 0:
            raise ValueError("invalid buffer size")
        self._raw = raw
        self._size = buffer_size
        self._ahead = b""
        self._next = 0
        self._behind = bytearray()

    @property
    def raw(self):
        return self._raw

    def _stream(self):
        raw = self._raw
        if raw is None:
            raise ValueError("raw stream has been detached")
        if raw.closed:
            raise ValueError("I/O operation on closed file.")
        return raw

    @property
    def closed(self):
        return self._raw.closed if self._raw is not None else False

    @property
    def name(self):
        return self._raw.name

    @property
    def mode(self):
        return self._raw.mode

    def fileno(self):
        return self._stream().fileno()

    def isatty(self):
        return self._stream().isatty()

    def seekable(self):
        return self._stream().seekable()

    def readable(self):
        return self._stream().readable()

    def writable(self):
        return self._stream().writable()

    def detach(self):
        raw = self._stream()
        self.flush()
        self._raw = None
        return raw

    def close(self):
        if self._raw is None or self.closed:
            return
        try:
            self.flush()
        finally:
            self._raw.close()

    def __del__(self):
        if self._raw is not None and not self.closed:
            self.close()

    def __repr__(self):
        cls = f"{type(self).__module__}.{type(self).__qualname__}"
        try:
            return f"<{cls} name={self.name!r}>"
        except AttributeError:
            return f"<{cls}>"

    def __getstate__(self):
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    # Reading

    def _refill(self, size):
        piece = self._raw.read(size)
        self._ahead, self._next = piece or b"", 0
        return piece

    def read(self, size=-1, /):
        raw = self._stream()
        self._write_behind()
        if size is not None and size < -1:
            raise ValueError("read length must be non-negative or -1")
        ahead = self._ahead[self._next:]
        if size is None or size == -1:
            self._ahead, self._next = b"", 0
            rest = raw.readall() if hasattr(raw, "readall") else self._read_to_end()
            if rest is None:
                return ahead or None
            return ahead + rest
        if size <= len(ahead):
            self._next += size
            return ahead[:size]
        pieces, count = [ahead], len(ahead)
        self._ahead, self._next = b"", 0
        while count < size:
            piece = self._refill(max(self._size, size - count))
            if not piece:
                if piece is None and not count:
                    return None
                break
            piece = piece[:size - count]
            self._next = len(piece)
            pieces.append(piece)
            count += len(piece)
        return b"".join(pieces)

    def _read_to_end(self):
        pieces = []
        while piece := self._raw.read(DEFAULT_BUFFER_SIZE):
            pieces.append(piece)
        return b"".join(pieces)

    def read1(self, size=-1, /):
        self._stream()
        self._write_behind()
        size = self._size if size < 0 else size
        if size == 0:
            return b""
        if self._next >= len(self._ahead):
            self._refill(max(size, self._size) if size > self._size else self._size)
        data = self._ahead[self._next:self._next + size]
        self._next += len(data)
        return data

    def peek(self, size=0, /):
        self._stream()
        self._write_behind()
        if self._next >= len(self._ahead):
            self._refill(self._size)
        return self._ahead[self._next:]

    def readline(self, size=-1, /):
        self._stream()
        self._write_behind()
        size = -1 if size is None else size.__index__()
        pieces, count = [], 0
        while size < 0 or count < size:
            if self._next >= len(self._ahead) and not self._refill(self._size):
                break
            limit = len(self._ahead) if size < 0 else min(len(self._ahead), self._next + size - count)
            end = self._ahead.find(b"\n", self._next, limit) + 1
            piece = self._ahead[self._next:end or limit]
            self._next += len(piece)
            pieces.append(piece)
            count += len(piece)
            if end:
                break
        return b"".join(pieces)

    # Writing

    def write(self, data, /):
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        self._stream()
        self._forget_ahead()
        before = len(self._behind)
        self._behind += data
        count = len(self._behind) - before
        if len(self._behind) > self._size:
            self._write_behind()
        return count

    def _write_behind(self):
        behind = self._behind
        while behind:
            count = self._raw.write(bytes(behind))
            if count is None:
                raise BlockingIOError(11, "write could not complete without blocking", 0)
            if not 0 <= count <= len(behind):
                raise OSError("write() returned incorrect number of bytes")
            del behind[:count]

    def flush(self):
        raw = self._stream()
        self._write_behind()
        raw.flush()

    # Positions

    def _forget_ahead(self):
        unread = len(self._ahead) - self._next
        self._ahead, self._next = b"", 0
        if unread:
            self._raw.seek(-unread, 1)

    def tell(self):
        position = self._stream().tell()
        if position < 0:
            raise OSError(f"Raw stream returned invalid position {position}")
        return position - len(self._ahead) + self._next + len(self._behind)

    def seek(self, position, whence=0, /):
        if whence not in (0, 1, 2):
            raise ValueError(f"invalid whence value {whence}")
        raw = self._stream()
        if not raw.seekable():
            _unsupported("File or stream is not seekable.")
        self._write_behind()
        if whence == 1:
            position -= len(self._ahead) - self._next
        self._ahead, self._next = b"", 0
        return raw.seek(position, whence)

    def truncate(self, size=None, /):
        raw = self._stream()
        if not raw.writable():
            _unsupported("truncate")
        self._write_behind()
        self._forget_ahead()
        return raw.truncate(raw.tell() if size is None else size)


class BufferedReader(_Buffered):
    """A stream of bytes that reads ahead."""

    def __init__(self, raw, buffer_size=DEFAULT_BUFFER_SIZE):
        if not raw.readable():
            raise UnsupportedOperation("File or stream is not readable.")
        super().__init__(raw, buffer_size)

    def write(self, data, /):
        _unsupported("write")

    def writable(self):
        self._stream()
        return False

    def flush(self):
        self._stream().flush()


class BufferedWriter(_Buffered):
    """A stream of bytes that collects what is written."""

    def __init__(self, raw, buffer_size=DEFAULT_BUFFER_SIZE):
        if not raw.writable():
            raise UnsupportedOperation("File or stream is not writable.")
        super().__init__(raw, buffer_size)

    def read(self, size=-1, /):
        _unsupported("read")

    def read1(self, size=-1, /):
        _unsupported("read1")

    def readline(self, size=-1, /):
        _unsupported("readline")

    def peek(self, size=0, /):
        _unsupported("peek")

    def readable(self):
        self._stream()
        return False


class BufferedRandom(_Buffered):
    """A stream of bytes to read, write and seek in."""

    def __init__(self, raw, buffer_size=DEFAULT_BUFFER_SIZE):
        if not raw.seekable():
            raise UnsupportedOperation("File or stream is not seekable.")
        if not raw.readable():
            raise UnsupportedOperation("File or stream is not readable.")
        if not raw.writable():
            raise UnsupportedOperation("File or stream is not writable.")
        super().__init__(raw, buffer_size)


class BufferedRWPair(_BufferedIOBase):
    """A stream to read and another to write, as one."""

    def __init__(self, reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /):
        self.reader = BufferedReader(reader, buffer_size)
        self.writer = BufferedWriter(writer, buffer_size)

    def read(self, size=-1, /):
        return self.reader.read(size)

    def read1(self, size=-1, /):
        return self.reader.read1(size)

    def peek(self, size=0, /):
        return self.reader.peek(size)

    def readinto(self, buffer, /):
        return self.reader.readinto(buffer)

    def readinto1(self, buffer, /):
        return self.reader.readinto1(buffer)

    def write(self, data, /):
        return self.writer.write(data)

    def flush(self):
        self.writer.flush()

    def readable(self):
        return self.reader.readable()

    def writable(self):
        return self.writer.writable()

    def isatty(self):
        return self.reader.isatty() or self.writer.isatty()

    def close(self):
        try:
            self.writer.close()
        finally:
            self.reader.close()

    @property
    def closed(self):
        return self.writer.closed


class IncrementalNewlineDecoder:
    """Finds out which ends of lines a text has, and makes them all the same if it should."""

    def __init__(self, decoder, translate, errors="strict"):
        self.decoder = decoder
        self.translate = translate
        self.errors = errors
        self._seen = 0
        self._pending_return = False

    def decode(self, input, final=False):
        text = input if self.decoder is None else self.decoder.decode(input, final=final)
        if self._pending_return and (text or final):
            text = "\r" + text
            self._pending_return = False
        if text.endswith("\r") and not final:
            text = text[:-1]
            self._pending_return = True
        if "\r" not in text:
            if "\n" in text:
                self._seen |= 1
            return text
        pairs = text.count("\r\n")
        if text.count("\n") > pairs:
            self._seen |= 1
        if text.count("\r") > pairs:
            self._seen |= 2
        if pairs:
            self._seen |= 4
        if self.translate:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text

    def getstate(self):
        data, flag = (b"", 0) if self.decoder is None else self.decoder.getstate()
        return data, flag << 1 | self._pending_return

    def setstate(self, state):
        data, flag = state
        self._pending_return = bool(flag & 1)
        if self.decoder is not None:
            self.decoder.setstate((data, flag >> 1))

    def reset(self):
        self._seen = 0
        self._pending_return = False
        if self.decoder is not None:
            self.decoder.reset()

    @property
    def newlines(self):
        return (None, "\n", "\r", ("\r", "\n"), "\r\n", ("\n", "\r\n"), ("\r", "\r\n"),
                ("\r", "\n", "\r\n"))[self._seen]


def _check_newline(newline):
    if newline is not None and not isinstance(newline, str):
        raise TypeError(f"illegal newline type: {type(newline).__name__}")
    if newline not in (None, "", "\n", "\r", "\r\n"):
        raise ValueError(f"illegal newline value: {newline!r}")


def _line_end(text, start, newline, limit):
    """Where the line that begins at start ends; 0 if it does not, 0 or more if a return may become a pair."""
    if newline is None or newline == "\n":
        return text.find("\n", start, limit) + 1
    if newline:
        found = text.find(newline, start, limit)
        return found + len(newline) if found >= 0 else 0
    feed, back = text.find("\n", start, limit), text.find("\r", start, limit)
    if back >= 0 and (feed < 0 or back < feed):
        return back + 2 if text.startswith("\n", back + 1) else back + 1
    return feed + 1


class StringIO(_TextIOBase):
    """Text in memory as a stream."""

    _text = ""
    _position = 0

    def __init__(self, initial_value="", newline="\n"):
        _check_newline(newline)
        if initial_value is not None and not isinstance(initial_value, str):
            raise TypeError(f"initial_value must be str or None, not {type(initial_value).__name__}")
        self._newline = newline
        self._decoder = IncrementalNewlineDecoder(None, newline is None) if not newline else None
        self._pieces = []
        self._text = ""
        self._position = self._length = 0
        if initial_value:
            self.write(initial_value)
            self._position = 0

    def _check_open(self):
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def _joined(self):
        if self._pieces:
            self._text = "".join((self._text, *self._pieces))
            self._pieces = []
        return self._text

    def getvalue(self):
        self._check_open()
        return self._joined()

    def __getstate__(self):
        return (self.getvalue(), self._newline, self._position, {})

    def __setstate__(self, state):
        self.__init__("", state[1])
        self._text, self._position = state[0], state[2]
        self._length = len(self._text)

    def write(self, text, /):
        if not isinstance(text, str):
            raise TypeError(f"string argument expected, got '{type(text).__name__}'")
        self._check_open()
        count = len(text)
        if self._decoder is not None:
            text = self._decoder.decode(text, final=True)
        if self._newline and self._newline != "\n":
            text = text.replace("\n", self._newline)
        if not text:
            return count
        position = self._position
        if position == self._length:
            self._pieces.append(text)
        else:
            old = self._joined()
            if position > len(old):
                old += "\0" * (position - len(old))
            self._text = old[:position] + text + old[position + len(text):]
        self._position = position + len(text)
        self._length = max(self._length, self._position)
        return count

    def read(self, size=-1, /):
        self._check_open()
        text, start = self._joined(), self._position
        end = len(text) if size is None or size < 0 else start + size
        found = text[start:end]
        self._position = start + len(found)
        return found

    def readline(self, size=-1, /):
        self._check_open()
        text, start = self._joined(), self._position
        limit = len(text) if size is None or size < 0 else min(len(text), start + size)
        end = min(_line_end(text, start, self._newline, limit) or limit, limit)
        line = text[start:end]
        self._position = start + len(line)
        return line

    def seek(self, position, whence=0, /):
        self._check_open()
        if whence not in (0, 1, 2):
            raise ValueError(f"Invalid whence ({whence}, should be 0, 1 or 2)")
        if whence == 0 and position < 0:
            raise ValueError(f"Negative seek position {position}")
        if whence and position:
            raise OSError("Can't do nonzero cur-relative seeks")
        self._position = (position, self._position, self._length)[whence]
        return self._position

    def tell(self):
        self._check_open()
        return self._position

    def truncate(self, size=None, /):
        self._check_open()
        size = self._position if size is None else size.__index__()
        if size < 0:
            raise ValueError(f"Negative size value {size}")
        self._text = self._joined()[:size]
        self._length = len(self._text)
        return size

    def close(self):
        self._text, self._pieces = "", []
        _IOBase.close(self)

    def readable(self):
        self._check_open()
        return True

    writable = seekable = readable

    @property
    def line_buffering(self):
        self._check_open()
        return False

    @property
    def newlines(self):
        return self._decoder.newlines if self._decoder is not None else None


_SELF_SYNCHRONOUS = {"utf-8": "utf-8", "utf8": "utf-8", "ascii": "ascii", "us-ascii": "ascii",
                     "latin-1": "latin-1", "latin1": "latin-1", "iso-8859-1": "latin-1"}


class _Utf8Decoder:
    """Decodes what comes in pieces; the beginning of a character waits for its rest."""

    def __init__(self, errors):
        self._errors = errors
        self._rest = b""

    def decode(self, data, final=False):
        import _codecs
        data = self._rest + data if self._rest else data
        text, used = _codecs.utf_8_decode(data, self._errors, final)
        self._rest = bytes(data[used:])
        return text

    def reset(self):
        self._rest = b""

    def getstate(self):
        return self._rest, 0

    def setstate(self, state):
        self._rest = state[0]


def _incremental_decoder(encoding, errors):
    if _SELF_SYNCHRONOUS.get(encoding.lower().replace("_", "-")) == "utf-8":
        return _Utf8Decoder(errors)
    import codecs
    return codecs.getincrementaldecoder(encoding)(errors)


class TextIOWrapper(_TextIOBase):
    """Text on top of a stream of bytes."""

    _CHUNK_SIZE = _CHUNK
    _buffer = None

    def __init__(self, buffer, encoding=None, errors=None, newline=None,
                 line_buffering=False, write_through=False):
        _check_newline(newline)
        encoding = text_encoding(encoding)
        if encoding == "locale":
            encoding = "utf-8"
        if not isinstance(encoding, str):
            raise ValueError(f"invalid encoding: {encoding!r}")
        if errors is not None and not isinstance(errors, str):
            raise TypeError(f"TextIOWrapper() argument 'errors' must be str or None, not {type(errors).__name__}")
        if "\0" in encoding or errors and "\0" in errors:
            raise ValueError("embedded null character")
        if encoding.lower().replace("_", "-") not in _SELF_SYNCHRONOUS:
            import codecs
            if not codecs.lookup(encoding)._is_text_encoding:
                raise LookupError(f"{encoding!r} is not a text encoding; use codecs.open() to handle arbitrary codecs")
        self._buffer = buffer
        self._encoding = encoding
        self._errors = errors or "strict"
        self._line_buffering = bool(line_buffering)
        self._write_through = bool(write_through)
        self._seekable = self._telling = buffer.seekable()
        self._set_newline(newline)
        self._encoder = None
        self._decoder = None
        self._reset()

    def _set_newline(self, newline):
        self._newline = newline
        self._translates = newline is None
        self._universal = not newline
        self._write_newline = newline if newline in ("\r", "\r\n") else None

    def _reset(self):
        self._text = ""         # decoded, not yet all read
        self._next = 0          # where in it to go on
        self._snapshot = None   # the decoder's state before the text, and the bytes the text comes from
        self._pending = []      # text to be written
        self._pending_size = 0

    @property
    def encoding(self):
        return self._encoding

    @property
    def errors(self):
        return self._errors

    @property
    def line_buffering(self):
        return self._line_buffering

    @property
    def write_through(self):
        return self._write_through

    @property
    def buffer(self):
        return self._buffer

    @property
    def closed(self):
        return self._stream().closed

    @property
    def name(self):
        return self._stream().name

    @property
    def newlines(self):
        return getattr(self._decoder, "newlines", None)

    def _stream(self):
        if self._buffer is None:
            raise ValueError("underlying buffer has been detached")
        return self._buffer

    def _open_stream(self):
        buffer = self._stream()
        if buffer.closed:
            raise ValueError("I/O operation on closed file.")
        return buffer

    def __repr__(self):
        shown = f"{type(self).__module__}.{type(self).__qualname__}"
        for name in ("name", "mode"):
            try:
                shown += f" {name}={getattr(self, name)!r}"
            except (AttributeError, ValueError):
                pass
        return f"<{shown} encoding={self._encoding!r}>"

    def __getstate__(self):
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    def __del__(self):
        if self._buffer is not None and not self._buffer.closed:
            self.close()

    def reconfigure(self, *, encoding=None, errors=None, newline=Ellipsis,
                    line_buffering=None, write_through=None):
        if self._decoder is not None and (encoding is not None or errors is not None or newline is not Ellipsis):
            _unsupported("It is not possible to set the encoding or newline of stream after the first read")
        if newline is not Ellipsis:
            _check_newline(newline)
        self.flush()
        if encoding is not None:
            self._encoding = "utf-8" if encoding == "locale" else encoding
            self._errors = errors or "strict"
        elif errors is not None:
            self._errors = errors
        if newline is not Ellipsis:
            self._set_newline(newline)
        if line_buffering is not None:
            self._line_buffering = bool(line_buffering)
        if write_through is not None:
            self._write_through = bool(write_through)

    def fileno(self):
        return self._stream().fileno()

    def isatty(self):
        return self._stream().isatty()

    def readable(self):
        return self._open_stream().readable()

    def writable(self):
        return self._open_stream().writable()

    def seekable(self):
        return self._open_stream().seekable()

    def detach(self):
        buffer = self._stream()
        self.flush()
        self._buffer = None
        return buffer

    def close(self):
        if self._buffer is None or self._buffer.closed:
            return
        try:
            self.flush()
        finally:
            self._buffer.close()

    # Writing

    def write(self, text, /):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        buffer = self._open_stream()
        if self._text or self._decoder is not None:
            self._forget_text()
        count = len(text)
        has_line = self._line_buffering and ("\n" in text or "\r" in text)
        if self._write_newline and "\n" in text:
            text = text.replace("\n", self._write_newline)
        self._pending.append(self._encode(text))
        self._pending_size += count
        if self._write_through or has_line or self._pending_size >= _CHUNK:
            self._write_pending(buffer)
            if has_line:
                buffer.flush()
        return count

    def _encode(self, text):
        if self._encoder is None:
            if self._encoding.lower().replace("_", "-") in _SELF_SYNCHRONOUS:
                encoding, errors = self._encoding, self._errors
                self._encoder = lambda text: text.encode(encoding, errors)
            else:
                import codecs
                self._encoder = codecs.getincrementalencoder(self._encoding)(self._errors).encode
        return self._encoder(text)

    def _write_pending(self, buffer):
        if self._pending:
            data = b"".join(self._pending)
            self._pending, self._pending_size = [], 0
            buffer.write(data)

    def flush(self):
        buffer = self._open_stream()
        self._write_pending(buffer)
        self._telling = self._seekable
        buffer.flush()

    # Reading

    def _forget_text(self):
        """What was read ahead is of no use once something is written."""
        self._text, self._next, self._snapshot, self._decoder = "", 0, None, None

    def _start_reading(self):
        buffer = self._open_stream()
        self._write_pending(buffer)
        if self._decoder is None:
            if not buffer.readable():
                _unsupported("not readable")
            decoder = _incremental_decoder(self._encoding, self._errors)
            if self._universal:
                decoder = IncrementalNewlineDecoder(decoder, self._translates)
            self._decoder = decoder
        return buffer

    def _read_chunk(self, buffer, size=0):
        """Decode one more piece behind what is not read yet; False at the end."""
        before = self._decoder.getstate() if self._telling else None
        read = getattr(buffer, "read1", None) or buffer.read
        data = read(max(size, self._CHUNK_SIZE))
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError(f"underlying read1() should have returned a bytes-like object, not "
                            f"'{type(data).__name__}'")
        text = self._decoder.decode(data, final=not data)
        rest = self._text[self._next:]
        if before is not None:
            if rest and self._snapshot is not None:
                # Keep where the unread text comes from, so that tell() can still find its place.
                old_state, old_data, skipped = self._snapshot
                self._snapshot = (old_state, old_data + data, skipped + self._next)
            else:
                self._snapshot = (before, data, 0)
        self._text, self._next = rest + text, 0
        return bool(data) or bool(text)

    def read(self, size=-1, /):
        buffer = self._start_reading()
        if size is None:
            size = -1
        size = size.__index__()
        if size < 0:
            text = self._text[self._next:] + self._decoder.decode(buffer.read(), final=True)
            self._text, self._next, self._snapshot = "", 0, None
            return text
        while len(self._text) - self._next < size and self._read_chunk(buffer, size):
            pass
        text = self._text[self._next:self._next + size]
        self._next += len(text)
        return text

    def readline(self, size=-1, /):
        buffer = self._start_reading()
        size = -1 if size is None else size.__index__()
        while True:
            text, start = self._text, self._next
            limit = len(text) if size < 0 else min(len(text), start + size)
            end = _line_end(text, start, self._newline, limit)
            if not end and (size < 0 or limit < start + size) and self._read_chunk(buffer):
                continue
            end = min(end or limit, limit)
            self._next = end
            return text[start:end]

    def __next__(self):
        self._telling = False
        line = self.readline()
        if not line:
            self._snapshot = None
            self._telling = self._seekable
            raise StopIteration
        return line

    # Positions: a position of the stream of bytes; if the decoder is in the midst of something there, it is
    # packed with what has to be decoded again and skipped.

    def tell(self):
        if not self._seekable:
            _unsupported("underlying stream is not seekable")
        if not self._telling:
            raise OSError("telling position disabled by next() call")
        buffer = self._open_stream()
        self._write_pending(buffer)
        position = buffer.tell()
        if self._decoder is None or self._snapshot is None:
            return position
        (rest, flags), data, skipped = self._snapshot
        position -= len(data) + len(rest)
        if not flags:
            used = self._bytes_used(rest + data, skipped + self._next)
            if used is not None:
                return position + used
        return position | flags << 64 | (skipped + self._next) << 128 | len(rest + data) << 192

    def _bytes_used(self, data, characters):
        """How many bytes give so many characters, if the decoder needs no state there."""
        if self._universal and b"\r" in data:
            return None
        if _SELF_SYNCHRONOUS.get(self._encoding.lower().replace("_", "-")) is None or self._errors != "strict":
            return None
        text = data.decode(self._encoding, "ignore")
        return len(text[:characters].encode(self._encoding))

    def seek(self, cookie, whence=0, /):
        buffer = self._open_stream()
        if not self._seekable:
            _unsupported("underlying stream is not seekable")
        if whence == 1:
            if cookie:
                _unsupported("can't do nonzero cur-relative seeks")
            cookie, whence = self.tell(), 0
        self.flush()
        if whence == 2:
            if cookie:
                _unsupported("can't do nonzero end-relative seeks")
            position = buffer.seek(0, 2)
            self._restart()
            return position
        if whence:
            raise ValueError(f"unsupported whence ({whence})")
        if cookie < 0:
            raise ValueError(f"negative seek position {cookie}")
        mask = (1 << 64) - 1
        buffer.seek(cookie & mask)
        self._restart()
        flags, skip, count = cookie >> 64 & mask, cookie >> 128 & mask, cookie >> 192
        if count:
            self._start_reading()
            self._decoder.setstate((b"", flags))
            data = buffer.read(count)
            self._snapshot = ((b"", flags), data, 0)
            self._text = self._decoder.decode(data)
            self._next = min(skip, len(self._text))
        return cookie

    def _restart(self):
        self._text, self._next, self._snapshot = "", 0, None
        if self._decoder is not None:
            self._decoder.reset()

    def truncate(self, size=None, /):
        self.flush()
        return self._buffer.truncate(self.tell() if size is None else size)


def text_encoding(encoding, stacklevel=2, /):
    """The encoding to use if none is given."""
    if encoding is None:
        encoding = "utf-8" if _sys.flags.utf8_mode else "locale"
    return encoding


def open_code(path):
    """Open a file that holds a program."""
    if not isinstance(path, str):
        raise TypeError(f"open_code() argument 'path' must be str, not {type(path).__name__}")
    return open(path, "rb")


def _check_mode(mode, encoding, errors, newline):
    letters = set(mode)
    if letters - set("axrwb+t") or len(mode) > len(letters):
        raise ValueError(f"invalid mode: {mode!r}")
    if "t" in letters and "b" in letters:
        raise ValueError("can't have text and binary mode at once")
    if len(letters & set("xrwa")) != 1:
        raise ValueError("must have exactly one of create/read/write/append mode")
    if "b" in letters:
        for name, value in (("encoding", encoding), ("errors", errors), ("newline", newline)):
            if value is not None:
                raise ValueError(f"binary mode doesn't take an {name} argument" if name != "newline"
                                 else "binary mode doesn't take a newline argument")
    return letters


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    """Open a file."""
    if not isinstance(file, int):
        file = _posix.fspath(file)
    if not isinstance(mode, str):
        raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
    letters = _check_mode(mode, encoding, errors, newline)
    binary = "b" in letters
    if binary and buffering == 1:
        import warnings
        warnings.warn("line buffering (buffering=1) isn't supported in binary mode, the default buffer size "
                      "will be used", RuntimeWarning, 2)
    raw = FileIO(file, mode.replace("b", "").replace("t", ""), closefd, opener)
    result = raw
    try:
        line_buffering = buffering == 1 and not binary
        if buffering < 0 and raw.isatty():
            buffering, line_buffering = -1, True
        if buffering < 0 or buffering == 1:
            buffering = max(raw._blksize, DEFAULT_BUFFER_SIZE)
        if buffering == 0:
            if binary:
                return result
            raise ValueError("can't have unbuffered text I/O")
        kind = BufferedRandom if "+" in letters else BufferedReader if "r" in letters else BufferedWriter
        result = kind(raw, buffering)
        if binary:
            return result
        result = TextIOWrapper(result, encoding, errors, newline, line_buffering)
        result.mode = mode
        return result
    except:
        result.close()
        raise


for _type in (_IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase, FileIO, BytesIO, StringIO, BufferedReader,
              BufferedWriter, BufferedRandom, BufferedRWPair, TextIOWrapper, IncrementalNewlineDecoder):
    _type.__module__ = "_io"
UnsupportedOperation.__module__ = "io"
del _type

_builtins.open = open
del _builtins
