"""Streams in memory."""
import io
import copy
import sys


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert text is None or str(error) == text, (str(error), text)
        return
    raise AssertionError(f"{kind.__name__} expected")


data = io.BytesIO(b"one\ntwo\nthree")
assert data.read(2) == b"on" and data.readline() == b"e\n" and data.readlines() == [b"two\n", b"three"]
assert data.seek(0) == 0 and list(data) == [b"one\n", b"two\n", b"three"]
assert data.seek(-3, 2) == 10 and data.read1(2) == b"re" and data.tell() == 12
assert data.seek(20) == 20 and data.read() == b"" and data.write(b"!") == 1
assert data.getvalue() == b"one\ntwo\nthree" + bytes(7) + b"!"
assert data.truncate(3) == 3 and data.getvalue() == b"one"
target = bytearray(5)
data.seek(1)
assert data.readinto(target) == 2 and target == b"ne\0\0\0"
initial = b"shared"
shared = io.BytesIO(initial)
assert shared.getvalue() is initial and shared.read() is initial
shared.seek(0)
shared.write(b"S")
assert shared.getvalue() == b"Shared" and initial == b"shared"
view = shared.getbuffer()
view[1:3] = b"HA"
assert shared.getvalue() == b"SHAred" and type(view.obj).__name__ == "_BytesIOBuffer"
raises(BufferError, "Existing exports of data: object cannot be re-sized", shared.write, b"x")
raises(BufferError, "Existing exports of data: object cannot be re-sized", shared.close)
view.release()
shared.writelines([b"1", bytearray(b"2"), memoryview(b"3")])
assert shared.getvalue() == b"S123ed"
raises(ValueError, "negative seek value -1", shared.seek, -1)
raises(ValueError, "invalid whence (9, should be 0, 1 or 2)", shared.seek, 0, 9)
raises(TypeError, "a bytes-like object is required, not 'str'", shared.write, "x")
raises(TypeError, "argument should be integer or None, not 'str'", shared.read, "x")
twin = copy.copy(shared)
assert twin.getvalue() == b"S123ed" and twin.tell() == 4
shared.close()
raises(ValueError, "I/O operation on closed file.", shared.read)
assert sys.getsizeof(io.BytesIO(bytes(1000))) < 1000 + 200

text = io.StringIO("one\ntwo\r\nthree")
assert text.readline() == "one\n" and text.read(3) == "two" and text.read() == "\r\nthree"
assert text.seek(0) == 0 and list(text) == ["one\n", "two\r\n", "three"]
assert text.write(" f\xfcnf \u20ac \U0001f40d") == 9
assert text.getvalue().endswith("three f\xfcnf \u20ac \U0001f40d")
text.seek(3)
text.write("-")
assert text.getvalue().startswith("one-two")
text.truncate(5)
assert text.getvalue() == "one-t" and text.tell() == 4
text.seek(8)
text.write("x")
assert text.getvalue() == "one-t\0\0\0x"
for newline, stored, lines in [
    ("\n", "a\nb\r\nc\rd", ["a\n", "b\r\n", "c\rd"]),
    (None, "a\nb\nc\nd", ["a\n", "b\n", "c\n", "d"]),
    ("", "a\nb\r\nc\rd", ["a\n", "b\r\n", "c\r", "d"]),
    ("\r", "a\rb\r\rc\rd", ["a\r", "b\r", "\r", "c\r", "d"]),
    ("\r\n", "a\r\nb\r\r\nc\rd", ["a\r\n", "b\r\r\n", "c\rd"]),
]:
    stream = io.StringIO("a\nb\r\nc\rd", newline)
    assert stream.getvalue() == stored, (newline, stream.getvalue())
    assert list(stream) == lines, (newline, lines)
assert io.StringIO("a\r\nb\n", None).newlines == ("\n", "\r\n")
raises(TypeError, "string argument expected, got 'bytes'", text.write, b"")
raises(TypeError, "initial_value must be str or None, not int", io.StringIO, 5)
raises(ValueError, "illegal newline value: 'q'", io.StringIO, "", "q")
raises(OSError, "Can't do nonzero cur-relative seeks", text.seek, 1, 1)
assert copy.copy(io.StringIO("x\r\ny", newline="")).getvalue() == "x\r\ny"
text.close()
raises(ValueError, "I/O operation on closed file", text.read)

class Named(io.StringIO):
    def close(self):
        closed.append(True)
        super().close()
closed = []
Named("x").name = "a name"
assert closed == [True]

decoder = io.IncrementalNewlineDecoder(None, translate=True)
assert decoder.decode("a\r") == "a" and decoder.getstate() == (b"", 1)
assert decoder.decode("\nb\r", final=True) == "\nb\n"
assert decoder.newlines == ("\r", "\r\n")
decoder.reset()
assert decoder.newlines is None
