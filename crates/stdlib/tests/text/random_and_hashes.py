# The sequence of the random number generator, and hashes.
import _random, _md5, _sha1, _sha2
r=_random.Random(1)
print(r.random(), r.getrandbits(5), r.getrandbits(64), r.getrandbits(100), r.getrandbits(32), r.getrandbits(0))
for s in (0,-5,2**70,'x' and 3.5,(1,2),-2**100): 
    r.seed(s); print(r.random(), r.getstate()[:3], r.getstate()[-1])
st=r.getstate(); a=[r.random() for _ in range(700)]; r.setstate(st); print(a==[r.random() for _ in range(700)], a[-1])
for f in (lambda: r.setstate([]), lambda: r.setstate((1,)), lambda: r.setstate((0,)*624+(700,)), lambda: r.setstate((0,)*624+(-1,)), lambda: r.setstate((-1,)*625), lambda: r.setstate((2**64,)*625), lambda: r.setstate(('x',)*625), lambda: r.getrandbits(-1), lambda: r.getrandbits(1.0), lambda: r.seed([]), lambda:r.seed(1,2), lambda: _random.Random(1,2), lambda: r.getrandbits(2**70)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
_random.Random().random(); _random.Random(None)
import random
random.seed(1); print(random.random(), random.randint(1,10), random.choice('abc'), random.sample(range(100),5), random.gauss(0,1)); random.seed('hello'); print(random.random()); x=[1,2,3,4]; random.shuffle(x); print(x, random.uniform(1,2), random.randbytes(5), random.betavariate(1,2), random.choices('ab',k=5), random.expovariate(), random.triangular())
for f in (_md5.md5,_sha1.sha1,_sha2.sha224,_sha2.sha256,_sha2.sha384,_sha2.sha512):
    h=f(b'abc'); c=h.copy(); h.update(bytearray(b'def')); print(h.name,h.digest_size,h.block_size,h.hexdigest(),c.digest()[:4], type(h).__name__, f(data=b'x').hexdigest()[:8], f(string=b'x').hexdigest()[:8], f(usedforsecurity=False).hexdigest()[:8])
for g in (lambda: _md5.md5('x'), lambda: _md5.md5(3), lambda: _md5.md5(b'',string=b''), lambda: type(_md5.md5())(), lambda: _md5.md5().update()):
    try: print(g())
    except Exception as e: print(type(e).__name__, e)
