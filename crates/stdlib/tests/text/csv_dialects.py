# Records read and written in many dialects.
import csv, io, _csv
def t(f, *args, **kwargs):
    name = getattr(f, '__name__', type(f).__name__)
    try:
        print(name, repr(f(*args, **kwargs)))
    except Exception as error:
        print(name, type(error).__name__, error)
def R(lines,*a,**k): 
    r=csv.reader(lines,*a,**k); o=list(r); return o,r.line_num
def W(rows,*a,**k):
    b=io.StringIO(); w=csv.writer(b,*a,**k); o=[w.writerow(r) for r in rows]; return b.getvalue(),o
for l in (['a,b,c'],['"a,b",c'],['"a""b"'],['a"b,c'],['"a\nb",c\n','d'],['"a','b"'],[''],['a,'],[','],['a\r\n','b\n'],['a\rb'],['"a"b,c'],['  a, b'],['"a'],['1,2.5,x'],['"1",2'],['a\\,b'],['a\tb'],['\0'],['a;b'],['"",""'],['a,"b'],['a,"b\n'],["'a','b'"],['a\n\n','b'], ['\n'], ['a,b\n\n'], ['"ab"\n'], [b'a'], [3], ['a"",b'], ['"a"""'], ['é,😀']):
    t(R,l); t(R,l,strict=True); t(R,l,quoting=csv.QUOTE_NONE); t(R,l,quoting=csv.QUOTE_NONNUMERIC); t(R,l,escapechar='\\'); t(R,l,skipinitialspace=True); t(R,l,doublequote=False); t(R,l,delimiter=';',quotechar="'"); t(R,l,'excel-tab'); t(R,l,quoting=csv.QUOTE_STRINGS); t(R,l,quoting=csv.QUOTE_NOTNULL); t(R,l,quotechar=None,quoting=csv.QUOTE_NONE); t(R,l,escapechar='\\',quoting=csv.QUOTE_NONE)
rows=[[1,'a',None,2.5,'x y'],['a,b','c"d','e\nf',''],[],[''],[None],['"'],[' a'],['a\\b'],['\r'],(1,2),'abc',[True],['é'],["'"],[float('nan')],[b'x'],['a','']]
for r in rows:
    for k in ({},{'quoting':csv.QUOTE_ALL},{'quoting':csv.QUOTE_NONE,'escapechar':'\\'},{'quoting':csv.QUOTE_NONE},{'quoting':csv.QUOTE_NONNUMERIC},{'quoting':csv.QUOTE_STRINGS},{'quoting':csv.QUOTE_NOTNULL},{'doublequote':False,'escapechar':'\\'},{'doublequote':False},{'delimiter':' '},{'lineterminator':'!'},{'quotechar':"'"},{'dialect':'unix'},{'quoting':csv.QUOTE_NONE,'quotechar':None},{'delimiter':' ','skipinitialspace':True}):
        t(W,[r],**k)
t(W,[3]); t(W,[None])
for k in ({'delimiter':''},{'delimiter':'ab'},{'delimiter':3},{'delimiter':None},{'quotechar':''},{'quotechar':'ab'},{'quotechar':None},{'quotechar':3},{'escapechar':'ab'},{'escapechar':3},{'lineterminator':None},{'lineterminator':3},{'quoting':9},{'quoting':'x'},{'foo':1},{'dialect':'nope'},{'delimiter':'\n'},{'delimiter':'"'},{'escapechar':'"','quotechar':'"'},{'delimiter':' ','skipinitialspace':True},{'quotechar':' ','skipinitialspace':True},{'strict':'x'},{'quotechar':None,'quoting':1},{'escapechar':''}, {'lineterminator':''}, {'delimiter':'\r'}, {'delimiter':b','},{'quotechar':'\r'},{'doublequote':[]}, {'escapechar':' ','skipinitialspace':True}, {'delimiter':'a','lineterminator':'ab'}, {'quotechar':'\r','lineterminator':'x'}):
    t(lambda **k: _csv.Dialect(**k).delimiter,**k)
    t(csv.reader,[],**k) if False else None
d=_csv.Dialect(); print(d.delimiter,d.quotechar,d.escapechar,repr(d.lineterminator),d.quoting,d.strict,d.skipinitialspace,d.doublequote)
class X(csv.Dialect): delimiter='|'; quoting=csv.QUOTE_ALL; lineterminator='\n'; quotechar='"'
csv.register_dialect('x',X); print(csv.list_dialects(),csv.get_dialect('x').delimiter); t(csv.register_dialect,3); t(csv.register_dialect,'y',delimiter=';'); t(csv.get_dialect,'nope'); t(csv.unregister_dialect,'nope'); csv.unregister_dialect('y'); print(csv.list_dialects())
t(W,[['a','b']],'x'); t(W,[['a','b']],X,delimiter='+'); t(W,[['a','b']],d)
print(csv.field_size_limit()); t(csv.field_size_limit,10); t(R,['a'*11]); t(R,['"'+'a'*11+'"']); t(csv.field_size_limit,'x'); csv.field_size_limit(131072)
t(csv.reader); t(csv.reader,3); t(csv.writer); t(csv.writer,3); t(csv.reader,['a'],'excel','b')
r=csv.reader(['a,b','c']); print(next(r),r.line_num,r.dialect.delimiter,iter(r) is r, type(r), type(csv.writer(io.StringIO())))
b=io.StringIO(); w=csv.writer(b); print(w.writerows([[1,2],['x']]),repr(b.getvalue()),w.dialect.quoting)
t(w.writerows,[[1],3]); t(w.writerow, 3)
print(list(csv.DictReader(['a,b','1,2','3']))); b=io.StringIO(); dw=csv.DictWriter(b,['a','b']); dw.writeheader(); dw.writerow({'a':1,'b':2}); print(repr(b.getvalue()))
print(csv.Sniffer().sniff('a;b\n1;2\n').delimiter)
import pickle, copy
for f in (lambda: pickle.dumps(d), lambda: copy.copy(d), lambda: type(r)(), lambda: setattr(d,'delimiter','x')):
    try: print(f())
    except Exception as e: print(type(e).__name__,e)
class Bad:
    def __str__(self): raise ValueError('bad')
t(W,[[Bad()]])
class BW:
    def write(self,s): return len(s)
print(csv.writer(BW()).writerow('abc'), csv.Error.__mro__[1])
