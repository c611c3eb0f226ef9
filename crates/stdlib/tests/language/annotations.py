import annotationlib, sys
class A:
    x: Undefined[int]
    y: int = 1
    def m(self, a: Later, *b: 'str') -> Missing | None: pass
for f in (annotationlib.Format.VALUE,):
    for what in A, A.m:
        try: print(annotationlib.get_annotations(what, format=f))
        except NameError as e: print(e)
class Spy(dict):
    def __missing__(self, key): return '<' + key + '>'
def f(): return nothing, len
import types
g = types.FunctionType(f.__code__, Spy(len=3))
print(g(), g())
for source in 'print "x"', 'if 1: exec code', 'x = print 3', 'print(1) 2':
    try: compile(source, 's', 'exec')
    except SyntaxError as e: print(e.msg, e.offset)
gen = (sys._getframe() for _ in [1])
frame = next(gen)
print(frame.f_back is None, list(gen), frame.f_back)
