import sys
def survive(name, f):
    # How deep native code may nest differs: it returns or raises.
    try:
        f()
    except RecursionError:
        pass
    print(name, "survived")
def attempt(name, f):
    try:
        f()
        print(name, "returned")
    except RecursionError:
        print(name, "RecursionError")
    except Exception as e:
        print(name, type(e).__name__)
l = []
for _ in range(6_000): l = [l]
m = []
for _ in range(6_000): m = [m]
d = {}
for _ in range(6_000): d = {1: d}
t = ()
for _ in range(6_000): t = (t,)
t2 = ()
for _ in range(6_000): t2 = (t2,)
survive("repr list", lambda: repr(l))
survive("str dict", lambda: str(d))
survive("repr tuple", lambda: repr(t))
survive("list ==", lambda: l == m)
survive("list <", lambda: l < m)
survive("tuple ==", lambda: t == t2)
survive("hash tuple", lambda: hash(t))
survive("format", lambda: f"{l}")
survive("percent", lambda: "%s" % l)
survive("in", lambda: m in [l])
class R:
    def __repr__(self): return repr(self)
    def __str__(self): return str(self)
    def __eq__(self, o): return self == o
    def __hash__(self): return hash(self)
    def __lt__(self, o): return self < o
    def __call__(self): return self()
    def __add__(self, o): return self + o
    def __radd__(self, o): return o + self
    def __neg__(self): return -self
    def __getitem__(self, i): return self[i]
    def __setitem__(self, i, v): self[i] = v
    def __delitem__(self, i): del self[i]
    def __len__(self): return len(self)
    def __bool__(self): return bool(self)
    def __iter__(self): return iter(self)
    def __next__(self): return next(self)
    def __contains__(self, x): return x in self
    def __int__(self): return int(self)
    def __float__(self): return float(self)
    def __index__(self): return [1][self]
    def __format__(self, s): return format(self, s)
    def __enter__(self):
        with self: pass
    def __exit__(self, *a): pass
    def __getattr__(self, n): return getattr(self, n)
    def __setattr__(self, n, v): setattr(self, n, v)
    def __delattr__(self, n): delattr(self, n)
    def __instancecheck__(self, x): return isinstance(x, self)
    def __subclasscheck__(self, x): return issubclass(x, self)
    def __bytes__(self): return bytes(self)
    def __complex__(self): return complex(self)
    def __round__(self, n=None): return round(self)
    def __dir__(self): return dir(self)
    def __reversed__(self): return reversed(self)
    def __abs__(self): return abs(self)
    def __divmod__(self, o): return divmod(self, o)
    def __pow__(self, o): return pow(self, o)
    def __iadd__(self, o): self += o; return self
    @property
    def p(self): return self.p
r = R()
for name, f in {"repr": lambda: repr(r), "str": lambda: str(r), "eq": lambda: r == r, "hash": lambda: hash(r), "lt": lambda: r < r, "call": lambda: r(), "add": lambda: r + 1, "radd": lambda: 1 + r, "neg": lambda: -r, "getitem": lambda: r[0], "setitem": lambda: r.__setitem__(0, 1), "delitem": lambda: r.__delitem__(0), "len": lambda: len(r), "bool": lambda: bool(r), "iter": lambda: iter(r), "next": lambda: next(r), "contains": lambda: 1 in r, "int": lambda: int(r), "float": lambda: float(r), "index": lambda: [1][r], "format": lambda: f"{r}", "getattr": lambda: r.zzz, "setattr": lambda: setattr(r, "a", 1), "delattr": lambda: delattr(r, "a"), "isinstance": lambda: isinstance(1, r), "issubclass": lambda: issubclass(int, r), "bytes": lambda: bytes(r), "complex": lambda: complex(r), "round": lambda: round(r), "dir": lambda: dir(r), "reversed": lambda: reversed(r), "abs": lambda: abs(r), "divmod": lambda: divmod(r, 1), "pow": lambda: r ** 2, "property": lambda: r.p, "enter": r.__enter__, "sorted": lambda: sorted([r, r]), "max": lambda: max(r, r), "list in": lambda: r in [R()], "dict": lambda: {r: 1}, "set": lambda: {r}, "str.format": lambda: "{}".format(r), "join": lambda: ",".join(r), "sum": lambda: sum([r]), "unpack": lambda: [*r], "map": lambda: list(map(r, [1])), "index arg": lambda: range(r)}.items():
    attempt(name, f)
def key(x): return sorted([1, 2], key=key)
attempt("sort key", lambda: key(1))
class Desc:
    def __get__(self, i, o): return i.d
class HasDesc: d = Desc()
attempt("descriptor", lambda: HasDesc().d)
class Ga:
    def __getattribute__(self, n): return getattr(self, n)
attempt("getattribute", lambda: Ga().x)
class Meta(type):
    def __call__(cls): return cls()
class HasMeta(metaclass=Meta): pass
attempt("metaclass call", HasMeta)
class Init:
    def __init__(self): Init()
attempt("init", Init)
class NewR:
    def __new__(cls): return NewR()
attempt("new", NewR)
def gen():
    yield from gen()
attempt("yield from", lambda: list(gen()))
def dec(f): return dec(f)
attempt("decorator", lambda: dec(1))
def ex():
    try: raise ExceptionGroup("g", [ValueError()])
    except* ValueError: ex()
attempt("except*", ex)
def fin():
    try: fin()
    finally: pass
attempt("finally", fin)
def comp(): return [comp() for _ in [1]]
attempt("comprehension", comp)
def lam(): return (lambda: lam())()
attempt("lambda", lam)
def ev(): return eval("ev()")
attempt("eval", ev)
async def co(): await co()
attempt("await", lambda: co().send(None))
def mapped(x): return list(map(mapped, [x]))
attempt("map function", lambda: mapped(1))
def filt(x): return list(filter(filt, [x]))
attempt("filter function", lambda: filt(1))
import functools
attempt("partial", lambda: (p := functools.partial(lambda: p()))())
class Sub(dict):
    def __missing__(self, k): return self[k]
attempt("missing", lambda: Sub()[1])
class Hook:
    def __set_name__(self, o, n): type("X", (), {"h": Hook()})
attempt("set_name", lambda: type("X", (), {"h": Hook()}))
class Sc:
    def __init_subclass__(cls): type("Y", (Sc,), {})
attempt("init_subclass", lambda: type("Z", (Sc,), {}))
class Cl:
    def __class_getitem__(cls, i): return cls[i]
attempt("class_getitem", lambda: Cl[1])
class Eq:
    def __eq__(self, o): return [self] == [Eq()]
attempt("eq through list", lambda: Eq() == Eq())
class Hs:
    def __hash__(self): return hash((self,))
attempt("hash through tuple", lambda: hash(Hs()))
class Rp:
    def __repr__(self): return repr([Rp()])
attempt("repr through list", lambda: repr(Rp()))
class It:
    def __iter__(self): return iter([*It()])
attempt("iter through list", lambda: list(It()))
class Del:
    def __del__(self): pass
def chain(n):
    x = None
    for _ in range(n):
        e = ValueError(); e.__context__ = x; x = e
    return x
attempt("long context", lambda: (_ for _ in ()).throw(chain(6_000)))
u = int
for _ in range(2_000): u = list[u]
survive("repr alias", lambda: repr(u))
survive("hash alias", lambda: hash(u))
survive("isinstance nested tuple", lambda: isinstance(1, t))
survive("issubclass nested tuple", lambda: issubclass(int, t))
s = frozenset()
for _ in range(6_000): s = frozenset([s])
survive("repr frozenset", lambda: repr(s))
import types
ns = types.SimpleNamespace()
for _ in range(6_000): ns = types.SimpleNamespace(a=ns)
survive("repr namespace", lambda: repr(ns))
w = None
for _ in range(6_000): w = slice(w)
survive("repr slice", lambda: repr(w))
survive("hash slice", lambda: hash(w))
g = ValueError()
for _ in range(1_000): g = ExceptionGroup("g", [g])
survive("repr group", lambda: repr(g))
survive("split group", lambda: g.split(KeyError))
survive("subgroup", lambda: g.subgroup(ValueError))
print("end")
