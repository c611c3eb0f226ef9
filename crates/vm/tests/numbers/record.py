"""Records what CPython makes of numeric expressions: python3.14 -X utf8 record.py > expected.txt

The expressions are those of cases.txt and as many random ones, the same in every run. Each line is an
expression, a tab, and the type and repr of its value, or the exception and its message.
"""

import pathlib
import random
import warnings

HERE = pathlib.Path(__file__).parent
RANDOM_COUNT = 3000
pick = random.Random(3014).choice
number = random.Random(314).uniform

INTS = """0 1 -1 2 3 -7 10 255 256 257 -5 -6 2**31 2**53 2**53+1 2**62 2**63-1 2**63 -2**63 -2**63-1 2**64 2**64-1
10**18 10**30 -10**30 3**100 7**300 True False 1<<100 (1<<127)-1 1<<127 -(1<<127) 1<<128 12345678901234567890""".split()
FLOATS = """0.0 -0.0 1.0 -1.5 2.5 0.1 1e10 1e16 1e300 -1e300 5e-324 1e-10 INF -INF NAN 3.7 123456.789 2.0**53 2.0**63
-2.0**63 1e22 2.675 1547017680990512.25""".split()
COMPLEXES = "1j 0j 1+2j -1.5+2.5j complex(0,-0.0) complex(INF,1) complex(NAN,0) 1e200+1e200j".split()
TEXTS = ["'12'", "' 12 '", "'0x1f'", "'1_000'", "'abc'", "''", "'1.5'", "'1e5'", "'nan'", "'inf'", "'1+2j'",
         "'\\u0661'", "b'12'", "b'1.5'", "bytearray(b'7')", "'z'"]
METHODS = {
    "i": """bit_length() bit_count() conjugate() as_integer_ratio() is_integer() real imag numerator denominator
         __floor__() __ceil__() __trunc__() __getnewargs__() to_bytes(20,'big',signed=True) to_bytes(3) to_bytes(0)
         to_bytes(40,'little',signed=True) __index__() __int__() __float__() __bool__() __neg__() __add__(1.5)
         __radd__(3) __eq__(1.0) __str__() __repr__()""".split(),
    "f": """hex() conjugate() as_integer_ratio() is_integer() real imag __floor__() __ceil__() __trunc__()
         __getnewargs__() __int__() __float__() __add__(1) __lt__(1) __eq__(10**400) __divmod__(3) __round__(2)
         __str__()""".split(),
    "c": "conjugate() real imag __getnewargs__() __complex__() __add__(1) __eq__(1) __lt__(1) __bool__() __abs__()".split(),
}


def operand(kinds="ifc"):
    kind = pick(kinds)
    if pick(range(5)):
        return pick({"i": INTS, "f": FLOATS, "c": COMPLEXES}[kind])
    match kind:
        case "i":
            return str(int(number(-1000, 1000)))
        case "f":
            return repr(number(-100, 100))
        case _:
            return repr(complex(round(number(-5, 5), 2), round(number(-5, 5), 2)))


def specification():
    parts = [["", "", "*<", "0=", "^", ">", "=", "x>"], ["", "", "+", " ", "-"], ["", "", "", "z"], ["", "", "", "#"],
             ["", "", "0"], ["", "", "5", "12", "30"], ["", "", ",", "_"],
             ["", "", ".0", ".1", ".3", ".10", ".,", ".6_"], ["", "", *"eEfFgGn%dsqxXboc"]]
    return "".join(pick(part) for part in parts)


def expression():
    match pick(range(14)):
        case 0 | 1 | 2 | 3:
            symbol = pick("+ - * / // % & | ^ == != < <= > >=".split())
            return f"({operand()}) {symbol} ({operand()})"
        case 4:
            return f"({operand('iiif')}) {pick(['<<', '>>'])} ({pick('0 1 5 63 64 65 200 -1 True 1.0'.split())})"
        case 5:
            exponent = pick("0 1 2 3 -1 -2 0.5 -0.5 5 10 100 1j 2.0 INF True".split())
            return f"({operand()})**({exponent})"
        case 6:
            exponent = pick(["0", "1", "5", "-1", "-3", "2**70", "-2**70", operand("i")])
            return f"pow({operand('i')},{exponent},{operand('iiif')})"
        case 7:
            return f"divmod({operand()},{operand()})"
        case 8:
            return f"round({operand('iiff')},{pick('0 1 2 -1 -2 -3 5 None 15 -20 400 1.5'.split())})"
        case 9:
            return f"{pick(['-', '+', 'abs', 'not ', 'hash', 'hex', 'round'])}({operand()})"
        case 10 | 11:
            return f"format({operand()},{specification()!r})"
        case 12:
            return f"{pick(['int', 'float', 'complex', 'bool'])}({pick([*TEXTS, operand()])})"
        case _:
            kind = pick("ifc")
            return f"({operand(kind)}).{pick(METHODS[kind])}"


def outcome(source, names):
    try:
        value = eval(source, names)
        return f"{type(value).__name__} {value!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main():
    warnings.simplefilter("ignore")
    names = {}
    exec((HERE / "classes.py").read_text("utf-8"), names)
    sources = (HERE / "cases.txt").read_text("utf-8").splitlines()
    sources += (expression() for _ in range(RANDOM_COUNT))
    for source in dict.fromkeys(sources):
        # What is not a number hashes by its address.
        if not ("hash(" in source and "NAN" in source):
            print(f"{source}\t{outcome(source, names)}")


main()
