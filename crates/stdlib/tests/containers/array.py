import array, sys, io, copy, weakref
from array import array as A

a = A("i", [1, 2, 3])
for call in [
    lambda: A("x"), lambda: A("ii"), lambda: A(1), lambda: A("i", 1), lambda: A("i", [1, 2]), lambda: A("i", b"\1\0\0\0"),
    lambda: A("i", b"\1"), lambda: A("b", "a"), lambda: A("w", "aé😀"), lambda: A("w"), lambda: A("w", [1]), lambda: A("d", [1, 2.5]),
    lambda: A("f", [0.1]), lambda: A("b", [200]), lambda: A("b", [-129]), lambda: A("b", [40000]), lambda: A("B", [-1]), lambda: A("B", [300]),
    lambda: A("h", [40000]), lambda: A("H", [-1]), lambda: A("H", [70000]), lambda: A("H", [2**31]), lambda: A("i", [2**31]), lambda: A("I", [-1]),
    lambda: A("I", [2**32]), lambda: A("l", [2**63]), lambda: A("L", [-1]), lambda: A("L", [2**64]), lambda: A("q", [2**63]), lambda: A("Q", [2**64]),
    lambda: A("Q", [-1]), lambda: A("Q", [2**64 - 1]), lambda: A("i", ["a"]), lambda: A("i", [1.5]), lambda: A("d", ["a"]), lambda: A("I", [1.5]),
    lambda: A("i", A("d", [1])), lambda: A("d", A("i", [1])), lambda: A("i", [1], 2), lambda: A("i", initializer=[1]), lambda: A("b", A("w", "a")),
    lambda: A("b", bytearray(b"ab")), lambda: A("i", (1, 2)), lambda: A("i", range(3)), lambda: A("w", ["a", "bc"]), lambda: A("I", [True]),
    lambda: a[0], lambda: a[-1], lambda: a[5], lambda: a["a"], lambda: a[1:], lambda: a[::2], lambda: a[::-1], lambda: a + a, lambda: a + [1],
    lambda: a + A("d"), lambda: a * 2, lambda: a * "a", lambda: 2 * a, lambda: a * -1, lambda: a == A("i", [1, 2, 3]), lambda: a == A("d", [1, 2, 3]),
    lambda: a < A("i", [1, 3]), lambda: a == [1, 2, 3], lambda: 2 in a, lambda: hash(a), lambda: a.append("a"), lambda: a.append(2**40),
    lambda: a.extend(A("d")), lambda: a.extend([4, "a"]), lambda: a, lambda: a.fromlist((1,)), lambda: a.fromlist([9, "a"]), lambda: a,
    lambda: a.frombytes(b"\1"), lambda: a.frombytes(1), lambda: a.index(9), lambda: a.index(2, 5), lambda: a.index(2), lambda: a.remove(9),
    lambda: a.pop(10), lambda: a.pop(-10), lambda: A("i").pop(), lambda: a.tobytes(), lambda: a.tolist(), lambda: a.tounicode(),
    lambda: a.fromunicode("a"), lambda: A("w", "ab").tounicode(), lambda: a.count(1), lambda: a.itemsize, lambda: a.typecode, lambda: a.buffer_info()[1],
    lambda: a.byteswap(), lambda: a, lambda: a.byteswap(), lambda: a.insert(1, 9), lambda: a.insert(-100, 8), lambda: a.reverse(), lambda: a,
    lambda: copy.copy(a), lambda: copy.deepcopy(a), lambda: a.__reduce_ex__(2), lambda: a.__reduce_ex__(3)[1], lambda: bytes(a), lambda: A[int],
    lambda: weakref.ref(a)() is a, lambda: array.typecodes,
    lambda: array.ArrayType is A, lambda: memoryview(A("w", "a")).format, lambda: A("d", [float("nan")]) == A("d", [float("nan")]),
    lambda: array._array_reconstructor(A, "i", 8, b"\1\0\0\0"), lambda: array._array_reconstructor(A, "i", 9, b"\xff\0\0\1"),
    lambda: array._array_reconstructor(A, "b", 5, b"\xff\xfe"), lambda: array._array_reconstructor(int, "i", 9, b""),
    lambda: array._array_reconstructor(A, "x", 9, b""), lambda: array._array_reconstructor(A, "i", 99, b""), lambda: array._array_reconstructor(A, "d", 15, b"\x3f\xc0\0\0"),
    lambda: array._array_reconstructor(A, "i", 8, 1), lambda: array._array_reconstructor(A, "w", 19, "aé😀".encode("utf-16-be")),
]:
    attempt(call)


def assign(index, value):
    a[index] = value
    return a


def delete(index):
    del a[index]
    return a


a = A("i", range(5))
for index, value in [
    (0, 9), (-1, 7), (10, 1), ("a", 1), (0, "a"), (slice(1, 3), A("i", [7])), (slice(1, 3), [1]), (slice(0, 4, 2), A("i", [1, 2])),
    (slice(0, 4, 2), A("i", [1])), (slice(0, 1), A("d", [1])), (slice(0, 0), a), (slice(None, None, -1), a[:]),
]:
    attempt(assign, index, value)
for index in (0, -1, 50, slice(0, 2), slice(None, None, 2), slice(None, None, -2)):
    attempt(delete, index)

a = A("i", [1, 2])
view = memoryview(a)
show(view.format, view.itemsize, view.shape, view.readonly, view.tolist())
for call in [lambda: a.append(1), lambda: a.clear(), lambda: a.pop(), lambda: a.extend([1]), lambda: delete(0), lambda: a.insert(0, 1)]:
    attempt(call)
view[0] = 77
show(a)
view.release()
a.append(1)
it = iter(a)
show(a, it.__reduce__()[1:], type(it), next(it), it.__reduce__()[1:], list(it), it.__reduce__()[1:])
a += a
a *= 2
show(a)
attempt(lambda: a.__iadd__([1]))


class Sub(A):
    pass


show(Sub("i", [1]), Sub("i", [1]) + Sub("i", [2]), type(Sub("i", [1])[:]), Sub("i").__reduce_ex__(3)[2])
out = io.BytesIO()
A("h", range(5)).tofile(out)
show(out.getvalue())
out.seek(0)
b = A("h")
b.fromfile(out, 3)
show(b)
attempt(b.fromfile, out, 3)
show(b)
attempt(b.fromfile, out, -1)

# Never more than CPython takes.
a, worst, allocated = A("d"), 0, 0
for n in range(1, 3000):
    a.append(n)
    if n > allocated:
        allocated = n + (n >> 4) + (3 if n < 8 else 7)
    worst = max(worst, sys.getsizeof(a) - (80 + 8 * allocated))
show(worst <= 0, sys.getsizeof(A("d", [0] * 1000)) <= 8080)
