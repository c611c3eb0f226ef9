def first[T](x: list[T]) -> T: return x[0]
print(first([1]), first.__type_params__, first.__type_params__[0].__name__)
class Box[T, *Ts, **P]:
    def __init__(self, v: T): self.v = v
    def get[U](self, u: U) -> tuple[T, U]: return self.v, u
print(Box(1).get(2), Box.__type_params__, Box.__parameters__ == Box.__type_params__, Box.__bases__[0].__name__, Box[int, str, [int]].__origin__ is Box)
type Alias[T] = list[T] | None
print(Alias, Alias.__name__, Alias.__type_params__, Alias.__value__, Alias[int])
type Rec = dict[str, Rec]
print(Rec.__value__)
def bounded[T: int, U: (str, bytes), V = float](x: T, y: U) -> V: ...
t, u, v = bounded.__type_params__
print(t.__bound__, u.__constraints__, v.__default__, t.__constraints__, t.__infer_variance__, t.has_default(), v.has_default())
class One[T]: pass
class Sub[T](One[T]): pass
print(Sub.__orig_bases__, Sub.__mro__[1] is One)
def outer[T]():
    def inner(x: T) -> T: return T
    return inner
print(outer()(1), outer().__annotations__)
class Lazy[T: undefined_bound]: pass
try: Lazy.__type_params__[0].__bound__
except NameError as e: print(e)
undefined_bound = int
print(Lazy.__type_params__[0].__bound__)
print(list[int], dict[str, int][...] if False else dict[str, int], tuple[int, ...], list[int].__args__, list[int].__origin__, list[int]([1]), type(list[int]).__name__, list[T][int] if False else "")
try: isinstance([], list[int])
except TypeError as e: print(e)
try: list[int][str]
except TypeError as e: print(e)
