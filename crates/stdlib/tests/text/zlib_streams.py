# Compression and decompression, at once and piece by piece.
import zlib
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)
data=b'hello world '*50+bytes(range(256))
for l in (-1,0,1,6,9): 
    for w in (15,-15,31,9,-9):
        c=zlib.compress(data,l,w); print(zlib.decompress(c,w)==data, len(c)<900)
t(zlib.compress,data,10); t(zlib.compress,data,-2); t(zlib.compress,data,6,99); t(zlib.compress,'x')
c=zlib.compress(data)
print(zlib.decompress(c)==data, zlib.decompress(c,47)==data, zlib.decompress(zlib.compress(data,wbits=31),47)==data, zlib.decompress(c,0)==data, zlib.decompress(c,bufsize=1)==data)
t(zlib.decompress,c[:-1]); t(zlib.decompress,c[:20]); t(zlib.decompress,b''); t(zlib.decompress,b'x'); t(zlib.decompress,b'xx'); t(zlib.decompress,c+b'tail'); t(zlib.decompress,c,-15); t(zlib.decompress,c,31); t(zlib.decompress,c,bufsize=0); t(zlib.decompress,c,bufsize=-1); t(zlib.decompress,c,100)
bad=bytearray(c); bad[-1]^=1; t(zlib.decompress,bad); bad=bytearray(c); bad[2]=0xff; t(zlib.decompress,bad); t(zlib.decompress,'x')
co=zlib.compressobj(); o=co.compress(data); o+=co.flush(zlib.Z_SYNC_FLUSH); o+=co.compress(b'more'); o+=co.flush(); print(zlib.decompress(o)==data+b'more'); t(co.flush); t(co.compress,b'x')
co=zlib.compressobj(9,zlib.DEFLATED,-15,9,zlib.Z_DEFAULT_STRATEGY); o=co.compress(data); print(zlib.decompress(o+co.flush(),-15)==data)
co=zlib.compressobj(); print(zlib.decompress(co.compress(data)+co.flush(zlib.Z_FULL_FLUSH)+co.flush(zlib.Z_FINISH))==data); print(type(co))
d=zlib.decompressobj(); print(d.decompress(c)==data,d.eof,d.unused_data,d.unconsumed_tail,d.flush())
d=zlib.decompressobj(); o=b''.join(d.decompress(c[i:i+1]) for i in range(len(c))); print(o==data,d.eof)
d=zlib.decompressobj(); o=d.decompress(c+b'tail'); print(o==data,d.unused_data,d.eof); print(d.decompress(b'more'),d.unused_data)
d=zlib.decompressobj(); o=d.decompress(c,10); print(o,len(d.unconsumed_tail)>0,d.eof); o2=o
while d.unconsumed_tail: x=d.decompress(d.unconsumed_tail,100); assert len(x)<=100; o2+=x
o2+=d.flush(); print(o2==data,d.eof)
t(zlib.decompressobj().decompress,c,-1); t(zlib.decompressobj().flush,0); t(zlib.decompressobj().decompress,b'garbage'); t(zlib.compressobj,10); t(zlib.compressobj,6,7); t(zlib.compressobj,wbits=3); t(zlib.decompressobj,100)
d=zlib.decompressobj(); print(d.decompress(c[:-4])==data,d.eof, d.flush(), d.eof)
print(zlib.adler32(b'abc'),zlib.adler32(b'abc',5),zlib.crc32(b'abc'),zlib.crc32(b'abc',7),zlib.adler32(b'',-1),zlib.adler32(data*100), zlib.adler32(b''), zlib.crc32(b''))
d=zlib._ZlibDecompressor(); print(d.decompress(c,10),d.needs_input,d.eof); o=d.decompress(b''); print(len(o),d.needs_input,d.eof,d.unused_data); t(d.decompress,b'x')
d=zlib._ZlibDecompressor(); print(d.decompress(c[:20])[:5],d.needs_input); print(len(d.decompress(c[20:]+b'zz')),d.unused_data,d.eof)
t(zlib.error,'x'); print(zlib.error.__mro__[1]); g=zlib.compress(b'a',wbits=31); print(g[:2], zlib.decompress(g,31)); 
d=zlib.decompressobj(31); print(d.decompress(g+g),d.unused_data==g,d.eof); bad=bytearray(g); bad[-5]^=1; t(zlib.decompress,bytes(bad),31); bad=bytearray(g); bad[-1]^=1; t(zlib.decompress,bytes(bad),31); t(zlib.decompress,b'\x1f\x8b\x07'+g[3:],31)
import gzip, io
print(gzip.decompress(gzip.compress(data))==data)
b=io.BytesIO()
with gzip.GzipFile(fileobj=b,mode='wb') as f: f.write(data)
b.seek(0); print(gzip.GzipFile(fileobj=b).read()==data)
z=zlib.compressobj(zdict=b'hello world'); o=z.compress(data)+z.flush()
print(zlib.decompressobj(zdict=b'hello world').decompress(o)==data); t(zlib.decompressobj().decompress,o); 
z=zlib.compressobj(wbits=-15,zdict=b'hello world'); o=z.compress(data)+z.flush(); print(zlib.decompressobj(-15,zdict=b'hello world').decompress(o)==data)
