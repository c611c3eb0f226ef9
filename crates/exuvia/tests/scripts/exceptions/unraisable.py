import gc, weakref
class Bad:
    def __del__(self):
        raise ValueError("in del")
    def __repr__(self): return "<Bad>"
b = Bad()
del b
class Target: pass
t = Target()
def callback(ref): raise KeyError("in callback")
import sys
def hook(unraisable):
    print(unraisable.exc_type.__name__, unraisable.exc_value, unraisable.err_msg is None or unraisable.err_msg.split(" <")[0], callable(unraisable.object))
sys.unraisablehook = hook
r = weakref.ref(t, callback)
del t
Bad()
def g():
    try: yield
    finally: raise IndexError("in finally")
it = g(); next(it); del it
print("end")
