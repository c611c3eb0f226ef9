import sys
class Last:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n, sys is None, len is not None)
first = Last("first")
_private = Last("private")
second = Last("second")
def gen():
    try: yield
    finally: print("gen finally")
g = gen(); next(g)
cycle = Last("cycle"); cycle.me = cycle
held = []
held.append(held); held.append(Last("in cycle"))
print("main done")
