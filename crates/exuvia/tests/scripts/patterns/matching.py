class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
class Other: pass
def match(v):
    match v:
        case 0 | 1: return "small"
        case -1: return "minus"
        case 1.5: return "float"
        case 2 + 3j: return "complex"
        case "text": return "text"
        case b"bytes": return "bytes"
        case None: return "none"
        case True: return "true"
        case []: return "empty"
        case [x]: return "one", x
        case [x, y] if x == y: return "same", x
        case [1, *rest]: return "starts with one", rest
        case [*init, 9]: return "ends with nine", init
        case (a, b, *_): return "at least two", a, b
        case {"kind": "a", "value": v}: return "kind a", v
        case {"kind": k, **rest}: return "kind", k, rest
        case {}: return "mapping"
        case Point(0, 0): return "origin"
        case Point(x=0, y=y): return "on y", y
        case Point(x, y) as p: return "point", x, y, p.x
        case int(n): return "int", n
        case str() as s: return "str", s
        case Other(): return "other"
        case _: return "default"
for v in [0, 1, -1, 1.5, 2 + 3j, "text", b"bytes", None, True, [], [5], [3, 3], [1, 2, 3], [2, 3, 9], (4, 5, 6), {"kind": "a", "value": 3}, {"kind": "b", "z": 1}, {}, {"q": 1}, Point(0, 0), Point(0, 7), Point(3, 4), 42, "xyz", Other(), 3.3, {1}, "ab", bytearray(b"x"), range(3)]:
    print(match(v))
def nested(v):
    match v:
        case {"a": [Point(x=x), {"b": (1 | 2) as n}]}: return x, n
        case [[a, b], [c, d]]: return a + b + c + d
        case str(x) | [x]: return x
        case [(Point() | Other()) as z, *_]: return type(z).__name__
print(nested({"a": [Point(5, 6), {"b": 2}]}), nested([[1, 2], [3, 4]]), nested("s"), nested(["t"]), nested([Other(), 1]), nested(5))
class Const: RED = "red"; GREEN = "green"
def const(v):
    match v:
        case Const.RED: return 1
        case Const.GREEN: return 2
print(const("red"), const("green"), const("blue"))
for source in ["Point(1, 2, 3)", "int(a, b)", "Bad(1)", "NotType(1)", "BadArgs(1)", "BadArgs2(1)"]:
    class Bad: pass
    NotType = 5
    class BadArgs: __match_args__ = 5
    class BadArgs2: __match_args__ = (1,)
    try:
        instance = "Point(1,2)" if "Point" in source else "5" if source.startswith(("int", "Not")) else source.split("(")[0] + "()"
        exec(f"match {instance}:\n case {source}: print('yes')\n case _: print('no')")
    except Exception as e:
        print(source, type(e).__name__, e)
def guard(x):
    match x:
        case n if n > 10: return "big"
        case n if n > 5: return "mid"
    return n
print(guard(11), guard(6), guard(1))
class Seq:
    def __len__(self): return 2
    def __getitem__(self, i): return i
