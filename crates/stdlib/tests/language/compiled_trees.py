import ast
source = '''
import sys
def f(a, /, b: int = 2, *c, d=4, **e):
    "doc"
    try:
        x = [i * j for i in range(3) for j in (1, 2) if i]
        with open_(1) as (p, q):
            return f"{a!r:>{b}}|{c}{{}}", x, p + q, d, e
    except* ValueError:
        raise
    finally:
        global done
        done = True
class open_:
    def __init__(self, n): self.n = n
    def __enter__(self): return self.n, -self.n
    def __exit__(self, *a): return None
def g(v):
    match v:
        case {"k": [1, *rest], **more} if rest: return rest, more
        case open_(n=3) | open_(n=4) as o: return o.n
        case -1 | 2.5 | "s" | None: return "literal"
        case _: return 10 ** 30, -7, 0xff, 1j, b"x", ...
    if v: pass
    elif not v: pass
    else: del v
async def h():
    yield (await k)
lam = lambda *x, y=(1, 2): (x, y, *x)
type A[T] = list[T]
def generic[T: int, *Ts, **P](x: T) -> T: return x
'''
tree = ast.parse(source)
space = {}
exec(compile(tree, "made up", "exec"), space)
print(space['f'](1, 5, 6, z=7), space['done'], space['f'].__annotations__, space['f'].__doc__)
print(space['g']({"k": [1, 2], "m": 3}), space['g'](space['open_'](4)), space['g'](None), space['g'](5))
print(space['lam'](1), space['A'].__value__, space['generic'].__type_params__)
code = compile(tree, "made up", "exec")
direct = compile(source, "made up", "exec")
for a, b in zip(code.co_consts, direct.co_consts):
    if hasattr(a, 'co_code'):
        print(a.co_name, a.co_firstlineno == b.co_firstlineno, [l for *_, l in a.co_lines()] == [l for *_, l in b.co_lines()])
print(eval(compile(ast.parse("1 + 2 * x", mode="eval"), "", "eval"), {"x": 5}))
def error(tree, mode="exec"):
    try: compile(tree, "", mode)
    except Exception as e: print(type(e).__name__, e)
error(ast.Expression(ast.Constant(1)), "eval")
error(ast.Module([ast.Pass()], []))
error(ast.Module([3], []))
error(ast.Module([ast.If(ast.Constant(1, lineno=1, col_offset=0), [], [], lineno=1, col_offset=0)], []))
error(ast.Module([ast.Expr(ast.BoolOp(ast.And(), [], lineno=1, col_offset=0), lineno=1, col_offset=0)], []))
error(ast.parse("1"), "eval")
error(ast.fix_missing_locations(ast.Module([ast.Return(ast.Constant(1))], [])))
class Double(ast.NodeTransformer):
    def visit_Constant(self, node): return ast.copy_location(ast.Constant(node.value * 2), node)
print(eval(compile(Double().visit(ast.parse("[1, 'a', 2]", mode="eval")), "", "eval")))
