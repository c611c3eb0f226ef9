# JSON read and written.
import json, _json
from decimal import Decimal
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error, getattr(error, '__notes__', ''))
L=json.loads; D=json.dumps
for s in ('1','-0','-','0.5','1e5','1E+2','1.','1e','01','-1.5e-3','"a"','"\\u00e9\\n\\ud83d\\ude00\\ud83d"','"\\x"','"\\u12"','"a','"a\\','"\n"','[','[1','[1,','[1,]','[,]','[1 2]','{','{"a"','{"a":','{"a":1','{"a":1,','{"a":1,}','{a:1}','{"a" 1}','{"a":1 "b":2}','null','true','false','nul','NaN','Infinity','-Infinity','-Inf','[]','{}','[ ]','{ }',' [1 , 2 ] ','{"a":{"b":[1,2,{"c":null}]},"a":3}','','  ','1 2','\ufeff1','"é😀"','{"k":1,"k":2}','123456789012345678901234567890','"\\"\\\\\\/\\b\\f\\n\\r\\t"','"\\ud83d\\u0041"','1e400','[1e-5]', '"\x7f"','"\\', '{"a":1}}', '[[]', 'tru', '{1:2}', "{'a':1}", '"\\uD83D\\uDZ00"','"\\u+123"'):
    t(L,s)
t(L,'"\n\t"',strict=False); t(L,'{"a":1.5,"b":[2,NaN]}',parse_float=Decimal); t(L,'[1,NaN,-Infinity]',parse_int=str,parse_constant=lambda c:'<'+c+'>'); t(L,'{"a":{"b":1}}',object_hook=lambda d:sorted(d.items())); t(L,'{"a":{"b":1}}',object_pairs_hook=tuple); t(L,b'[1]'); t(L,3); t(L,b'\xff\xfe[\x001\x00]\x00')
class I(int):
    def __repr__(self): return 'I'
class F(float):
    def __repr__(self): return 'F'
class S(str): pass
for o in (1,-5,10**30,1.5,1e100,float('nan'),float('inf'),-float('inf'),True,None,'a"\\\n\x00\x1f\x7fé😀\ud800',[],(),{},[1,[2,[3]]],(1,'x'),{'a':1,'b':[]},{1:2,None:3,True:4,1.5:5,False:6},I(5),F(1.5),S('q'),{I(3):1},{F(2.5):1},{float('nan'):1},[[],{}],{'a':{}},{'z':1,'a':2}):
    t(D,o); t(D,o,indent=2); t(D,o,ensure_ascii=False,separators=(',',':')); t(D,o,sort_keys=True,indent='--')
t(D,{(1,2):3}); t(D,{(1,2):3,'a':1},skipkeys=True); t(D,{(1,2):3},skipkeys=True,indent=1); t(D,float('nan'),allow_nan=False); t(D,[float('inf')],allow_nan=False); t(D,{'a':object}); t(D,[1,{2:{3,4}}]); t(D,{3,4},default=sorted); t(D,{'a':{1:{3}}},default=lambda o:list(o)); t(D,object,default=lambda o:3)
l=[]; l.append(l); t(D,l); d={}; d['x']=d; t(D,d); t(D,l,check_circular=True)
def rec(o): return [o]
t(D,{1},default=lambda o:o)
t(_json.scanstring,'abc"d',0); t(_json.scanstring,'abc"',5); t(_json.scanstring,'abc"',-1); t(_json.scanstring,3,0); t(_json.scanstring,'a\\u00e9"',0,True); t(_json.encode_basestring_ascii,'é'); t(_json.encode_basestring,'é"'); t(_json.encode_basestring,3); t(_json.encode_basestring_ascii,b'')
s=json.JSONDecoder().scan_once; t(s,'[1]',0); t(s,'x',0); t(s,'1',5); t(s,'1',-1); t(s,3,0); t(json.JSONDecoder().raw_decode,'  1',2)
print(json.JSONDecoder(object_hook=dict).scan_once.object_hook, s.strict, type(s), list(json.JSONEncoder(indent=1).iterencode([1,{'a':2}])))
import io; print(json.load(io.StringIO('[1,2]'))); b=io.StringIO(); json.dump({'a':[1]},b); print(b.getvalue())
shrinking = [object()] * 10
def shrink(o):
    del shrinking[-1]
t(D, shrinking, default=shrink)
