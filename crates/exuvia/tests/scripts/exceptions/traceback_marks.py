import sys
def report(f):
    try:
        f()
    except Exception:
        sys.excepthook(*sys.exc_info())
def a(): return 1 + 2 / 0 + 3
def b():
    x = {"a": [1, 2]}
    return x["a"][5]["b"]
def c():
    return (1 +
            "a")
def d(): return foo(1, bar=2).baz
def e(): return {}["missing"]
def f():
    return [x / 0 for x in [1]]
def g():
    raise ValueError(
        "several",
        "lines",
    )
def h():
    for i in 5: pass
def i(): return [1, 2].index(5)
def j():
    return f"{1/0}"
def k():
    lambda_ = lambda: [][0]
    return lambda_()
def l():
    def gen():
        yield 1
        yield [][1]
    list(gen())
def m():
    import not_a_module_xyz
def n():
    from sys import not_a_name
def o():
    return max(1, key=3)
def p():
    "é" + "日本" + 1
def q():
    x = 5; x(); y = 1
def r():
    return not_defined
def s():
    if (1,) < (2,) < 5: pass
def t():
    return -"a"
def u():
    e = ValueError("noted")
    e.add_note("a note\non two lines")
    raise e
for name in "abcdefghijklmnopqrstu":
    report(globals()[name])
