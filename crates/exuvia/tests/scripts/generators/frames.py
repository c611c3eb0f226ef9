# A frame outlives its generator, with the values of the locals.
import sys
def g1():
    a = 42
    yield sys._getframe()
def g2():
    a = 43
    yield
frame = next(g1())
print(frame.f_locals, frame.f_generator)
g = g2(); next(g)
frame = g.gi_frame
print(frame.f_generator is g)
del g
print(frame.f_locals)
def g3():
    a = 44
    yield sys._getframe().f_locals
print(next(g3()))
class Tell:
    def __del__(self): print('gone')
def g4(arg):
    yield
g = g4(Tell()); g.gi_frame.clear(); print('cleared', g.gi_frame)
g = g4(Tell()); next(g)
try: g.gi_frame.clear()
except RuntimeError as e: print(e)
del g
g = g4(Tell()); frame = g.gi_frame; g.close(); print(list(frame.f_locals)); del frame, g

# What throw() goes through is on the stack.
def stack():
    frame, names = sys._getframe(1), []
    while frame.f_back:
        names.append(frame.f_code.co_name); frame = frame.f_back
    return names
def inner():
    try: yield
    except KeyError: print(stack())
    yield
def outer(): yield from inner()
g = outer(); next(g); g.throw(KeyError)
class Custom:
    def __iter__(self): return self
    def __next__(self): return 1
    def throw(self, *args): print(stack(), args)
    def close(self): print('close', stack())
def over(target): yield from target
g = over(Custom()); next(g); g.throw(KeyError('k')); g.close()

# What is being handled.
def handling():
    try:
        print(sys.exception()); yield
    except ValueError:
        print(repr(sys.exception())); yield
        raise
g = handling(); next(g)
try: raise ValueError
except Exception as e: g.throw(e)
try:
    try: next(g)
    finally: print(repr(sys.exception()))
except ValueError as e: print(e.__context__)
print(sys.exception())
class NoInstance(Exception):
    def __new__(cls): return cls
g = g4(1)
try: g.throw(NoInstance)
except TypeError as e: print(e)
print(next(g, 'over'))

# Where coroutines were made.
async def coroutine(): pass
def make(): return coroutine()
sys.set_coroutine_origin_tracking_depth(2)
print(sys.get_coroutine_origin_tracking_depth())
c = make(); print([(line, name) for _, line, name in c.cr_origin]); c.close()
sys.set_coroutine_origin_tracking_depth(0)
c = make(); print(c.cr_origin); c.close()
