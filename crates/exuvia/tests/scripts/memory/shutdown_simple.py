import _shutdown_helper
from _shutdown_helper import Loud
b = Loud("b")
a = Loud("a")
_u = Loud("_u")
c = [Loud("in list")]
_shutdown_helper.held = Loud("held in module")
print("main done")
