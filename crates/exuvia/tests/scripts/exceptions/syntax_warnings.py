# What the compiler warns of, and where; and the same as errors.
import warnings

SOURCES = [
    r"'\d'", r"b'\d'", r"'\400'", r"'a\q\d'", "'''\n\n\\d'''", r"f'\d{x}\e'", r"rf'\d'", r"f'{x:\d}'",
    r"t'\d'", r"'\ '", "'\\\n'", r"u'\8'", r"'ok' '\z'", r"f'{x}\{y}'", r"'\x41\u1234\N{BULLET}\n\z'",
    "x is 1", "x is not 'a'", "1 is x", "x is -1", "x is ()", "x is None is 1", "x is b''", "x is 1.5",
    "x is ...", "x is f'a'", "x < 1 is 2", "x is True", "x is []", "x == 1",
    "1()", "'a'()", "(1,)()", "[]()", "{}()", "{1}()", "f'a'()", "(x for x in y)()", "{x: 1 for x in y}()",
    "None()", "...()", "(lambda: 1)()", "t'a'()", "b'a'(1)", "-1()", "x()()",
    "1[0]", "None[1]", "True[0]", "{1}[0]", "(x for x in y)[0]", "(lambda: 1)[0]", "'a'['b']", "'a'[1]",
    "[1]['b']", "[1][1.5]", "[1][None]", "[1][1, 2]", "(1,)['a']", "[x for x in y]['a']", "f'a'['b']",
    "[1][True]", "[1][-1]", "[1][1:2]", "{}[1]", "[1][{}]", "[1]['a'] = 2",
    "assert (x, 'a')", "assert ()", "assert (x,)", "assert x, 'a'",
    "def f():\n try: pass\n finally: return 1",
    "while 1:\n try: pass\n finally: break",
    "while 1:\n try: pass\n finally: continue",
    "try: pass\nfinally:\n while 1: break",
    "try: pass\nfinally:\n def f(): return 1",
    "def f():\n try: pass\n finally:\n  with x:\n   match x:\n    case 1: return",
    "while 1:\n try: pass\n finally:\n  for x in y:\n   pass\n  else: break",
    "1if x else 2", "[0x1or 2]", "1jif x else 3",
]

for source in SOURCES:
    print(repr(source))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile(source, "<source>", "exec")
    for warning in caught:
        print("   ", warning.category.__name__, warning.message, warning.filename, warning.lineno)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile(source, "<source>", "exec")
        except SyntaxError as error:
            print("   ", type(error).__name__, error.msg, error.lineno)

for levels in (100, 101, 1000):
    deep = "".join(" " * level + "if x:\n" for level in range(levels)) + " " * levels + "y"
    try:
        compile(deep, "<source>", "exec")
    except SyntaxError as error:
        print(type(error).__name__, error.msg)
