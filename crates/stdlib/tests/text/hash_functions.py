# SHA-3 and BLAKE2, and hashlib on top of all hashes.
import _sha3, _blake2
for n in ('sha3_224','sha3_256','sha3_384','sha3_512'):
    f=getattr(_sha3,n); h=f(b'abc'); h.update(b'x'*1000); print(n,h.name,h.hexdigest(),h.digest_size,h.block_size,h._capacity_bits,h._rate_bits,h._suffix, h.copy().hexdigest()[:6], f().hexdigest()[:8], f(b'a'*136).hexdigest()[:8], f(b'a'*135).hexdigest()[:8])
for n in ('shake_128','shake_256'):
    f=getattr(_sha3,n); h=f(b'abc'); print(n,h.name,h.hexdigest(10),h.digest(200)[-5:],h.digest_size,h.block_size,h._capacity_bits,h._rate_bits,h._suffix,h.hexdigest(0))
    for a in (-1,2**29,2**40,'x'):
        try: h.digest(a); print('ok')
        except Exception as e: print(type(e).__name__,e)
for n in ('blake2b','blake2s'):
    f=getattr(_blake2,n); h=f(b'abc'); h.update(b'y'*300); print(n,h.name,h.hexdigest(),h.digest_size,h.block_size,f.SALT_SIZE,f.PERSON_SIZE,f.MAX_KEY_SIZE,f.MAX_DIGEST_SIZE)
    print(f(digest_size=5).hexdigest(), f(b'x',key=b'k').hexdigest()[:10], f(b'x',salt=b's',person=b'p').hexdigest()[:10], f(b'x',fanout=2,depth=3,leaf_size=4,node_offset=5,node_depth=1,inner_size=6,last_node=True).hexdigest()[:10], f(b'a'*128).hexdigest()[:8], f(b'a'*129).hexdigest()[:8], f(b'a'*64).hexdigest()[:8], f(key=b'k'*32).hexdigest()[:8], h.copy().digest()[:3])
    for k in ({'digest_size':0},{'digest_size':65},{'key':b'k'*65},{'salt':b's'*17},{'person':b'p'*17},{'fanout':256},{'fanout':-1},{'depth':0},{'depth':256},{'leaf_size':-1},{'leaf_size':2**32},{'node_offset':-1},{'node_offset':2**64},{'node_depth':256},{'inner_size':65},{'inner_size':-1},{'foo':1},{'data':'x'}):
        try: f(**k); print('ok')
        except Exception as e: print(k,type(e).__name__,e)
import hashlib
print(sorted(hashlib.algorithms_guaranteed))
for name in sorted(hashlib.algorithms_guaranteed):
    h = hashlib.new(name, b'exuvia')
    print(name, h.hexdigest(8) if name.startswith('shake') else h.hexdigest())
try:
    hashlib.new('nope')
except ValueError as error:
    print(error)
