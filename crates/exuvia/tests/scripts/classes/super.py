class A:
    x = "A.x"
    def f(self): return "A.f"
    @classmethod
    def c(cls): return "A.c " + cls.__name__
    @staticmethod
    def s(): return "A.s"
    @property
    def p(self): return "A.p"
class B(A):
    x = "B.x"
    def f(self): return "B.f " + super().f()
    @classmethod
    def c(cls): return "B.c " + super().c()
    @staticmethod
    def s(): return "B.s " + super(B, B).s()
    @property
    def p(self): return "B.p " + super().p
    def g(self): return super().x, super(B, self).x, super(B, type(self)).x
    def __getattr__(self, n): return "getattr " + n
b = B()
print(b.f(), B.c(), b.c(), B.s(), b.p, b.g())
s = super(B, b); print(s.__thisclass__.__name__, s.__self__ is b, s.__self_class__.__name__, s.f(), s.x, repr(s).split(" object")[0])
def outside(): return super()
for f in (outside, lambda: super(A), lambda: super(B, A()), lambda: super(5, 5), lambda: super(B, b).nope, lambda: super(A, 5)):
    try: print(type(f()).__name__)
    except Exception as e: print(type(e).__name__, e)
class C(B):
    def f(self):
        def inner(): return super(C, self).f()
        return "C.f " + inner()
    def comp(self): return [super(C, self).x for _ in range(1)], [super().f() for _ in range(1)]
    def gen(self): yield super().f()
    def noself():
        try: super()
        except RuntimeError as e: return str(e)
    def deleted(self):
        del self
        try: super()
        except RuntimeError as e: return str(e)
    def rebind(self, other):
        self = other
        return super().f()
c = C(); print(c.f(), c.comp(), list(c.gen()), C.noself(), c.deleted(), c.rebind(C()))
class Set(A):
    def __init__(self): super().__init__(); super().__setattr__("v", 5)
    def __setattr__(self, n, v): raise AttributeError
    def __eq__(self, o): return super().__eq__(o)
    def __hash__(self): return super().__hash__()
    def __repr__(self): return super().__repr__().split(" at")[0]
x = Set(); print(x.v, x == x, x == 5, hash(x) == object.__hash__(x), x)
class D1: 
    def m(self): return ["D1"]
class L(D1):
    def m(self): return ["L"] + super().m()
class R(D1):
    def m(self): return ["R"] + super().m()
class Bot(L, R):
    def m(self): return ["Bot"] + super().m()
print(Bot().m(), Bot.__mro__[1:3])
class Desc:
    def __get__(self, i, o): return i, o.__name__
class WithD: d = Desc()
class SubD(WithD):
    def t(self): return super().d[0] is self, super().d[1]
print(SubD().t())
class M(type):
    def __new__(m, n, b, ns): 
        cls = super().__new__(m, n, b, ns)
        return cls
    def hello(cls): return "meta hello " + super().__repr__()[:6]
class UsesM(metaclass=M):
    def who(self): return __class__.__name__
print(UsesM.hello(), UsesM().who())
class Unbound(A):
    pass
Unbound.sup = super(Unbound)
print(type(Unbound.__dict__["sup"]).__name__, Unbound().sup.f())
class BadNew(type):
    def __new__(m, n, b, ns): return super().__new__(m, n, b, {k: v for k, v in ns.items() if k != "__classcell__"})
try:
    class Loses(metaclass=BadNew):
        def f(self): return __class__
except RuntimeError as e: print(str(e).split(" while")[0])
