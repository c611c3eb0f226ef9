# What Unicode errors say, whatever their fields are; and what lends its memory.
def t(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
for K,o in ((UnicodeEncodeError,'abc\u1234'),(UnicodeDecodeError,b'abc\xff'),(UnicodeTranslateError,'abc\u1234')):
    t(lambda: str(K.__new__(K)))
    for s,e in ((0,1),(-1,1),(-2**63,-2**63),(2**63-1,2**63-1),(3,4),(3,100),(1,3),(5,6)):
        x = K('utf8',o,s,e,'why') if K is not UnicodeTranslateError else K(o,s,e,'why')
        t(lambda: str(x)); t(lambda: (x.start,x.end))
    x = K('utf8',o[:0],0,1,'why') if K is not UnicodeTranslateError else K(o[:0],0,1,'why'); t(lambda: str(x))
    x.object=1; t(lambda: str(x))
    del x.object; t(lambda: str(x))
t(lambda: type('A\0B',(),{})); 
import collections.abc, array
for x in (b'', bytearray(), memoryview(b''), array.array('B'), '', 1): print(isinstance(x, collections.abc.Buffer))
print(bytes(b'abc'.__buffer__(0)), type(bytearray(b'x').__buffer__(1)))
t(lambda: b'abc'.__buffer__(1)); lender = bytearray(b'ab'); view = lender.__buffer__(0); t(lambda: bytearray().__release_buffer__(view)); lender.__release_buffer__(view); t(lambda: view[0])
print(isinstance(array.array('B'), collections.abc.MutableSequence))
