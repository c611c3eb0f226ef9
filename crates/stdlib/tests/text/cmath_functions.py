# Functions of complex numbers at ordinary and at special points.
import cmath
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)
inf=float('inf'); nan=float('nan')
pts=[0j,1,-1-0.5j,complex(inf,nan),complex(-inf,1),complex(0,inf),complex(nan,nan),1e308+1e308j,complex(-0.0,-0.0),800+1j,'x']
for f in (cmath.acos,cmath.acosh,cmath.asin,cmath.asinh,cmath.atan,cmath.atanh,cmath.cos,cmath.cosh,cmath.exp,cmath.log,cmath.log10,cmath.sin,cmath.sinh,cmath.sqrt,cmath.tan,cmath.tanh,cmath.phase,cmath.polar,cmath.isfinite,cmath.isinf,cmath.isnan):
    for x in pts: t(f,x)
t(cmath.rect,1,2); t(cmath.rect,inf,0); t(cmath.rect,inf,inf); t(cmath.rect,1,inf); t(cmath.log,8,2); t(cmath.log,0); t(cmath.log,1,0); t(cmath.isclose,1,1+1e-12j); t(cmath.isclose,1,2,rel_tol=-1); t(cmath.isclose,1+1j,1.1+1j,rel_tol=.2,abs_tol=0); t(cmath.log,8,1); t(cmath.atanh,1); t(cmath.atan,1j); t(cmath.polar,10**400)
class C:
    def __complex__(self): return 3+4j
t(cmath.sqrt,C()); t(abs,C().__complex__())
print(cmath.infj,cmath.nanj,cmath.pi,cmath.tau,cmath.e,cmath.inf,cmath.nan)
