# All formats of struct, at their bounds.
import struct
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)
p=struct.pack; u=struct.unpack
for c in 'xcbB?hHiIlLqQnNefdspPFD':
    for o in ('','@','=','<','>','!'):
        t(struct.calcsize,o+c)
for c in 'bBhHiIlLqQnNP':
    for v in (0,1,-1,127,128,255,256,-128,-129,32767,32768,65535,65536,-32769,2**31-1,2**31,2**32-1,2**32,-2**31-1,2**63-1,2**63,2**64-1,2**64,-2**63,-2**63-1,1.0,'x',None,10**30,True):
        t(p,c,v); 
        if c!='n' and c!='N' and c!='P': t(p,'>'+c,v)
for c in 'efd':
    for v in (0,1.5,-0.0,1e400,1e39,float('nan'),float('inf'),65504,65520,1e-8,'x',10**400,3):
        t(p,'<'+c,v); t(p,'>'+c,v)
t(p,'c',b'a'); t(p,'c',b'ab'); t(p,'c','a'); t(p,'?',[]); t(p,'?','x'); t(p,'3s',b'abcd'); t(p,'3s',b'a'); t(p,'s',b'a'); t(p,'0s',b'a'); t(p,'5p',b'abcdefg'); t(p,'p',b'abc'); t(p,'3s','abc'); t(p,'3s',bytearray(b'xy')); t(p,'300p',b'x'*400); t(p,'3x'); t(p,'0p',b'x')
t(p,'bhilq',1,2,3,4,5); t(p,'<bhilq',1,2,3,4,5); t(p,'b0l',1); t(p,'ib 2h',1,2,3,4); t(p,'2i',1); t(p,'i'); t(p,'i',1,2); t(p,'z'); t(p,'<n',1); t(p,'3'); t(p,'i3'); t(p,b'i',1); t(p,3); t(p); t(p,'é'); t(p,'i\0'); t(p,'99999999999999999999i'); t(p,'9223372036854775807i'); t(p, '<i <i', 1,2)
t(u,'i',b'abcd'); t(u,'i',b'abc'); t(u,'<hB',b'\xff\xff\x01'); t(u,'?',b'\x02'); t(u,'3s2p',b'abc\x05d'); t(u,'c',b'x'); t(u,'e',b'\x00\x3c'); t(u,'>f',b'\x3f\x80\0\0'); t(u,'<d',b'\0'*8); t(u,'<q',b'\xff'*8); t(u,'<Q',b'\xff'*8); t(u,'i','abcd'); t(u,'i',memoryview(b'\1\0\0\0')); t(u,'5p',b'\xffabcd'); t(u,'0p',b''); t(u,'3x',b'abc'); t(u,'i'); t(u,'<Lf', bytes(8))
t(struct.unpack_from,'<h',b'abcd',1); t(struct.unpack_from,'<h',b'abcd',-2); t(struct.unpack_from,'<h',b'abcd',3); t(struct.unpack_from,'<h',b'abcd',-1); t(struct.unpack_from,'<h',b'abcd',-9); t(struct.unpack_from,'<h',buffer=b'ab'); t(struct.unpack_from,'<h',b'ab',offset=1); t(struct.unpack_from,'<h',b'ab',10)
b=bytearray(6)
t(struct.pack_into,'<h',b,1,258); print(b); t(struct.pack_into,'<h',b,-2,-1); print(b); t(struct.pack_into,'<h',b,5,1); t(struct.pack_into,'<h',b,-1,1); t(struct.pack_into,'<h',b,-10,1); t(struct.pack_into,'<h',b'abcdef',0,1); t(struct.pack_into,'<h',b,100,1); t(struct.pack_into,'<h',b); t(struct.pack_into,'<h'); t(struct.pack_into,'<h',b,0); t(struct.pack_into,'<h',b,0,1,2); t(struct.pack_into,'<h',b,'x',2)
t(list,struct.iter_unpack('<h',b'abcd')); t(struct.iter_unpack,'<h',b'abc'); t(struct.iter_unpack,'',b''); it=struct.iter_unpack('<h',b'abcd'); print(it.__length_hint__(),next(it),it.__length_hint__(), type(it).__name__)
S=struct.Struct('<hi'); print(S.size,S.format,S.pack(1,2),S.unpack(S.pack(3,4)),S.unpack_from(b'xx'+S.pack(3,4),2)); S.pack_into(b,0,1,2); print(b,list(S.iter_unpack(bytes(12))))
t(S.pack,1); t(S.unpack,b'a'); t(struct.Struct,'z'); t(struct.Struct); t(struct.Struct,b'i'); t(struct.Struct,3)
class I:
    def __index__(self): return 5
t(p,'i',I()); t(p,'d',I()); print(struct.error, struct.error.__mro__[1]); t(p,'P',-1); t(p,'n',-1); print(struct.Struct('i').__sizeof__()>0)
t(p,'F',1+2j); t(p,'<D',1); t(u,'<F',bytes(8)); t(p,'D','x'); t(p,'F',1e300)
