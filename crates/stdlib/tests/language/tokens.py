import tokenize, io, token
for src in ["a=1\n","def f(x):\n    # c\n    return f'a{{b{x!r:>{w} } c'\n\n  # d\nx","if a:\n  b\n  \n# e\nc = '''x\ny'''\n","(1,\n 2)\\\n+3\n","(1,\n","'abc\n", "  x\n y\n", "a b é = 'ü' # k\n", "async def f(): await x\n", "match x:\n case _: pass\n", "\n\n#x\n", "", "1_0 + 0x1f + 1.5j"]:
    print(repr(src))
    try:
        for t in tokenize.generate_tokens(io.StringIO(src).readline): print("  ", token.tok_name[t.type], t.type, repr(t.string), t.start, t.end, repr(t.line))
    except Exception as e: print("  ", type(e), e.args)
