import types
class D:
    def __set_name__(self, owner, name):
        setattr(owner, name, 42)
class M(type):
    def __setattr__(cls, n, v):
        super().__setattr__(n, v)
    def __repr__(cls):
        raise RuntimeError("not needed")
class A(metaclass=M):
    x = D()
    def m(self): return super().__init__
print(A.__dict__['x'], A.x, 'x' in A.__dict__, '__dict__' in M.__dict__)
A.y = 1
print(A.__dict__['y'], vars(A)['y'])
class N(types.ModuleType):
    def __setattr__(self, n, v): super().__setattr__(n, v)
n = N('n'); n.x = 1
print(sorted(vars(n)), n.__dict__['x'], '__dict__' in N.__dict__)
match {-1: 'a', 2+3j: 'b', -4.5: 'c', -10**2: 'd'}:
    case {-1: a, 2+3j: b, -4.5: c, **rest}: print(a, b, c, rest)
import sys
print(sys.monitoring.get_tool(0), sys.monitoring.events.LINE, sys._jit.is_enabled(), 'typing' in sys.stdlib_module_names)
def f(): return sys._getframemodulename()
print(f(), sys._getframemodulename(1000))
class Order(type):
    def mro(cls):
        print(cls.__mro__, hasattr(cls, 'x'))
        return super().mro()
class Ordered(metaclass=Order):
    x = 1
print(Ordered.x, Ordered.__mro__)
nameless = types.ModuleType('nameless')
del nameless.__name__
print(nameless, hasattr(nameless, 'x'))
blank = types.ModuleType.__new__(types.ModuleType)
print(blank, hasattr(blank, '__name__'), hasattr(blank, 'x'))
