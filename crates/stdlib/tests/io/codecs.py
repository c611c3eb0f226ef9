"""The registry of codecs, and codecs piece by piece."""
import codecs
import _codecs

assert codecs.lookup("UTF8").name == "utf-8" and codecs.lookup("latin_1").name == "iso8859-1"
assert codecs.encode("a\xfc", "latin-1") == b"a\xfc"
assert codecs.encode("Hello", "rot13") == "Uryyb"
assert "\u20ac".encode("cp1252") == b"\x80" and b"\x80".decode("cp1252") == "\u20ac"
try:
    codecs.lookup("nope")
except LookupError as error:
    assert str(error) == "unknown encoding: nope"


def search(name):
    if name == "backwards":
        return codecs.CodecInfo(lambda text, errors="strict": (text[::-1].encode(), len(text)),
                                lambda data, errors="strict": (bytes(data).decode()[::-1], len(data)), name=name)


codecs.register(search)
assert "abc".encode("backwards") == b"cba" and codecs.decode(b"cba", "backwards") == "abc"
codecs.unregister(search)
try:
    "abc".encode("backwards")
except LookupError:
    pass
else:
    raise AssertionError
codecs.register_error("question", lambda error: ("??", error.end))
assert "a\u20acb".encode("ascii", "question") == b"a??b"
assert codecs.lookup_error("question") is not None
assert codecs.lookup_error("strict").__name__ == "strict_errors"

assert _codecs.utf_8_decode(b"a\xe2\x82") == ("a", 1)
assert _codecs.utf_16_ex_decode(b"\xff\xfea\0") == ("a", 4, -1)
assert _codecs.utf_16_ex_decode(b"\xfe\xff\0a", None, 0, True) == ("a", 4, 1)
assert _codecs.utf_16_encode("a") == (b"\xff\xfea\0", 1) and _codecs.utf_16_encode("a", None, 1) == (b"\0a", 1)
assert _codecs.utf_32_be_encode("a") == (b"\0\0\0a", 1)
assert _codecs.escape_decode(b"\\x41\\n") == (b"A\n", 6) and _codecs.escape_encode(b"\n'") == (b"\\n\\'", 2)
assert _codecs.unicode_escape_decode("\\u20ac") == ("\u20ac", 6)
assert _codecs.unicode_escape_encode("\u20ac") == (b"\\u20ac", 1)
assert _codecs.charmap_decode(b"\1", None, "ab") == ("b", 1)
assert _codecs.charmap_encode("b", None, {98: 1}) == (b"\1", 1)
assert _codecs.charmap_encode("b", None, _codecs.charmap_build("ab")) == (b"\1", 1)
assert _codecs.readbuffer_encode("\xfc") == (b"\xc3\xbc", 2)

decoder = codecs.getincrementaldecoder("utf-8")()
assert [decoder.decode(bytes([byte])) for byte in "\u20ac!".encode()] == ["", "", "\u20ac", "!"]
decoder = codecs.getincrementaldecoder("utf-16")()
assert "".join(decoder.decode(bytes([byte])) for byte in "\U0001f40dx".encode("utf-16")) == "\U0001f40dx"
encoder = codecs.getincrementalencoder("utf-16")()
assert encoder.encode("a") + encoder.encode("b") == "ab".encode("utf-16")
assert list(codecs.iterdecode([b"\xe2", b"\x82\xac"], "utf-8")) == ["\u20ac"]
