log = []
class Data:
    def __set_name__(self, owner, name):
        self.name = name
        log.append(("set_name", owner.__name__, name))
    def __get__(self, instance, owner):
        if instance is None:
            return "on class", owner.__name__
        return instance.__dict__.get(self.name, "unset")
    def __set__(self, instance, value):
        instance.__dict__[self.name] = ("set", value)
    def __delete__(self, instance):
        del instance.__dict__[self.name]

class NonData:
    def __get__(self, instance, owner=None):
        return "nondata"

class Owner:
    d = Data()
    n = NonData()

print(log)
o = Owner()
print(o.d, Owner.d, o.n, Owner.n)
o.d = 1
print(o.d, o.__dict__)
o.__dict__["d"] = "hidden"
print(o.d)
o.n = "own"
print(o.n)
del o.d
print(o.d)
try:
    del o.d
except KeyError as error:
    print("KeyError", error)

class OnlySet:
    def __set__(self, i, v): i.__dict__["x"] = v
class HasOnlySet:
    x = OnlySet()
h = HasOnlySet()
print(type(h.x).__name__)
h.x = 3
print(h.x)
try:
    del h.x
except AttributeError as error:
    print(error)

class BadName:
    def __set_name__(self, owner, name): raise ValueError("no")
try:
    class Uses:
        bad = BadName()
except ValueError as error:
    print(type(error).__name__, error, error.__notes__)

class Fallback:
    def __getattr__(self, name):
        if name == "boom": raise AttributeError("custom")
        return name.upper()
f = Fallback()
print(f.hello, hasattr(f, "boom"), getattr(f, "boom", 1))
class Everything:
    def __getattribute__(self, name):
        if name == "real":
            return object.__getattribute__(self, "hidden")
        if name == "miss":
            raise AttributeError(name)
        return "all:" + name
    def __getattr__(self, name): return "fallback:" + name
    hidden = "hidden value"
e = Everything()
print(e.x, e.real, e.miss)
class Guard:
    def __setattr__(self, name, value):
        if name.startswith("_"): raise AttributeError("private")
        super().__setattr__(name, value * 2)
    def __delattr__(self, name):
        print("deleting", name)
        object.__delattr__(self, name)
g = Guard()
g.x = 2
print(g.x)
del g.x
try:
    g._x = 1
except AttributeError as error:
    print(error)
try:
    del g.y
except AttributeError as error:
    print(error)
class P:
    def __init__(self): self._v = 0
    v = property(lambda s: s._v, lambda s, x: setattr(s, "_v", x), None, "doc")
p = P()
p.v = 4
print(p.v, P.v.__doc__, P.__dict__["v"].fdel)
class Q(P):
    @P.v.getter
    def v(self): return -self._v
q = Q(); q.v = 5
print(q.v)
class CM:
    @classmethod
    def c(cls): return cls
    @staticmethod
    def s(): return "s"
class CM2(CM): pass
print(CM2.c() is CM2, CM2().c() is CM2, CM2.s(), type(CM.__dict__["c"]).__name__)
print(int.real.__get__(5), str.upper.__get__("a")(), type(CM.__dict__["s"].__func__).__name__)
try:
    int.real.__set__(5, 1)
except AttributeError as error:
    print(error)
class Raises:
    @property
    def p(self): raise AttributeError("inside")
    def __getattr__(self, name): return "getattr " + name
print(Raises().p)
class Lazy:
    def __init__(self, f): self.f = f; self.n = f.__name__
    def __get__(self, i, o):
        v = i.__dict__[self.n] = self.f(i)
        return v
class UseLazy:
    @Lazy
    def value(self):
        print("computed")
        return 7
u = UseLazy()
print(u.value, u.value)
