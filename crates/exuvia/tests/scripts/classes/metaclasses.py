class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, [b.__name__ for b in bases], kw)
        return {"prepared": True}
    def __new__(mcs, name, bases, ns, **kw):
        print("new", name, sorted(k for k in ns if not k.startswith("__")), kw)
        return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        print("init", name, kw)
        super().__init__(name, bases, ns)
    def __call__(cls, *a, **k):
        print("call", cls.__name__, a)
        return super().__call__(*a, **k)
    def __instancecheck__(cls, x): return x == 1
    def __subclasscheck__(cls, x): return x is int
    def __len__(cls): return 3
    def __getitem__(cls, i): return cls.__name__, i
    def __iter__(cls): return iter("xyz")
    def __contains__(cls, x): return x == "in"
    def __getattr__(cls, name): return "meta " + name
    def __repr__(cls): return f"<{cls.__name__}>"
    @property
    def prop(cls): return "metaprop " + cls.__name__
    def method(cls): return "metamethod"

class A(metaclass=Meta, key=1):
    def __init__(self, x): self.x = x
print(A(5).x)
print(isinstance(1, A), isinstance(2, A), issubclass(int, A), issubclass(str, A))
print(len(A), A[2], list(A), "in" in A, A.unknown, A, A.prop, A.method())
try:
    A(1).prop
except AttributeError as error:
    print(error)
class B(A): pass
print(type(B).__name__)
class Init:
    subs = []
    def __init_subclass__(cls, /, flag=None, **kw):
        super().__init_subclass__(**kw)
        cls.subs.append((cls.__name__, flag))
class S1(Init): pass
class S2(Init, flag="f"): pass
print(Init.subs)
try:
    class S3(Init, other=1): pass
except TypeError as error:
    print(error)
class G:
    def __class_getitem__(cls, item): return cls.__name__, item
print(G[1], G["a", "b"])
class M1(type): pass
class M2(type): pass
class X1(metaclass=M1): pass
class X2(metaclass=M2): pass
try:
    class X3(X1, X2): pass
except TypeError as error:
    print(error)
class M3(M1, M2): pass
class X4(X1, X2, metaclass=M3): pass
print(type(X4).__name__)
T = type("T", (object,), {"x": 1, "f": lambda self: self.x})
print(T().f(), T.__name__, type(T))
def functional(name, bases, ns):
    print("function metaclass", name)
    return (name, bases)
class F(metaclass=functional): pass
print(F)
class Bases:
    def __mro_entries__(self, bases): return (dict,)
class D(Bases()): pass
print(D.__bases__, D.__orig_bases__[0].__class__.__name__, D(a=1))
import abc
class Abstract(abc.ABC):
    @abc.abstractmethod
    def one(self): ...
    @property
    @abc.abstractmethod
    def two(self): ...
try:
    Abstract()
except TypeError as error:
    print(error)
class Half(Abstract):
    def one(self): return 1
try:
    Half()
except TypeError as error:
    print(error)
class Full(Half):
    two = 2
print(Full().one(), Full().two)
Abstract.register(int)
print(isinstance(3, Abstract), issubclass(bool, Abstract))
class Order(type):
    def mro(cls):
        return [cls, Init, object]
class O(metaclass=Order): pass
print(O.__mro__)
try:
    type("Bad", (), {"__slots__": ("a", "a b")})
except TypeError as error:
    print(error)
for args in [(1, (), {}), ("a", 1, {}), ("a", (), 1), ("a",)]:
    try:
        print(type(*args))
    except TypeError as error:
        print(error)
