import typing, annotationlib
from typing import *
def show(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
T = TypeVar('T'); S = TypeVar('S', int, str); B = TypeVar('B', bound='Later', default=int)
Ts = TypeVarTuple('Ts'); P = ParamSpec('P', default=[int])
print(T, S, B, Ts, P, TypeVar('C', covariant=True), TypeVar('D', contravariant=True), TypeVar('I', infer_variance=True))
print(T.__bound__, S.__constraints__, B.__bound__, B.__default__, T.__default__, P.__default__, T.has_default(), B.has_default())
print(T.evaluate_bound, S.evaluate_constraints, B.evaluate_default, B.evaluate_default(1), S.evaluate_constraints(4), P.evaluate_default)
def f[X: (int, str) = int, *Xs = *tuple[int], **Q = [str]](): pass
for p in f.__type_params__:
    print(p, p.__default__, annotationlib.call_evaluate_function(p.evaluate_default, annotationlib.Format.STRING) if p.has_default() else None)
x = f.__type_params__[0]
print(x.__constraints__, annotationlib.call_evaluate_function(x.evaluate_constraints, annotationlib.Format.STRING), x.evaluate_bound)
type A[K, *Ks] = dict[K, tuple[*Ks]]
print(A, A.__value__, A.__type_params__, A.__parameters__, A[int, str], annotationlib.call_evaluate_function(A.evaluate_value, annotationlib.Format.STRING), A.__module__)
print(list(A), TypeAliasType('M', list[T], type_params=(T,)), A | int, int | A, T | None, None | T, T | 'X', Union[int, 'X'])
show(lambda: TypeVar('T', int))
show(lambda: TypeVar('T', int, str, bound=int))
show(lambda: TypeVar('T', covariant=True, contravariant=True))
show(lambda: Union[1, 2])
show(lambda: Union[()])
show(lambda: Ts | int)
show(lambda: Generic[int])
class G(Generic[T, *Ts]): pass
print(G[int, str, bool], G.__parameters__, G[int].__args__, G.__orig_bases__)
class H[U](G[U, int]): pass
print(H.__mro__, H[int], H.__type_params__, H.__parameters__)
print(Callable[P, T][[int, str], bool], Callable[Concatenate[int, P], T], P.args, P.kwargs, P.args.__origin__, P.args == P.args)
class Proto(Protocol):
    def m(self) -> int: ...
@runtime_checkable
class RT(Protocol):
    x: int
class I: x = 1
print(isinstance(I(), RT), isinstance(3, RT))
show(lambda: isinstance(3, Proto))
NT = NamedTuple('NT', [('a', int), ('b', str)]); print(NT(1, 'x'), NT.__annotations__)
class TD(TypedDict, total=False):
    a: Required[int]
    b: NotRequired['str']
print(TD.__required_keys__, TD.__optional_keys__, TD(a=1), get_type_hints(TD))
def g(a: 'int', b: Later, *c: list['Later']) -> Optional[T]: pass
print(annotationlib.get_annotations(g, format=annotationlib.Format.STRING))
print(annotationlib.get_annotations(g, format=annotationlib.Format.FORWARDREF)['b'].__forward_arg__)
show(lambda: g.__annotations__)
print(get_args(dict[int, T]), get_origin(list[int]), list[T][int], (list[T] | None)[str], Literal[1, 'a', 1], Annotated[int, 'm'])
print(NewType('UserId', int)(5), cast(int, 'x'), Any, NoReturn, Never, Self, ClassVar[int], Final[int], typing.NoDefault, type(typing.NoDefault)() is typing.NoDefault)
@overload
def o(a: int) -> int: ...
@overload
def o(a: str) -> str: ...
def o(a): return a
print(len(get_overloads(o)))
class Many[A, *Rest, **Params]:
    def m[B](self, b: B) -> A: ...
print(Many.__parameters__, Many.__orig_bases__, Many[int, str, bool, [float]])
