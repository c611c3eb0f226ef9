# Functions of real numbers and integers: values, and what they refuse.
import math
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)

inf=math.inf; nan=math.nan
for f in (math.acos,math.acosh,math.asin,math.asinh,math.atan,math.atanh,math.cos,math.cosh,math.erf,math.exp,math.exp2,math.expm1,math.fabs,math.gamma,math.lgamma,math.log,math.log10,math.log1p,math.log2,math.sin,math.sinh,math.sqrt,math.tan,math.tanh,math.ulp,math.degrees,math.radians,math.frexp,math.modf,math.floor,math.ceil,math.trunc,math.isqrt,math.factorial):
    for x in (-2.0,0.0,1.0,1000.0,1e308,inf,-inf,nan,-1.0): t(f,x)
    t(f,'x')
    if f not in (math.isqrt,math.floor,math.ceil,math.trunc): t(f,10**400)
t(math.log,8,2); t(math.log,8,0); t(math.log,-8,2); t(math.log,8,1); t(math.log,10**400,10); t(math.log,10**400,-1); t(math.log,-10**400); t(math.log,0); t(math.log); t(math.log,1,2,3); t(math.log,2,0.0); t(math.log10,0);t(math.log2,-10**400); t(math.log1p,-1); t(math.log1p,-5)
t(math.pow,0.0,-1.0); t(math.pow,-1.0,0.5); t(math.pow,1e300,2); t(math.pow,2,3); t(math.pow,0,-inf); t(math.pow,-inf,3)
t(math.fmod,1,0); t(math.fmod,inf,1); t(math.fmod,5,3); t(math.fmod,5,inf); t(math.remainder,5,3); t(math.remainder,1,0); t(math.remainder,inf,1);t(math.remainder,1,inf)
t(math.ldexp,1.0,10); t(math.ldexp,1.0,100000); t(math.ldexp,1.0,10**30);t(math.ldexp,1.0,-10**30);t(math.ldexp,1.0,1.0); t(math.ldexp,inf,10**30)
t(math.fsum,[0.1]*10); t(math.fsum,[1e308,1e308]); t(math.fsum,[inf,-inf]); t(math.fsum,[inf,1]); t(math.fsum,['x']); t(math.fsum,3); t(math.fsum,[10**400])
t(math.gcd); t(math.gcd,12,18,-27); t(math.gcd,2.0,3); t(math.lcm); t(math.lcm,4,6,0); t(math.lcm,4,-6); t(math.gcd,10**50,10**30*7); t(math.gcd,0); t(math.gcd,-5); t(math.lcm,2**62,3**40,7); t(math.gcd,-2**63,-2**64,6)
t(math.comb,5,2); t(math.comb,5,7); t(math.comb,-1,2); t(math.comb,2,-1); t(math.comb,100,50); t(math.comb,10**30,2); t(math.comb,2,10**30); t(math.comb,10**30,10**30); t(math.comb,2.0,1); t(math.comb,10**40,10**20)
t(math.perm,5,2); t(math.perm,5); t(math.perm,-5); t(math.perm,5,-1); t(math.perm,5,7); t(math.perm,5,None); t(math.perm,10**30,2); t(math.perm,10**30,10**20); t(math.perm,2,10**30); t(math.perm,10**30)
t(math.factorial,20); t(math.factorial,30); t(math.factorial,10**30); t(math.factorial,-1); t(math.factorial,-10**30)
t(math.isqrt,10**40); t(math.isqrt,-1); t(math.isqrt,17); t(math.isqrt,2**64-1); t(math.isqrt,2**128-1)
t(math.hypot,3,4); t(math.hypot); t(math.hypot,inf,nan); t(math.hypot,1e308,1e308); t(math.hypot,1e-320,1e-320); t(math.hypot,'x'); t(math.hypot,*[1]*20)
t(math.dist,[1,2],[3,4]); t(math.dist,[1],[1,2]); t(math.dist,(i for i in [1,2]),(3,4)); t(math.dist,1,2); t(math.dist,[],[])
t(math.prod,[1,2,3]); t(math.prod,[1.5,2],start=2); t(math.prod,['a',3]); t(math.prod,[3],start='a'); t(math.prod,3); t(math.prod,[10**20,10**20]); t(math.prod,[]); t(math.prod, [2**62,4,0.5])
t(math.sumprod,[1,2],[3,4]); t(math.sumprod,[1],[1,2]); t(math.sumprod,[0.1]*10,[1]*10); t(math.sumprod,['a'],[3]); t(math.sumprod,[10**20],[10**20]); t(math.sumprod,[1.5,2**70],[2,3]); t(math.sumprod,3,[]); t(math.sumprod,[True],[2]); t(math.sumprod, [1e308,1e308],[10,-10]); t(math.sumprod,[],[]); t(math.sumprod,[10,20,30],[0.1,0.2,0.3])
t(math.nextafter,1.0,2.0); t(math.nextafter,1.0,2.0,steps=5); t(math.nextafter,1.0,2.0,steps=-1); t(math.nextafter,0.0,-1.0); t(math.nextafter,1.0,inf,steps=10**30); t(math.nextafter,1.0,nan); t(math.nextafter, 1,2,steps=1.0); t(math.nextafter,-1.0,1.0,steps=2**63+5)
t(math.fma,2,3,4); t(math.fma,inf,0,1); t(math.fma,1e308,10,-inf); t(math.fma,1e308,10,1); t(math.fma,inf,1,-inf); t(math.fma,nan,0,0); t(math.fma,inf,0,nan)
t(math.isclose,1,1+1e-10); t(math.isclose,1,2,rel_tol=-1); t(math.isclose,1,1.1,rel_tol=0.2); t(math.isclose,inf,inf); t(math.isclose,0,1e-12,abs_tol=1e-10); t(math.isfinite,1); t(math.isnan,nan); t(math.isinf,inf); t(math.copysign,1,-0.0); t(math.atan2,1,-1); t(math.atan2,0.0,-0.0); t(math.isnan,10**400); t(math.erfc,0.0)
class F:
    def __float__(self): return 2.5
    def __floor__(self): return 'fl'
    def __ceil__(self): return 'ce'
    def __trunc__(self): return 'tr'
class I:
    def __index__(self): return 7
t(math.floor,F()); t(math.ceil,F()); t(math.trunc,F()); t(math.sqrt,F()); t(math.sqrt,I()); t(math.gcd,I(),14); t(math.floor,I()); t(math.trunc,I()); t(math.trunc,'x'); t(math.factorial,I()); t(math.comb,I(),2); t(math.floor,1e20); t(math.log,I()); t(math.trunc,True)
