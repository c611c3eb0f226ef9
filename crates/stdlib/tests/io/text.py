"""Text on top of bytes: encodings, line ends, positions."""
import io
import os


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text is None or str(error) == text, (str(error), text)
        return
    raise AssertionError(f"{kind.__name__} expected")


path = f"/tmp/exuvia-text-{os.getpid()}"
with open(path, "w", encoding="utf-8") as file:
    assert file.mode == "w" and file.encoding == "utf-8" and file.errors == "strict"
    assert file.write("gr\xfc\xdfe \u20ac \U0001f40d\n") == 10
    file.writelines(["a\n", "b"])
    raises(io.UnsupportedOperation, "not readable", file.read)
    raises(TypeError, "write() argument must be str, not bytes", file.write, b"")
    assert repr(file) == f"<_io.TextIOWrapper name={path!r} mode='w' encoding='utf-8'>"
with open(path, "rb") as file:
    assert file.read() == "gr\xfc\xdfe \u20ac \U0001f40d\na\nb".encode()
with open(path, encoding="utf-8") as file:
    assert file.read(3) == "gr\xfc" and file.readline(2) == "\xdfe" and file.readline() == " \u20ac \U0001f40d\n"
    assert file.read() == "a\nb" and file.read() == ""
    raises(io.UnsupportedOperation, "not writable", file.write, "")

# Positions are cookies: reading goes on at each of them.
whole = "".join(f"{number} \xe4\u20ac\U0001f40d line\n" for number in range(700))
for encoding in ["utf-8", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-8-sig"]:
    content = whole if encoding.startswith("utf") else "".join(f"{number} abc\n" for number in range(700))
    with open(path, "w+", encoding=encoding) as file:
        file.write(content)
        file.seek(0)
        assert file.read() == content, encoding
        file.seek(0)
        places = {}
        read = 0
        while True:
            if read % 2900 < 20:
                places[read] = file.tell()
            piece = file.read(17)
            read += len(piece)
            if not piece:
                break
        for at, cookie in places.items():
            assert file.seek(cookie) == cookie
            assert file.read(30) == content[at:at + 30], (encoding, at)
        assert file.seek(0, 2) and file.read() == ""
        file.write("end")
        file.seek(0)
        assert file.read() == content + "end", encoding

with open(path, "wb") as file:
    file.write(b"a\nb\r\nc\rd\r\n\xff")
for newline, lines in [
    (None, ["a\n", "b\n", "c\n", "d\n", "\udcff"]),
    ("", ["a\n", "b\r\n", "c\r", "d\r\n", "\udcff"]),
    ("\n", ["a\n", "b\r\n", "c\rd\r\n", "\udcff"]),
    ("\r", ["a\nb\r", "\nc\r", "d\r", "\n\udcff"]),
    ("\r\n", ["a\nb\r\n", "c\rd\r\n", "\udcff"]),
]:
    for chunk in (1, 2, 3, 8192):
        with open(path, newline=newline, encoding="utf-8", errors="surrogateescape") as file:
            file._CHUNK_SIZE = chunk
            assert [*file] == lines, (newline, chunk)
        with open(path, newline=newline, encoding="utf-8", errors="surrogateescape") as file:
            file._CHUNK_SIZE = chunk
            found = []
            while line := file.readline():
                found.append(line)
                file.seek(file.tell())
            assert found == lines, (newline, chunk, found)
with open(path, newline=None, encoding="latin-1") as file:
    file.read()
    assert file.newlines == ("\r", "\n", "\r\n")
raises(UnicodeDecodeError, "'utf-8' codec can't decode byte 0xff in position 10: invalid start byte", open(path, encoding="utf-8").read)
for newline, written in [(None, b"x\ny\r\n"), ("", b"x\ny\r\n"), ("\r\n", b"x\r\ny\r\r\n"), ("\r", b"x\ry\r\r")]:
    below = io.BytesIO()
    stream = io.TextIOWrapper(below, encoding="ascii", newline=newline)
    stream.write("x\ny\r\n")
    stream.flush()
    assert below.getvalue() == written, (newline, below.getvalue())
    raises(UnicodeEncodeError, "'ascii' codec can't encode character '\\xfc' in position 0: ordinal not in range(128)", stream.write, "\xfc")

# When bytes go down.
class Log(io.BytesIO):
    def __init__(self):
        super().__init__()
        self.calls = []
    def write(self, data):
        self.calls.append(bytes(data))
        return super().write(data)
    def flush(self):
        self.calls.append("flush")
        super().flush()
log = Log()
stream = io.TextIOWrapper(log, encoding="utf-8", line_buffering=True, newline="\n")
stream.write("a")
assert log.calls == []
stream.write("b\n")
assert log.calls == [b"ab\n", "flush"], log.calls
stream.reconfigure(line_buffering=False, write_through=True)
del log.calls[:]
stream.write("c\nd")
assert log.calls == [b"c\nd"], log.calls
stream.reconfigure(write_through=False, encoding="latin-1", errors="replace")
assert (stream.encoding, stream.errors) == ("latin-1", "replace")
stream.write("\xfc\u20ac")
stream.flush()
assert log.getvalue() == b"ab\nc\nd\xfc?"
assert stream.detach() is log
raises(ValueError, "underlying buffer has been detached", stream.write, "")

raises(LookupError, "unknown encoding: nope", io.TextIOWrapper, io.BytesIO(), "nope")
raises(LookupError, "'rot13' is not a text encoding", io.TextIOWrapper, io.BytesIO(), "rot13")
raises(ValueError, "illegal newline value: q", io.TextIOWrapper, io.BytesIO(), newline="q")
raises(TypeError, "open() argument 'encoding' must be str or None, not int", open, path, encoding=5)
raises(ValueError, "can't have text and binary mode at once", open, path, "rbt")
raises(ValueError, "binary mode doesn't take an encoding argument", open, path, "rb", encoding="utf-8")
raises(ValueError, "can't have unbuffered text I/O", open, path, "r", 0)
raises(ValueError, "invalid mode: 'rU'", open, path, "rU")
raises(ValueError, "must have exactly one of create/read/write/append mode", open, path, "rw")
with open(path) as file:
    raises(io.UnsupportedOperation, "can't do nonzero cur-relative seeks", file.seek, 5, 1)
    raises(ValueError, "negative seek position -1", file.seek, -1)
    pass
with open(path, errors="replace") as file:
    next(file)
    raises(OSError, "telling position disabled by next() call", file.tell)
raises(ValueError, "I/O operation on closed file.", file.read)

# A text that nobody closed is written all the same.
import warnings
warnings.simplefilter("ignore")
file = open(path, "w", encoding="utf-8")
file.write("kept")
del file
assert open(path).read() == "kept"
out = io.StringIO()
print("a", 1, None, sep="-", end="!", file=out, flush=True)
assert out.getvalue() == "a-1-None!"
raises(TypeError, "sep must be None or a string, not int", print, 1, sep=5)
os.unlink(path)
