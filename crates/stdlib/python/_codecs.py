"""The registry of codecs and error handlers, and the codecs that are built in."""

_searches = []
_known = {}


def register(search_function, /):
    """Add a function that finds codecs."""
    if not callable(search_function):
        raise TypeError("argument must be callable")
    _searches.append(search_function)


def unregister(search_function, /):
    """Remove a function that finds codecs."""
    if search_function in _searches:
        _searches.remove(search_function)
        _known.clear()


def lookup(encoding, /):
    """Find a codec."""
    if not isinstance(encoding, str):
        raise TypeError(f"lookup() argument must be str, not {type(encoding).__name__}")
    if "\0" in encoding:
        raise ValueError("embedded null character")
    name = encoding.lower().replace(" ", "-")
    found = _known.get(name)
    if found is not None:
        return found
    if not _searches:
        import encodings
    for search in _searches:
        found = search(name)
        if found is None:
            continue
        if not isinstance(found, tuple) or len(found) != 4:
            raise TypeError("codec search functions must return 4-tuples")
        _known[name] = found
        return found
    raise LookupError(f"unknown encoding: {encoding}")


def _forget_codec(encoding, /):
    _known.pop(encoding.lower().replace(" ", "-"), None)


def encode(obj, encoding="utf-8", errors="strict"):
    """Encode with a codec."""
    result = lookup(encoding)[0](obj, errors)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError("encoder must return a tuple (object, integer)")
    return result[0]


def decode(obj, encoding="utf-8", errors="strict"):
    """Decode with a codec."""
    result = lookup(encoding)[1](obj, errors)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError("decoder must return a tuple (object,integer)")
    return result[0]


# Error handlers

def _cannot_handle(error):
    raise TypeError(f"don't know how to handle {type(error).__name__} in error callback")


def _strict(error):
    if not isinstance(error, BaseException):
        raise TypeError("codec must pass exception instance")
    raise error


def _ignore(error):
    if not isinstance(error, (UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError)):
        _cannot_handle(error)
    return "", error.end


def _replace(error):
    if isinstance(error, UnicodeEncodeError):
        return "?" * (error.end - error.start), error.end
    if isinstance(error, UnicodeDecodeError):
        return "\ufffd", error.end
    if isinstance(error, UnicodeTranslateError):
        return "\ufffd" * (error.end - error.start), error.end
    _cannot_handle(error)


def _xmlcharrefreplace(error):
    if not isinstance(error, UnicodeEncodeError):
        _cannot_handle(error)
    return "".join(f"&#{ord(c)};" for c in error.object[error.start:error.end]), error.end


def _escaped(code):
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _backslashreplace(error):
    wrong = error.object[error.start:error.end]
    if isinstance(error, UnicodeDecodeError):
        return "".join(f"\\x{byte:02x}" for byte in wrong), error.end
    if not isinstance(error, (UnicodeEncodeError, UnicodeTranslateError)):
        _cannot_handle(error)
    return "".join(_escaped(ord(c)) for c in wrong), error.end


def _namereplace(error):
    if not isinstance(error, UnicodeEncodeError):
        _cannot_handle(error)
    import unicodedata
    pieces = []
    for character in error.object[error.start:error.end]:
        name = unicodedata.name(character, None)
        pieces.append(f"\\N{{{name}}}" if name else _escaped(ord(character)))
    return "".join(pieces), error.end


def _surrogateescape(error):
    wrong = error.object[error.start:error.end]
    if isinstance(error, UnicodeEncodeError):
        codes = [ord(c) - 0xdc00 for c in wrong]
        if not all(0x80 <= code <= 0xff for code in codes):
            raise error
        return bytes(codes), error.end
    if isinstance(error, UnicodeDecodeError):
        text = "".join(chr(0xdc00 + byte) for byte in wrong if byte >= 0x80)
        if not text:
            raise error
        return text, error.start + len(text)
    _cannot_handle(error)


def _surrogatepass(error):
    if isinstance(error, UnicodeEncodeError):
        wrong = error.object[error.start:error.end]
        if not all("\ud800" <= c <= "\udfff" for c in wrong):
            raise error
        pieces = [bytes((0xe0 | ord(c) >> 12, 0x80 | ord(c) >> 6 & 0x3f, 0x80 | ord(c) & 0x3f)) for c in wrong]
        return b"".join(pieces), error.end
    if isinstance(error, UnicodeDecodeError):
        piece = error.object[error.start:error.start + 3]
        if len(piece) == 3 and piece[0] == 0xed and 0xa0 <= piece[1] <= 0xbf and 0x80 <= piece[2] <= 0xbf:
            return chr((piece[0] & 0xf) << 12 | (piece[1] & 0x3f) << 6 | piece[2] & 0x3f), error.start + 3
        raise error
    _cannot_handle(error)


_handlers = {"strict": _strict, "ignore": _ignore, "replace": _replace, "xmlcharrefreplace": _xmlcharrefreplace,
             "backslashreplace": _backslashreplace, "namereplace": _namereplace,
             "surrogateescape": _surrogateescape, "surrogatepass": _surrogatepass}
_built_in_handlers = frozenset(_handlers)


def register_error(errors, handler, /):
    """Give an error handler a name."""
    if not isinstance(errors, str):
        raise TypeError(f"register_error() argument 1 must be str, not {type(errors).__name__}")
    if not callable(handler):
        raise TypeError("handler must be callable")
    _handlers[errors] = handler


def _unregister_error(errors, /):
    if errors in _built_in_handlers:
        raise ValueError(f"cannot un-register built-in error handler '{errors}'")
    return _handlers.pop(errors, None) is not None


def lookup_error(errors, /):
    """The error handler of a name."""
    try:
        return _handlers[errors]
    except KeyError:
        raise LookupError(f"unknown error handler name '{errors}'") from None


# The codecs that strings have built in

def utf_8_encode(str, errors=None, /):
    return str.encode("utf-8", errors or "strict"), len(str)


def ascii_encode(str, errors=None, /):
    return str.encode("ascii", errors or "strict"), len(str)


def latin_1_encode(str, errors=None, /):
    return str.encode("latin-1", errors or "strict"), len(str)


def _incomplete(data):
    """How many bytes at the end are the beginning of a character of UTF-8."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0xc0 == 0x80:
            continue
        length = 2 if 0xc2 <= byte < 0xe0 else 3 if 0xe0 <= byte < 0xf0 else 4 if 0xf0 <= byte < 0xf5 else 1
        return back if length > back else 0
    return 0


def utf_8_decode(data, errors=None, final=False, /):
    data = bytes(data)
    if not final and data and data[-1] >= 0x80:
        rest = _incomplete(data)
        if rest:
            data = data[:-rest]
    return data.decode("utf-8", errors or "strict"), len(data)


def ascii_decode(data, errors=None, /):
    data = bytes(data)
    return data.decode("ascii", errors or "strict"), len(data)


def latin_1_decode(data, errors=None, /):
    data = bytes(data)
    return data.decode("latin-1", errors or "strict"), len(data)


# UTF-16 and UTF-32

def _wide_encode(text, errors, width, order, name):
    pieces, position = [], 0
    while position < len(text):
        code = ord(text[position])
        if 0xd800 <= code < 0xe000:
            if errors == "surrogatepass":
                pieces.append(code.to_bytes(width, order))
                position += 1
                continue
            error = UnicodeEncodeError(name, text, position, position + 1, "surrogates not allowed")
            new, position = lookup_error(errors)(error)
            pieces.append(new if isinstance(new, bytes) else _wide_encode(new, "strict", width, order, name))
            continue
        position += 1
        if width == 2 and code > 0xffff:
            code -= 0x10000
            pieces.append((0xd800 | code >> 10).to_bytes(2, order))
            code = 0xdc00 | code & 0x3ff
        pieces.append(code.to_bytes(width, order))
    return b"".join(pieces)


def _wide_decode(data, errors, final, width, order, name):
    data = bytes(data)
    pieces, position, end = [], 0, len(data)
    while position < end:
        reason, wrong = None, width
        if end - position < width:
            if not final:
                break
            reason, wrong = "truncated data", end - position
        else:
            code = int.from_bytes(data[position:position + width], order)
            if width == 2 and 0xd800 <= code < 0xdc00:
                low = int.from_bytes(data[position + 2:position + 4], order)
                if end - position < 4:
                    if not final:
                        break
                    reason, wrong = "unexpected end of data", end - position
                elif 0xdc00 <= low < 0xe000:
                    pieces.append(chr(0x10000 + ((code & 0x3ff) << 10 | low & 0x3ff)))
                    position += 4
                    continue
                else:
                    reason = "illegal UTF-16 surrogate"
            elif width == 2 and 0xdc00 <= code < 0xe000:
                reason = "illegal encoding"
            elif 0xd800 <= code < 0xe000:
                reason = "code point in surrogate code point range(0xd800, 0xe000)"
            elif code > 0x10ffff:
                reason = "code point not in range(0x110000)"
            if reason and errors == "surrogatepass" and 0xd800 <= code < 0xe000:
                reason = None
        if reason is None:
            pieces.append(chr(code))
            position += width
        else:
            error = UnicodeDecodeError(name, data, position, position + wrong, reason)
            new, position = lookup_error(errors)(error)
            pieces.append(new)
    return "".join(pieces), position


def _marked_order(data, width):
    """The byte order that a mark at the beginning says: 0 if there is none."""
    mark = bytes(data[:width])
    if mark == (0xfeff).to_bytes(width, "little"):
        return -1
    return 1 if mark == (0xfeff).to_bytes(width, "big") else 0


def _make_wide(bits):
    width, name = bits // 8, f"utf-{bits}"

    def encode(str, errors=None, byteorder=0, /):
        if byteorder:
            order = "little" if byteorder < 0 else "big"
            return _wide_encode(str, errors or "strict", width, order, f"{name}-{order[0]}e"), len(str)
        mark = (0xfeff).to_bytes(width, "little")
        return mark + _wide_encode(str, errors or "strict", width, "little", name), len(str)

    def ex_decode(data, errors=None, byteorder=0, final=False, /):
        skipped = 0
        if not byteorder:
            if len(data) < width and not final:
                return "", 0, 0
            byteorder = _marked_order(data, width)
            skipped = width if byteorder else 0
        order = "big" if byteorder > 0 else "little"
        text, used = _wide_decode(data[skipped:], errors or "strict", final, width, order, name)
        return text, used + skipped, byteorder

    def decode(data, errors=None, final=False, /):
        return ex_decode(data, errors, 0, final)[:2]

    def make_ordered(order):
        def ordered_encode(str, errors=None, /):
            return _wide_encode(str, errors or "strict", width, order, f"{name}-{order[0]}e"), len(str)

        def ordered_decode(data, errors=None, final=False, /):
            return _wide_decode(data, errors or "strict", final, width, order, f"{name}-{order[0]}e")

        return ordered_encode, ordered_decode

    return (encode, decode, ex_decode, *make_ordered("little"), *make_ordered("big"))


(utf_16_encode, utf_16_decode, utf_16_ex_decode, utf_16_le_encode, utf_16_le_decode,
 utf_16_be_encode, utf_16_be_decode) = _make_wide(16)
(utf_32_encode, utf_32_decode, utf_32_ex_decode, utf_32_le_encode, utf_32_le_decode,
 utf_32_be_encode, utf_32_be_decode) = _make_wide(32)


# Tables

def charmap_build(map, /):
    """A table for encoding from one for decoding."""
    return {ord(character): byte for byte, character in enumerate(map) if character != "\ufffe"}


def charmap_encode(str, errors=None, mapping=None, /):
    if mapping is None:
        return latin_1_encode(str, errors)

    def mapped(character):
        try:
            found = mapping[ord(character)]
        except LookupError:
            return None
        if isinstance(found, int):
            if not 0 <= found < 256:
                raise TypeError("character mapping must be in range(256)")
            return bytes((found,))
        if found is not None and not isinstance(found, bytes):
            raise TypeError(f"character mapping must return integer, bytes or None, not {type(found).__name__}")
        return found

    pieces, position = [], 0
    while position < len(str):
        piece = mapped(str[position])
        if piece is not None:
            pieces.append(piece)
            position += 1
            continue
        end = position + 1
        while end < len(str) and mapped(str[end]) is None:
            end += 1
        error = UnicodeEncodeError("charmap", str, position, end, "character maps to <undefined>")
        new, position = lookup_error(errors or "strict")(error)
        if isinstance(new, bytes):
            pieces.append(new)
        else:
            pieces.append(charmap_encode(new, "strict", mapping)[0])
    return b"".join(pieces), len(str)


def charmap_decode(data, errors=None, mapping=None, /):
    if mapping is None:
        return latin_1_decode(data, errors)
    data = bytes(data)
    pieces, position = [], 0
    while position < len(data):
        try:
            found = mapping[data[position]]
        except LookupError:
            found = None
        if isinstance(found, int):
            found = chr(found)
        if found is None or found == "\ufffe":
            error = UnicodeDecodeError("charmap", data, position, position + 1, "character maps to <undefined>")
            found, position = lookup_error(errors or "strict")(error)
        else:
            if not isinstance(found, str):
                raise TypeError("character mapping must return integer, None or str")
            position += 1
        pieces.append(found)
    return "".join(pieces), len(data)


# Escapes

_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
           "v": "\v", "\n": ""}
_WRITTEN = {9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}


def escape_encode(data, errors=None, /):
    if not isinstance(data, bytes):
        raise TypeError(f"escape_encode() argument 1 must be bytes, not {type(data).__name__}")
    pieces = []
    for byte in data:
        if byte == 39:
            pieces.append("\\'")
        else:
            pieces.append(_WRITTEN.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"))
    return "".join(pieces).encode("latin-1"), len(data)


def _octal(text, position):
    end = position
    while end < len(text) and end < position + 3 and text[end] in "01234567":
        end += 1
    return int(text[position:end], 8), end


def _hexadecimal(text, position, count):
    digits = text[position:position + count]
    good = 0
    while good < len(digits) and digits[good] in "0123456789abcdefABCDEF":
        good += 1
    return (int(digits, 16) if good == count else None), position + good


def escape_decode(data, errors=None, /):
    data = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    text = data.decode("latin-1")
    pieces, position = [], 0
    while True:
        found = text.find("\\", position)
        if found < 0:
            pieces.append(text[position:])
            break
        pieces.append(text[position:found])
        letter = text[found + 1:found + 2]
        position = found + 2
        if not letter:
            raise ValueError("Trailing \\ in string")
        if letter in _SIMPLE:
            pieces.append(_SIMPLE[letter])
        elif letter in "01234567":
            code, position = _octal(text, found + 1)
            pieces.append(chr(code & 0xff))
        elif letter == "x":
            code, position = _hexadecimal(text, position, 2)
            if code is not None:
                pieces.append(chr(code))
            elif errors == "replace":
                pieces.append("?")
            elif errors != "ignore":
                raise ValueError(f"invalid \\x escape at position {found}")
        else:
            pieces.append("\\" + letter)
    return "".join(pieces).encode("latin-1"), len(data)


def unicode_escape_encode(str, errors=None, /):
    pieces = []
    for character in str:
        code = ord(character)
        pieces.append(_WRITTEN.get(code) or (character if 32 <= code < 127 else _escaped(code)))
    return "".join(pieces).encode("ascii"), len(str)


def raw_unicode_escape_encode(str, errors=None, /):
    pieces = [c if ord(c) < 256 else _escaped(ord(c)) for c in str]
    return "".join(pieces).encode("latin-1"), len(str)


def _unescape(data, errors, final, name, kinds):
    data = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    text = data.decode("latin-1")
    pieces, position = [], 0
    while True:
        found = text.find("\\", position)
        if found < 0:
            pieces.append(text[position:])
            position = len(text)
            break
        pieces.append(text[position:found])
        letter = text[found + 1:found + 2]
        position, reason = found + 2, None
        if not letter and "x" not in kinds:
            pieces.append("\\")
            position = found + 1
            continue
        if letter in kinds and letter:
            width = kinds[letter]
            code, position = _hexadecimal(text, position, width)
            if code is None:
                if position == len(text) and not final:
                    position = found
                    break
                shown = f"\\{letter}{'X' * width}"
                reason = f"truncated {shown} escape"
            elif code > 0x10ffff:
                reason = "illegal Unicode character"
            else:
                pieces.append(chr(code))
        elif "x" not in kinds:
            pieces.append("\\" + letter)
        elif not letter:
            if not final:
                position = found
                break
            position, reason = found + 1, "\\ at end of string"
        elif letter in _SIMPLE:
            pieces.append(_SIMPLE[letter])
        elif letter in "01234567":
            code, position = _octal(text, found + 1)
            pieces.append(chr(code))
        elif letter == "N":
            end = text.find("}", position) if text.startswith("{", position) else -1
            if end < 0:
                reason = "malformed \\N character escape"
            else:
                import unicodedata
                try:
                    pieces.append(unicodedata.lookup(text[position + 1:end]))
                except KeyError:
                    reason = "unknown Unicode character name"
                position = end + 1
        else:
            pieces.append("\\" + letter)
        if reason is not None:
            error = UnicodeDecodeError(name, data, found, position, reason)
            new, position = lookup_error(errors or "strict")(error)
            pieces.append(new)
    return "".join(pieces), position


def unicode_escape_decode(data, errors=None, final=True, /):
    return _unescape(data, errors, final, "unicodeescape", {"x": 2, "u": 4, "U": 8})


def raw_unicode_escape_decode(data, errors=None, final=True, /):
    return _unescape(data, errors, final, "rawunicodeescape", {"u": 4, "U": 8})


def readbuffer_encode(data, errors=None, /):
    data = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    return data, len(data)


def utf_7_encode(str, errors=None, /):
    raise NotImplementedError("the codec utf-7 is not supported")


def utf_7_decode(data, errors=None, final=False, /):
    raise NotImplementedError("the codec utf-7 is not supported")
