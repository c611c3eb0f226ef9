for source in ["x = ", "def f(:\n pass", "if x:\npass", "  x", "x = (1", "'abc", "f(a=1, 2)", "1 = x", "break", "return 1", "def f():\n nonlocal x", "class C:\n  return 1", "x = 5 5", "import", "for x in", "f'{'", "lambda: (yield", "a b", "def f(a, a): pass", "{**a for a in b}", "del f()", "x +=", "else: pass", "try: pass", "async with a: pass", "await x", "yield", "continue", "*a", "print 5", "def f(x=1, y): pass", "from x import *, a", "\tx\n  y", "@", "x: int: str", "match x:\n case a: pass\n case b: pass", "f(**a, *b)", "None = 1", "f() = 1", "x if y", "assert", "global x; x = 1", "def f():\n x = 1\n global x", "with open(x) as 1: pass"]:
    try:
        compile(source, "<s>", "exec")
        print(repr(source), "compiles")
    except SyntaxError as e:
        print(repr(source), "->", type(e).__name__)
