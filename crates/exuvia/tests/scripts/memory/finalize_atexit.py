import atexit, sys, weakref, collections, gc
class O:
    def __init__(self, n): self.n = n
log = []
a = O("a"); weakref.ref(a); r = weakref.ref(a, lambda r: print("callback")); weakref.finalize(a, print, "finalize"); del a
f = O(9); fin = weakref.finalize(f, print, "finalized", sep="!"); print(fin.alive, fin.peek()[2]); del f; print(fin.alive, fin())
g = O(10); fin = weakref.finalize(g, print, "early"); fin(); del g; print(fin.alive)
h = O(11); fin = weakref.finalize(h, print, "detached"); fin.detach(); del h
gc.collect(); d = collections.deque(); d.append(d); del d; print(gc.collect())
atexit.register(print, "atexit 1")
@atexit.register
def second(): print("atexit 2", sys.is_finalizing())
w = O("weak"); weakref.finalize(w, print, "finalize at exit")
atexit.register(print, "never"); atexit.unregister(print); atexit.register(print, "atexit 0")
print("done")
