class D:
    def __init__(s,n): s.n=n
    def __del__(s): print(s.n,end=" ")
    def __add__(s,o): return 1
    def __iadd__(s,o): return 1
    def __contains__(s,o): return True
    def __getitem__(s,i): return 1
    def __setitem__(s,i,v): pass
    def __delitem__(s,i): pass
    def __getattr__(s,n): return 5
    def __call__(s,*a,**k): return 1
    def __format__(s,f): return ""
D("l")+D("r"); print()
D("l") in D("r"); print()
D("l") is D("r"); print()
D("o")[D("k")]; print()
D("o")[D("k")] = D("v"); print()
del D("o")[D("k")]; print()
D("o").x = D("v"); print()
D("f")(D("a"), D("b")); print()
D("f")(D("a"), k=D("b")); print()
D("f")(*[D("a")], **{"k": D("b")}); print()
f"{D('a')}{D('b')}"; print()
D("a") == D("b") == D("c"); print()
D("a") and D("b"); print()
D("a") if D("b") else 1; print()
[*[D("a")], D("b")]; print()
{D("a"): D("b"), D("c"): D("d")}; print()
len([D("a"), D("b")]); print()
print(D("x").n, D("y").n); print()
isinstance(D("a"), D); print()
D("a").q(D("b")) if 0 else None
[D("a")].append(D("b")); print()
{}.get(D("a"), D("b")); print()
"".join([D("j").n]); print()
slice(D("a"), D("b"), D("c")); print()
(lambda a, b: None)(D("a"), D("b")); print()
(lambda *a: None)(D("a"), D("b")); print()
(lambda **k: None)(a=D("a"), b=D("b")); print()
class C:
    def __init__(self, a, b): self.a = a; self.b = b
    def m(self, x): pass
C(D("a"), D("b")); print()
C(D("a"), 1).m(D("x")); print()
x = D("x1"); x += D("y"); print(x); print()
for i in [D("a"), D("b")]: pass
del i; print()
def g():
    yield from [D("a"), D("b")]
list(g()); print()
assert D("a"); print()
sorted([D("b"), D("a")], key=lambda d: d.n); print()
[d.n for d in [D("a"), D("b")]]; print()
try: raise ValueError(D("v")) from KeyError(D("k"))
except ValueError: pass
print()
