# Assigning __bases__ renews orders and slots of all classes below, and refuses cycles that an mro() sneaks in.
class A:
    def __len__(self): return 1
class B:
    def __len__(self): return 2
    def __del__(self): print('del')
class C(A): pass
class D(C): pass
d = D(); print(len(d)); C.__bases__ = (B,); print(len(d), [c.__name__ for c in D.__mro__])
print(A.__subclasses__(), B.__subclasses__()); del d
for bases in ((), [B], (1,), (D,), (C,)):
    try: C.__bases__ = bases
    except TypeError as e: print(e)

class M(type):
    on = False
    def mro(cls):
        if M.on:
            if cls.__name__ == 'B1': B2.__bases__ = (B1,)
            if cls.__name__ == 'B2': B1.__bases__ = (B2,)
        return type.mro(cls)
class Top(metaclass=M): pass
class B1(Top): pass
class B2(Top): pass
M.on = True
try: B1.__bases__ += ()
except TypeError as e: print(e)
M.on = False
print(B1.__bases__, B2.__bases__)

# Through a second base, which the chain of first bases does not show.
class N(type):
    on = False
    def mro(cls):
        if N.on and cls.__name__ == 'Y':
            N.on = False
            X.__bases__ = (Y,)
        return type.mro(cls)
class Base(metaclass=N): pass
class X(Base): pass
class Y(Base): pass
N.on = True
try: Y.__bases__ = (Base, X)
except TypeError as e: print('TypeError')
print(isinstance(X(), Base), isinstance(Y(), Base))

# A failing mro() leaves everything as it was.
class F(type):
    fail = False
    def mro(cls):
        if F.fail and cls.__name__ == 'Q': raise KeyError('no')
        return type.mro(cls)
class O(metaclass=F): pass
class P(O): pass
class Q(P): pass
class R(metaclass=F): pass
F.fail = True
try: P.__bases__ = (R,)
except KeyError as e: print(e)
print(P.__bases__, P.__mro__, Q.__mro__, O.__subclasses__(), R.__subclasses__())
