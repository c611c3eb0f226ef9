import operator
class V:
    def __init__(self, v): self.v = v
    def __repr__(self): return f"V({self.v})"
    def _b(name):
        def f(self, other):
            return f"{name}({self.v},{getattr(other, 'v', other)})"
        f.__name__ = name
        return f
    for n in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod".split():
        locals()[f"__{n}__"] = _b(n)
        locals()[f"__r{n}__"] = _b("r" + n)
    del n
    def __iadd__(self, o): self.v += getattr(o, "v", o); return self
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "inv"
    def __abs__(self): return "abs"
    def __round__(self, n=None): return "round", n
    def __trunc__(self): return 5
    def __floor__(self): return "floor"
    def __ceil__(self): return "ceil"
    def __int__(self): return 11
    def __float__(self): return 1.5
    def __complex__(self): return 1 + 2j
    def __index__(self): return 2
    def __bool__(self): return self.v != 0
    def __len__(self): return 9
    def __getitem__(self, k): return ("get", k)
    def __setitem__(self, k, v): print("set", k, v)
    def __delitem__(self, k): print("del", k)
    def __contains__(self, x): return x == 1
    def __call__(self, *a): return a
    def __hash__(self): return 77
    def __eq__(self, o): return isinstance(o, V) and self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __format__(self, spec): return f"<{spec}>"
    def __str__(self): return "str"
    def __bytes__(self): return b"bytes"
    def __reversed__(self): return "reversed"
    def __length_hint__(self): return 3
    def __enter__(self): print("enter"); return self
    def __exit__(self, *a): print("exit", a[0]); return True
    def __dir__(self): return ["b", "a"]
    def __sizeof__(self): return 8

a, b = V(1), V(2)
print(a + b, a - 1, 1 - a, a * b, a / b, a // b, a % b, a ** b, a @ b)
print(a & b, a | b, a ^ b, a << b, a >> b, divmod(a, b), divmod(5, a), 2 ** a)
a += 5
print(a, -a, +a, ~a, abs(a), round(a), round(a, 2))
print(a.__trunc__(), int(a), float(a), complex(a), [10, 20, 30][a])
print(bool(a), bool(V(0)), len(a), a[1], a[1:2], a["x", ...], 1 in a, 2 in a, a(1, 2))
a["k"] = 1
del a["k"]
a[1:2] = 3
print(hash(a), a == V(6), a != V(6), a < b, a > b, f"{a:spec}", str(a), bytes(a), reversed(a))
print(operator.length_hint(a), dir(a), hex(a), bin(a), oct(a), range(10)[a], "x" * a)
with a as c:
    raise KeyError
try:
    a <= b
except TypeError as error:
    print(error)
class L:
    def __len__(self): return -1
class L2:
    def __len__(self): return "x"
class L3:
    def __len__(self): return 2**100
for cls in (L, L2, L3):
    try:
        len(cls())
    except Exception as error:
        print(type(error).__name__, error)
class BadBool:
    def __bool__(self): return 1
try:
    bool(BadBool())
except TypeError as error:
    print(error)
class BadHash:
    def __hash__(self): return "x"
try:
    hash(BadHash())
except TypeError as error:
    print(error)
class BadRepr:
    def __repr__(self): return 1
try:
    repr(BadRepr())
except TypeError as error:
    print(error)
class BadIter:
    def __iter__(self): return 1
try:
    iter(BadIter())
except TypeError as error:
    print(error)
class Eq:
    def __eq__(self, o): return True
try:
    hash(Eq())
except TypeError as error:
    print(error)
class NI:
    def __add__(self, o): return NotImplemented
    def __radd__(self, o): return "radd"
    def __eq__(self, o): return NotImplemented
    def __lt__(self, o): return NotImplemented
    def __gt__(self, o): return "gt"
print(NI() + NI() if False else "skip", 1 + NI(), NI() == NI(), NI() < NI())
try:
    NI() + 1
except TypeError as error:
    print(error)
class I(int):
    def __add__(self, o): return "I.add"
    def __radd__(self, o): return "I.radd"
print(1 + I(2), I(1) + 2, I(3) - 1, type(I(3) - 1))
for op in ["1 + 'a'", "'a' + 1", "[] + ()", "{} | []", "1 << 'a'", "1 < 'a'", "[] < {}", "-'a'", "~1.5", "'a' * 'b'", "1 @ 2", "None + 1", "(1).x", "len(5)", "5[0]", "5()", "{}[[]]", "{[]: 1}", "[][1]", "[]['a']", "{}['k']", "'abc'[5]", "1 in 5", "1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "2 ** 'x'", "pow(2, 3, 0)", "divmod(1, 0)", "int('x')", "float('x')", "[1, 2].index(3)", "chr(-1)", "ord('ab')", "abs('x')", "sum(['a'])", "max([])", "range(1, 2, 0)", "'%d' % 'x'", "'{}'.format()", "1 if x_undefined else 2"]:
    try:
        print(op, eval(op))
    except Exception as error:
        print(op, "->", type(error).__name__ + ":", error)
