import gc
gc.disable()
def f(): print(gc.collect())
gc.collect()
def g():
    me = [it]
    me.append(me)
    yield 1
it = g(); next(it); it.gi_frame.f_locals; del it
f()
class C:
    def run(self):
        x = self
        yield 1
        yield 2
c = C(); c.it = c.run(); next(c.it); del c
f()
c = C(); c.it = c.run(); del c
f()
class D(C):
    def run(self):
        try: yield 1
        finally: print('closed')
c = D(); c.it = c.run(); next(c.it); del c
f()
class E:
    def __del__(self): self.x.clear(); print('del')
e = E(); e.x=[e]; del e
f()
e = E(); e.x=[e]; e.y=E(); e.y.x=[e]; del e
f()
