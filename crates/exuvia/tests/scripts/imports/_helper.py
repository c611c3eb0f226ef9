"""A helper."""
value = 1
_private = 2
__all__ = ["value", "func"]
def func(): return "func of " + __name__
def __getattr__(name):
    if name == "dynamic": return "made on demand"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
