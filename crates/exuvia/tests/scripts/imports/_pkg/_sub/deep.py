level = "deep"
import _pkg
def back(): return _pkg.inner.x
