print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 2 ** 100, 2 ** -1, 7 / 2, divmod(-7, 2), pow(3, 100, 7), pow(3, -1, 7), 10 ** 20 // 3, -10 ** 20 % 7)
print(0x1f, 0b101, 0o17, 1_000, 1e3, .5, 5., 1e-7, 1e16, 123456789012345678, 1.0, -0.0, 1e22, 1e23, 0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308)
print(1 << 70, (1 << 70) >> 68, -5 >> 1, 5 & 3, 5 | 3, 5 ^ 3, ~5, -1 & 2 ** 70, (5).bit_length(), (-5).bit_count(), (2 ** 70).bit_length())
print(int(3.9), int(-3.9), int("12"), int("ff", 16), int(True), float("1.5"), float("inf"), float("-inf"), float("nan"), round(2.5), round(3.5), round(2.675, 2), round(1234, -2), round(-2.5), round(5.5))
print(1 == 1.0, hash(1) == hash(1.0), 2 ** 53 == float(2 ** 53), 2 ** 53 + 1 == float(2 ** 53 + 1), 1 < 1.5, 10 ** 400 > 1e308, float("nan") == float("nan"), 3 == 3 + 0j, True + True, True == 1, isinstance(True, int))
print((3.0).is_integer(), (2.5).as_integer_ratio(), (0.1).hex(), float.fromhex("0x1.8p1"), (10).as_integer_ratio(), (1.5).__trunc__(), (5).real, (5).imag, (5).numerator, (2.5).conjugate(), (5).is_integer())
print(str(10 ** 50), repr(2 ** 200), hex(10 ** 20), bin(-5), oct(8), hex(-255), f"{2 ** 100:,}", int("1" * 50), -(10 ** 30), abs(-10 ** 30), 10 ** 30 == 10 ** 30, hash(10 ** 30) == hash(10 ** 30), hash(2 ** 61 - 1), hash(-1), hash(float("inf")), hash(0.5))
for e in ["1 // 0", "1.0 // 0", "1 % 0", "1.0 % 0", "0 ** -1", "0.0 ** -1", "(-8) ** (1/3)", "int('0x')", "int('1__0')", "int(float('inf'))", "int(float('nan'))", "float(10**400)", "10**400 / 3", "10**400 // 10**399", "1 << -1", "1 << 'a'", "round('x')", "int([])", "int('5', 99)", "int(5, 10)", "float([])", "2.0 ** 10000", "(1).from_bytes(5)", "(300).to_bytes(1)", "(-1).to_bytes(1)", "pow(2, -1, 4)", "pow(2.0, 1, 3)", "1 < 1j", "complex(1, 2) * 2", "abs(3 + 4j)", "(1+2j).conjugate()", "complex('x')", "1j ** 2", "complex(1) == 1", "(1+2j) // 1", "1e400", "int('१२')", "float('१.५')", "int.from_bytes(b'\\xff' * 20)", "divmod(5.5, 2)", "-5.5 // 2", "-5.5 % 2", "5 % -2.5", "1e308 * 10", "-1e308 * 10", "1 if float('nan') else 0", "min(1, 2.0)", "sum([0.1] * 10)", "sum([1, 2.5])", "max(1, 1.0)", "3 .__add__(4)", "int.__new__(bool)", "bool('')", "True & 5", "True & False", "True | 2", "~True", "-True", "round(1e20)", "round(0.5)", "round(1.5, 0)", "round(15, -1)", "round(25, -1)", "format(1e10)", "1_0.0_1", "0xFFFFFFFFFFFFFFFFFFFF", "int(1e30)", "float(2**1000)", "1e16 + 1", "0.1 * 3", "100 ** 0.5", "7.0 // 2.0", "complex(0.0, -0.0)", "-0j", "1-0j", "repr(1e-5)", "repr(1e5)", "repr(123456789.123456789)", "1.0e17", "str(1e15), str(1e17)"]:
    try: print(e, "=", eval(e))
    except Exception as x: print(e, "->", type(x).__name__ + ":", x)
class I(int):
    def __repr__(self): return "I" + int.__repr__(self)
print(I(5), I(5) + 1, type(I(5) + I(6)).__name__, [I(3)], {I(1): "x"}[1], -I(2), I("12"), f"{I(7)}", f"{I(7):3}|", str(I(8)))
a = 2 ** 64; b = 3 ** 50; print(a * b, a + b, a - b, b // a, b % a, a & b, a | b, a ^ b, a ** 3, -a // 7, -a % 7, a * 0, a - a, a >> 60, -a >> 60, a.__sizeof__() > 0)
total = 0
for i in range(1, 60): total = total * i + i
print(total)
def fact(n):
    r = 1
    for i in range(2, n + 1): r *= i
    return r
print(fact(60), str(fact(100))[:20], len(str(fact(300))), fact(30) // fact(28), sum(map(int, str(fact(50)))))
print(int(str(fact(80))) == fact(80), int(hex(fact(80)), 16) == fact(80), fact(80) % 97, pow(fact(30), fact(20), 10 ** 9 + 7))
