import sys
import _helper
import _helper as h2
from _helper import value, func as f
from _helper import *
print(_helper is h2, value, f(), func(), _helper.__doc__, _helper.dynamic, "_private" in globals())
try: _helper.nothing
except AttributeError as e: print(e)
try: from _helper import nothing
except ImportError as e: print(e.name, str(e).split(" (")[0])
import _pkg._sub.deep
print(_pkg.inner.x, _pkg.renamed, _pkg._sub.deep.level, _pkg._sub.deep.back(), _pkg._sub.x)
from _pkg import inner as i, _sub
print(i.__name__, _sub.__package__, _pkg.__path__ is not None)
try: import _raises
except ValueError as e: print(e, "_raises" in sys.modules)
try: import _syntax
except SyntaxError as e: print(e.lineno, "_syntax" in sys.modules)
for text in ["import not_there", "import _helper.sub", "from _pkg import nope", "from not_there import x", "import _pkg.nope", "from . import x", "from .. import x", "__import__('')", "__import__(5)", "import sys.nope"]:
    try: exec(text)
    except Exception as e: print(text, "->", type(e).__name__, str(e).split(" (")[0])
print(__import__("_pkg._sub.deep").__name__, __import__("_pkg._sub.deep", fromlist=["x"]).__name__)
import importlib
print(importlib.import_module("_pkg.inner") is i, importlib.import_module(".inner", "_pkg") is i)
m = importlib.reload(_helper); print(m is _helper)
print(__name__, type(__builtins__).__name__, "__main__" in sys.modules, sys.modules["_helper"] is _helper)
del sys.modules["_helper"]; import _helper as again; print(again is _helper)
sys.modules["fake"] = "not a module"; import fake; print(fake)
sys.modules["blocked"] = None
try: import blocked
except ImportError as e: print(type(e).__name__, e)
def local():
    import _helper as inside
    from _pkg import inner
    return inside.value, inner.x
print(local())
class Body:
    import _helper
    from _pkg.inner import x
print(Body.x, Body._helper.value)
import types
mod = types.ModuleType("made", "doc"); mod.x = 5; print(mod, mod.x, mod.__doc__, vars(mod)["x"], mod.__spec__)
try: mod.y
except AttributeError as e: print(e)
print(_pkg.__spec__.name, _pkg._sub.__spec__.parent, _helper.__spec__.origin.endswith("_helper.py"), _helper.__file__.endswith("_helper.py"))
print(sorted(n for n in dir(i) if not n.startswith("__")))
