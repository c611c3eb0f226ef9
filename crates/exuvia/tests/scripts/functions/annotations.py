def f(a: int, b: "str" = 1, c: undefined_yet = 2, *args: float, **kw: dict) -> list[int]: return a
try: f.__annotations__
except NameError as e: print(e)
undefined_yet = set
print(f.__annotations__)
print(f.__annotate__(1))
class C:
    x: int
    y: str = "default"
    z: "C"
    def m(self, q: C) -> C: ...
print(C.__annotations__, C.m.__annotations__, hasattr(C, "x"))
module_level: int = 5
print(__annotations__ if "__annotations__" in globals() else "lazy", __annotate__(1))
def g():
    local: int = 1
    only: undefined_never
    return local
print(g(), g.__annotations__)
def h(): pass
print(h.__annotations__); h.__annotations__["k"] = 1; print(h.__annotations__)
h.__annotations__ = {"a": int}; print(h.__annotations__)
try: h.__annotations__ = 5
except TypeError as e: print(e)
x: list[int | None] = []; print(__annotate__(1)["x"], int | None, int | str | list[int], type(int | None).__name__, isinstance(5, int | str), (int | str) == (str | int))
class D(C):
    w: bytes
print(D.__annotations__, (lambda: 0).__annotations__)
class Cond:
    if True: a: int
    else: b: str
print(Cond.__annotations__)
