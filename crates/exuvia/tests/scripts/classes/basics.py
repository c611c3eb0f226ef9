class Empty: pass
e = Empty()
e.x = 1
print(e.__dict__, Empty.__name__, Empty.__qualname__, Empty.__module__, Empty.__bases__, Empty.__mro__)
print(type(e) is Empty, isinstance(e, Empty), issubclass(Empty, object))

class A:
    attr = "class"
    def __init__(self, value): self.value = value
    def method(self): return self.value
    def __repr__(self): return f"A({self.value!r})"

a = A(1)
print(a, a.method(), A.method(a), a.attr)
a.attr = "instance"
print(a.attr, A.attr)
del a.attr
print(a.attr)
for expression in ["a.missing", "A.missing", "A()", "A(1, 2)", "a.method(1)", "A.method()", "a()", "a[0]", "len(a)", "a + 1", "1 + a", "a < a", "iter(a)", "a.value.x", "del_(a)", "None.x", "a @ a", "-a", "a[0:1]", "a in a", "1 in a", "a()()"]:
    def del_(o): del o.nothing
    try:
        print(expression, eval(expression))
    except Exception as error:
        print(expression, "->", type(error).__name__, error)
class B(A):
    def method(self): return "B" + str(super().method())
class C(A):
    def method(self): return "C" + str(super().method())
class D(B, C):
    def method(self): return "D" + super().method()
print(D(5).method(), [k.__name__ for k in D.__mro__])
try:
    class Bad(A, D): pass
except TypeError as error:
    print(error)
try:
    class Twice(A, A): pass
except TypeError as error:
    print(error)
try:
    class NotBase(1): pass
except TypeError as error:
    print(error)
try:
    class Final(bool): pass
except TypeError as error:
    print(error)
print(D.__subclasses__(), A.__subclasses__())
class Init:
    def __init__(self): return 1
try:
    Init()
except TypeError as error:
    print(error)
class New:
    made = 0
    def __new__(cls, *args):
        cls.made += 1
        self = super().__new__(cls)
        self.args = args
        return self
print(New(1, 2).args, New.made)
class Other:
    def __new__(cls): return 42
    def __init__(self): print("never")
print(Other())
class Meta(type):
    def __call__(cls, *args): return "called", args
class WithMeta(metaclass=Meta): pass
print(WithMeta(1))
a.__class__ = B
print(a.method())
try:
    a.__class__ = int
except TypeError as error:
    print(error)
class Sub(Empty): pass
e.__class__ = Sub
print(type(e).__name__)
def function(self): return "attached", self.value
A.attached = function
print(a.attached())
a.own = lambda: "own"
print(a.own())
print(A.__dict__["method"], a.method.__self__ is a, a.method.__func__ is B.method, a.method == a.method, a.method is a.method)
setattr(a, "with space", 1)
print(getattr(a, "with space"), hasattr(a, "nope"), getattr(a, "nope", "default"), vars(a))
try:
    getattr(a, 1)
except TypeError as error:
    print(error)
class Doc:
    """Docs."""
print(Doc.__doc__, Empty.__doc__, type("Dyn", (A,), {"k": 1}).k)
print(sorted(k for k in vars(Doc) if k != "__firstlineno__"))
class Slotted:
    __slots__ = ("a", "b")
s = Slotted()
s.a = 1
print(s.a)
for name in ["b", "c"]:
    try:
        getattr(s, name)
    except AttributeError as error:
        print(error)
try:
    s.c = 1
except AttributeError as error:
    print(error)
try:
    del s.b
except AttributeError as error:
    print(error)
print(Slotted.a, hasattr(s, "__dict__"))
class SubSlot(Slotted):
    __slots__ = ("d", "__dict__")
ss = SubSlot(); ss.z = 1; ss.a = 2; ss.d = 3
print(ss.__dict__, ss.a, ss.d)
for text in ["class X: __slots__ = ['1']", "class X:\n __slots__ = ('a',)\n a = 1", "class X: __slots__ = [1]", "class X(int): __slots__ = 'a'\nX(1).a = 5", "class X(tuple): __slots__ = 'a'"]:
    try:
        exec(text)
        print("fine")
    except Exception as error:
        print(type(error).__name__, error)
