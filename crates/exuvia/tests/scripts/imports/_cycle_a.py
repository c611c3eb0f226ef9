import _cycle_b
a = 1
def get(): return _cycle_b.b
