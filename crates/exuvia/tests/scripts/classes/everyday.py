# Things that programs meet every day: exceptions that travel, dicts iterated backwards, weak references to strings.
import types, pickle, weakref, array, collections.abc, copy, sys
class S: __slots__='a',
print(isinstance(S.a, types.MemberDescriptorType), types.GetSetDescriptorType, types.MemberDescriptorType)
e=pickle.loads(pickle.dumps(OSError(2,'x','f','','g'))); print(e.args,e.filename,e.filename2,repr(e))
e=copy.copy(FileNotFoundError(2,'x','f')); print(e, type(e), e.filename)
e=pickle.loads(pickle.dumps(ImportError('m',name='n',path='p'))); print(e, e.name,e.path,e.name_from)
try: e.__suppress_context__=1
except TypeError as x: print(x)
class MyStr(str): pass
s=MyStr('a'); r=weakref.ref(s); print(r() is s); del s; print(r())
class T(int): pass
try: weakref.ref(T())
except TypeError as x: print(x)
d={i:i for i in range(3)}; it=reversed(d); next(it); d.pop(1); d[7]=1
try: print(list(it))
except RuntimeError as x: print(x)
d={i:i for i in range(3)}; it=reversed(d); 
d.clear(); d.update(a=1,b=2,c=3); 
try: print(list(it))
except RuntimeError as x: print(x)
class L:
    def __iter__(self): return self
    def __next__(self): raise StopIteration
    def __length_hint__(self): return sys.maxsize
a=[1]; a.extend(L()); print(a)
print(sys.getswitchinterval()); sys.setswitchinterval(.5); print(sys.getswitchinterval())
try: sys.setswitchinterval(0)
except ValueError as x: print(x)
sys.breakpointhook=lambda *a,**k: print(a,k); breakpoint(1,x=2); print(sys.__breakpointhook__)
import dataclasses
@dataclasses.dataclass(slots=True)
class D:
    x:int=1
    y:int=2
@dataclasses.dataclass(slots=True)
class DD(D): z:int=0
print(D(), DD(5))
import functools, operator, inspect
for n in ('attrgetter','itemgetter','methodcaller'): print(inspect.signature(getattr(operator,n)))
