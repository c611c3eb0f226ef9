import ast
SRC = r'''
@a
# c
@b(1)
def f(p, /, q: int=1, *args: x, k, k2=3, **kw) -> r:
    "doc"
    return f"a{{b{x!r:>{w}}}}c" f"{y=}" "z"
async def g[T: int = str, *Ts, **P](): 
    async with a as b, c: await d
    async for x in y: yield
    else: pass
    return
class C(B, metaclass=M, **kw):
    x: int = 3
    y: "s"
    (z): int
    a.b: int
if a: pass
elif b: pass
elif c:
    pass
else: q
for i, *j in k: break
while 1: continue
else: 3
try: a
except E as e: b
except (A, B): c
except: d
else: e
finally: f
try: a
except* E: b
with (open(x) as f, g): pass
match x:
    case 1 | "a" | None: pass
    case [a, *rest, _]: pass
    case {"k": v, 1: _, **rest}: pass
    case C(a, b=2) as c if g: pass
    case (a.b): pass
    case -1+2j: pass
    case _: pass
import a.b as c, d
from . import x
from ..y import (a as b, c)
from z import *
global gg
def h():
    nonlocal q
    q = lambda x, *a, y=1: (yield x)
    z = (yield from q)
del a, b[1], c.d
assert a, "m"
raise X from Y
a = b = c, d = 1, (2, 3)
a += 1; a @= b
x[1:2, ::3, ...] = x[*a]
f(x for x in y)
f(*a, b, k=1, **d)
{1: 2, **a}; {1, *b}; {x: y for x in a if b if c}; {x for x in y}
[x async for x in y]
a if b else c
a and b or not c
1 < x <= 3 is not None not in d
-x ** ~y
0xFF, 0b11, 1_000_000_000_000_000_000_000_000, 1.5e10, 3j, b"ab" b"\xff", u"u", 'a' "b"
"\ud800x" 'é'
f"{x}" rf"\d{z!s}" f"{'nested' + f'{q}'}"
(a := 3)
type X[T] = list[T]
f"""multi
{a
 + b:{c}.{d}}
"""
t"hello {name!r:>5} {x = }"
print(f"{x:%Y-%m}", f'{a["b"]}')
'''
t = ast.parse(SRC)
print(ast.dump(t, include_attributes=True, indent=1))

print(ast.dump(ast.parse("a+1", mode="eval")), ast.dump(ast.parse("a;b", mode="single")))
print(ast.literal_eval("{'a': [1, -2.5, (3,), {4}, None, b'x', 1+2j]}"))
