trace = []

def named(name):
    trace.append(f"make {name}")
    def decorate(function):
        trace.append(f"apply {name} to {function.__name__}")
        def wrapper(*args):
            return f"{name}({function(*args)})"
        wrapper.__name__ = function.__name__ + "'"
        return wrapper
    return decorate

@named("a")
@named("b")
def f(x):
    return x

print(trace)
print(f(1), f.__name__)

def tag(cls):
    cls.tag = cls.__name__.lower()
    return cls

@tag
class Tagged:
    @staticmethod
    def s(x): return "static", x
    @classmethod
    def c(cls, x): return cls.__name__, x
    @property
    def p(self): return self._p
    @p.setter
    def p(self, value): self._p = value * 2
    @p.deleter
    def p(self): del self._p

t = Tagged()
print(Tagged.tag, t.s(1), Tagged.s(2), t.c(3), Tagged.c(4))
t.p = 5
print(t.p)
del t.p
try:
    t.p
except AttributeError as error:
    print(error)
class ReadOnly:
    @property
    def value(self):
        "The value."
        return 1
try:
    ReadOnly().value = 2
except AttributeError as error:
    print(error)
try:
    del ReadOnly().value
except AttributeError as error:
    print(error)
print(ReadOnly.value.__doc__, ReadOnly.value.fset, ReadOnly.value.fget(None))
functions = [lambda x, i=i: x + i for i in range(3)]
print([g(10) for g in functions])
@(lambda f: [f])
def listed(): return 1
print(listed[0]())
print((lambda f: f)(abs)(-3))
