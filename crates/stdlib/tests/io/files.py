"""Files without and with a buffer: modes, positions, errors."""
import io
import os
import warnings


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text is None or str(error) == text, (str(error), text)
        return error
    raise AssertionError(f"{kind.__name__} expected")


folder = f"/tmp/exuvia-files-{os.getpid()}"
os.mkdir(folder)
path = os.path.join(folder, "file")

with io.FileIO(path, "w") as file:
    assert file.mode == "wb" and file.name == path and not file.closed and file.closefd
    assert file.write(b"hello world") == 11
    assert file.tell() == 11 and file.seek(0) == 0
    assert file.truncate(5) == 5
    raises(io.UnsupportedOperation, "File not open for reading", file.read)
assert file.closed
raises(ValueError, "I/O operation on closed file", file.write, b"")
assert repr(file) == "<_io.FileIO [closed]>"

with io.FileIO(path) as file:
    assert repr(file) == f"<_io.FileIO name={path!r} mode='rb' closefd=True>"
    assert file.read(2) == b"he" and file.readall() == b"llo" and file.read() == b""
    target = bytearray(10)
    file.seek(1)
    assert file.readinto(target) == 4 and target[:4] == b"ello"
    raises(io.UnsupportedOperation, "File not open for writing", file.write, b"")
    raises(TypeError, "readinto() argument 1 must be read-write bytes-like object, not bytes", file.readinto, b"x")

raises(FileExistsError, None, io.FileIO, path, "x")
raises(ValueError, "invalid mode: q", io.FileIO, path, "q")
raises(ValueError, "Cannot use closefd=False with file name", io.FileIO, path, closefd=False)
raises(ValueError, "negative file descriptor", io.FileIO, -5)
raises(OSError, "[Errno 9] Bad file descriptor", io.FileIO, 12345)
error = raises(IsADirectoryError, None, io.FileIO, folder)
assert error.filename == folder

# A descriptor that is not the stream's own stays open.
fd = os.open(path, os.O_RDWR)
with io.FileIO(fd, "r+", closefd=False) as file:
    assert file.fileno() == fd and file.read() == b"hello"
assert os.lseek(fd, 0, os.SEEK_CUR) == 5
os.close(fd)

# An opener gets the flags of the mode.
flags = []
def opener(name, given):
    flags.append(given)
    return os.open(name, given)
with open(path, "r+b", opener=opener) as file:
    assert file.read() == b"hello"
assert flags == [os.O_RDWR | os.O_CLOEXEC]

with open(path, "ab") as file:
    assert isinstance(file, io.BufferedWriter) and file.tell() == 5
    file.write(b"!")
with open(path, "rb") as file:
    assert isinstance(file, io.BufferedReader)
    assert file.peek(1)[:1] == b"h" and file.read(1) == b"h" and file.tell() == 1
    assert file.read1(3) == b"ell" and file.readline() == b"o!" and file.readline() == b""
    assert file.seek(-2, 2) == 4 and file.read() == b"o!"
    raises(io.UnsupportedOperation, "write", file.write, b"")
    raises(ValueError, "read length must be non-negative or -1", file.read, -2)
    raises(ValueError, "whence value 9 unsupported", file.seek, 0, 9)

# Reading and writing in turn, at one position.
with open(path, "w+b", buffering=8) as file:
    assert isinstance(file, io.BufferedRandom)
    for number in range(100):
        file.write(b"%03d\n" % number)
    file.seek(40)
    assert file.readline() == b"010\n"
    file.write(b"XXX\n")
    assert file.readline() == b"012\n" and file.tell() == 52
    file.seek(44)
    assert file.read(8) == b"XXX\n012\n"
    assert file.truncate(60) == 60
    file.seek(0)
    lines = list(file)
    assert len(lines) == 15 and lines[11] == b"XXX\n"

# What is written is there when the stream dies, and a file that nobody closed is told of.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    file = open(path, "wb")
    file.write(b"kept")
    del file
assert [str(w.message) for w in caught] == [f"unclosed file <_io.BufferedWriter name={path!r}>"], caught
assert open(path, "rb").read() == b"kept"

# Streams of the program's own below ours.
class Raw(io.RawIOBase):
    def __init__(self, pieces):
        self.pieces = list(pieces)
        self.written = []
    def readable(self):
        return True
    def writable(self):
        return True
    def readinto(self, target):
        if not self.pieces:
            return 0
        piece = self.pieces.pop(0)
        if piece is None:
            return None
        target[:len(piece)] = piece
        return len(piece)
    def write(self, data):
        self.written.append(bytes(data))
        return len(data)

assert Raw([b"ab", b"c"]).read() == b"abc"
assert Raw([b"ab"]).read(2) == b"ab"
reader = io.BufferedReader(Raw([b"ab\n", b"cd", None, b"e"]))
assert reader.readline() == b"ab\n" and reader.read(2) == b"cd" and reader.read(1) is None and reader.read() == b"e"
raw = Raw([])
writer = io.BufferedWriter(raw, 4)
assert writer.write(b"ab") == 2 and raw.written == []
assert writer.write(b"cde") == 3
writer.flush()
assert b"".join(raw.written) == b"abcde"
assert writer.detach() is raw
raises(ValueError, "raw stream has been detached", writer.write, b"")

class Stubborn(Raw):
    def write(self, data):
        if len(b"".join(self.written)) >= 4:
            return None
        self.written.append(bytes(data[:2]))
        return len(self.written[-1])

writer = io.BufferedWriter(Stubborn([]), 4)
try:
    writer.write(b"0123456789")
except BlockingIOError as error:
    assert error.characters_written == 8, error.characters_written
else:
    raise AssertionError
writer.raw.write = lambda data: len(data)

pair = io.BufferedRWPair(Raw([b"in"]), raw)
assert pair.read() == b"in" and pair.write(b"out") == 3
pair.flush()
assert raw.written[-1] == b"out" and pair.readable() and pair.writable() and not pair.closed
pair.close()
assert pair.closed

raises(io.UnsupportedOperation, "seek", io.IOBase().seek, 0)
raises(io.UnsupportedOperation, "fileno", io.IOBase().fileno)
raises(io.UnsupportedOperation, "File or stream is not writable.", io.BufferedWriter, open(path, "rb", 0))
raises(ValueError, "I/O operation on uninitialized object", io.BufferedReader.__new__(io.BufferedReader).read)
assert io.UnsupportedOperation.__mro__[1:3] == (OSError, ValueError)
assert issubclass(io.FileIO, io.RawIOBase) and isinstance(reader, io.BufferedIOBase)
os.unlink(path)
os.rmdir(folder)
