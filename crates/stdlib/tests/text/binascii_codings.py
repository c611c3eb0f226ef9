# Bytes as text and back.
import binascii
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)
B=binascii
for x in (b'',b'YQ==',b'YWI=',b'YWJj',b'YQ',b'Y',b'YQ=',b'YQ==YQ==',b'YW\nJj',b'@@YWJj',b'=YWJj',b'Y=WJj',b'YWJj=',b'YWJj==',b'YQ==a','YQ==','é',b'YWJjYW',b'YWJjY',b'YQ===', b'Y===', b'YW=J', b'====', b'\xff\xffYQ==', b'YWJjZA=', b'YQ==\n', b'YQ= ='):
    t(B.a2b_base64,x); t(B.a2b_base64,x,strict_mode=True)
t(B.b2a_base64,b'abc'); t(B.b2a_base64,b'ab',newline=False); t(B.b2a_base64,'a'); t(B.b2a_base64,b'')
t(B.hexlify,b'\xb9\x01\xef'); t(B.hexlify,b'\xb9\x01\xef',':'); t(B.hexlify,b'\xb9\x01\xef',':',2); t(B.hexlify,b'\xb9\x01\xef',b'_',-2); t(B.hexlify,b'abc','xx'); t(B.hexlify,b'abc','é'); t(B.hexlify,b'abc',3); t(B.hexlify,'x'); t(B.b2a_hex,memoryview(b'ab')); t(B.hexlify,b'abc','-',0); t(B.hexlify,b'abcd',sep='-',bytes_per_sep=3); t(B.hexlify,b'','-')
t(B.unhexlify,b'b901EF'); t(B.unhexlify,'b9'); t(B.unhexlify,'b'); t(B.unhexlify,'zz'); t(B.unhexlify,'é0'); t(B.unhexlify,3); t(B.a2b_hex, 'b9 01')
t(B.crc32,b'abc'); t(B.crc32,b'abc',5); t(B.crc32,b'abc',-1); t(B.crc32,b'abc',2**40); t(B.crc_hqx,b'abc',0); t(B.crc_hqx,b'abc',70000); t(B.crc_hqx,b'abc'); t(B.crc32,'a')
for x in (b'',b'a',b'abc',b'x'*45,b'x'*46,b'\0\xff '): t(B.b2a_uu,x); t(B.b2a_uu,x,backtick=True)
for x in (b'',b' \n',b'#86)C\n',b'#86)C',b'#86)\x7f\n',b'\x7f',b'!86)C\n', b'`\n', b'#86)Czz\n','#86)C\n', b'#8', b'$``\n', b'"86)C  \n', b'!  \x80'): t(B.a2b_uu,x)
for x in (b'a=3Db',b'a=\nb',b'a=\r\nb',b'a=3',b'a=',b'a_b',b'a=zz',b'a==b',b'=41=42c', b'a=\rb', b'a= \nb', '=41', b'= 41'): t(B.a2b_qp,x); t(B.a2b_qp,x,header=True)
for x in (b'a=b',b'a b \n',b'tab\t',b'x'*80,b'\xff\0',b'a_b',b'a\r\nb',b'.\n',b'..',b'a \r\n', b'\n.\nx', b'x'*75+b'=', b' ', b'a\rb', b'x'*76+b'\r\n', b'x'*74+b'\xff\xff', b'From\n'): 
    t(B.b2a_qp,x); t(B.b2a_qp,x,quotetabs=True); t(B.b2a_qp,x,istext=False); t(B.b2a_qp,x,header=True)
print(B.Error.__mro__,B.Incomplete.__mro__)
