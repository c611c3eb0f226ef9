"""Writes what CPython 3.14 makes of the scripts beside this file: python3.14 record.py [NAME …]"""

import sys

# The scripts here have the names of the modules that they test.
del sys.path[0]
import pathlib
import types

here = pathlib.Path(__file__).parent
prelude = (here / "prelude.py").read_text()
names = sys.argv[1:] or sorted(path.stem for path in here.glob("*.py"))
for name in names:
    if name in ("prelude", "record"):
        continue
    script = (here / f"{name}.py").read_text()
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(prelude + script, f"{name}.py", "exec"), vars(main))
    (here / f"{name}.txt").write_text("\n".join(main.lines) + "\n")
