b = b"Hello, World"
print(b, b.upper(), b.split(b", "), b.replace(b"l", b"L"), b.find(b"o"), b.index(87), b[0], b[1:3], b[::-1], b.hex(), b.hex("-", 2), bytes.fromhex("48 65"), len(b))
print(bytes(3), bytes([1, 255]), bytes("é", "utf-8"), bytes(b"x"), bytes(range(3)), bytes(), b"\x00\n\t\r'\"\\\x7f\xff")
print(b"a" + b"b", b"ab" * 2, b"a" in b"cat", 97 in b"a", b"a" < b"b", b"a" == "a", b"abc".startswith(b"a"), b"a,b".split(b","), b"-".join([b"a", b"b"]))
print(b"  x ".strip(), b"ab".center(6, b"*"), b"5".zfill(3), b"a\tb".expandtabs(2), b"abc".translate(bytes.maketrans(b"a", b"x"), b"b"), b"Ab".swapcase(), b"ab cd".title(), b"x".isalpha(), b"a\nb".splitlines(), b"abc".partition(b"b"), b"aXbX".rsplit(b"X", 1), b"pre-x".removeprefix(b"pre-"))
print(b"%s %d %x %r %a %b" % (b"s", 3, 255, "r", "é", b"b"), b"%c%c" % (65, b"B"))
for expression in ["bytes(-1)", "bytes([256])", "bytes('a')", "b'a' + 'b'", "b'abc'[5]", "b'a'.split('x')", "bytes.fromhex('xyz')", "b'a' * 10**30", "b'\\xff'.decode()", "b'\\xff'.decode('ascii', 'replace')", "b'abc'.index(b'z')", "b''.join(['a'])", "bytes(1.5)", "b'a' < 'b'", "300 in b'a'", "'a' in b'a'", "b'%d' % 'x'", "bytes([1], 'utf-8')", "bytearray(b'a')[0:1] + b'c'", "bytearray()[0]", "bytearray([1]).append(256)", "bytearray(b'abc').pop(7)", "bytearray(b'').pop()", "hash(bytearray())", "bytearray(b'a').remove(98)"]:
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__ + ":", e)
a = bytearray(b"abc")
a.append(100); a.extend(b"ef"); a += b"g"; a[0] = 65; a[1:3] = b"XYZ"; a.insert(0, 48)
print(a, a.pop(), a.pop(0), a, len(a)); a.reverse(); print(a); del a[0]; del a[::2]; print(a); a.remove(a[0]); print(a); a.clear(); print(a, bool(a))
a = bytearray(10); a[::3] = b"1234"; print(a, bytes(a), a.copy() == a, a * 2)
try:
    a[::3] = b"1"
except ValueError as e: print(e)
m = memoryview(bytearray(b"abcdef"))
print(m[0], m[1:3].tobytes(), m.tolist(), len(m), m.format, m.itemsize, m.nbytes, m.shape, m.strides, m.readonly, m.contiguous, m == b"abcdef", m[::-1].tobytes(), m[::2].tolist())
m[0] = 65; m[1:3] = b"XY"; print(bytes(m), m.obj)
for expression in ["m[10]", "m['a']", "memoryview('a')", "memoryview(b'a').__setitem__(0, 1)", "m.__setitem__(0, 300)", "m.__setitem__(slice(0, 2), b'abc')", "m.cast('I')", "m.cast('B').tolist()", "memoryview(b'abcd').cast('I').tolist()", "memoryview(b'abcd').cast('H', [2]).tolist()", "m.hex()", "hash(memoryview(b'a')) == hash(b'a')", "hash(m)"]:
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__ + ":", e)
arr = bytearray(b"xyz"); v = memoryview(arr)
try: arr.append(1)
except BufferError as e: print(e)
v.release()
arr.append(33); print(arr)
try: v[0]
except ValueError as e: print(e)
with memoryview(b"ctx") as w: print(w.tolist())
print(bytes(memoryview(b"abc")[1:]), b"".join([bytearray(b"a"), memoryview(b"b")]), bytearray(b"x") == b"x", b"x" == bytearray(b"x"), {b"k": 1}[b"k"])
class B(bytes):
    def __new__(cls, x): return super().__new__(cls, x * 2)
print(B(b"ab"), type(B(b"a") + b"c").__name__, B(b"q").upper())
class HasBytes:
    def __bytes__(self): return b"custom"
print(bytes(HasBytes()), int.from_bytes(b"\x01\x00", "big"), (258).to_bytes(2, "little"), int.from_bytes(b"\xff", signed=True))
