import _cycle_a
print(_cycle_a.get(), _cycle_a.a)
