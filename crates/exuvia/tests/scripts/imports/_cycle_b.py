import _cycle_a
b = 2
try:
    from _cycle_a import a
except ImportError as e: print(type(e).__name__, str(e).split(" from ")[0])
