def show(f, *a):
    try:
        print(f(*a))
    except BaseException as e:
        print(type(e).__name__, e.args, e)
def chain():
    try:
        try:
            1 / 0
        except ZeroDivisionError as e:
            raise ValueError("second") from e
    except ValueError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
    try:
        try:
            [][0]
        except IndexError:
            {}["k"]
    except KeyError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
    try:
        try:
            [][0]
        except IndexError:
            raise KeyError("x") from None
    except KeyError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
chain()
def order():
    out = []
    try:
        out.append("try")
        try:
            raise KeyError("k")
        except (ValueError, KeyError) as e:
            out.append(repr(e))
            raise
        else:
            out.append("else")
        finally:
            out.append("finally")
    except LookupError as e:
        out.append("outer " + repr(e))
    else:
        out.append("no")
    finally:
        out.append("end")
    return out
print(order())
def finally_return():
    for i in range(3):
        try:
            if i == 1: return i
        finally:
            if i == 1: print("in finally")
def override():
    try:
        raise ValueError
    finally:
        return "overridden"
def loop():
    for i in range(5):
        try:
            if i == 1: continue
            if i == 3: break
            print("i", i)
        finally:
            print("f", i)
    else:
        print("not reached")
print(finally_return(), override()); loop()
try:
    raise ValueError("unbound")
except ValueError as e:
    pass
try:
    e
except NameError as error:
    print(error)
class Custom(Exception):
    def __init__(self, code, *args):
        super().__init__(code, *args)
        self.code = code
    def __str__(self): return f"custom {self.code}"
show(lambda: (_ for _ in ()).throw(Custom(5, "a")))
for bad in ["raise 5", "raise int", "raise ValueError from 5", "raise", "raise None", "assert 0", "assert 0, 'msg'", "assert 1"]:
    try:
        exec(bad)
        print(bad, "passed")
    except BaseException as e:
        print(bad, "->", type(e).__name__, e, e.args)
try:
    try:
        raise ValueError
    except 5:
        pass
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError
    except (KeyError, "x"):
        pass
except TypeError as e:
    print(e)
print(repr(ValueError()), repr(ValueError(1)), repr(ValueError(1, "a")), str(ValueError()), str(ValueError(1)), str(ValueError(1, 2)))
print(str(KeyError("k")), str(KeyError()), str(KeyError(1, 2)))
o = OSError(2, "msg", "file", None, "file2")
print(o, o.errno, o.strerror, o.filename, o.filename2, o.args, type(o).__name__)
print(repr(OSError(2, "x")), str(OSError("only")), type(OSError(13, "p")).__name__, type(OSError(17, "p")).__name__)
s = SyntaxError("bad", ("f.py", 1, 2, "text", 1, 3))
print(s, s.filename, s.lineno, s.offset, s.text, s.end_offset, s.msg)
print(SystemExit(3).code, SystemExit().code, SystemExit(1, 2).code, StopIteration(1, 2).value, repr(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "r")))
print(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "reason"), "|", UnicodeEncodeError("ascii", "\xe9", 0, 1, "r"), "|", UnicodeEncodeError("ascii", "ab", 0, 2, "r"))
print(ImportError("m", name="n", path="p").name, AttributeError("a", name="n", obj=1).obj, NameError("x", name="n").name)
e = ValueError("noted"); e.add_note("one"); e.add_note("two")
print(e.__notes__)
show(e.add_note, 1)
print(e.with_traceback(None) is e, e.__traceback__)
show(setattr, e, "__cause__", 1)
show(setattr, e, "__traceback__", 1)
show(setattr, e, "args", 5)
e.args = [1, 2]
print(e.args, e.__reduce__()[1])
class E2(ValueError): pass
print(issubclass(E2, Exception), [c.__name__ for c in E2.__mro__])
import sys
def depth():
    try:
        raise KeyError
    except KeyError:
        print(sys.exc_info()[0].__name__)
        try:
            raise ValueError
        except ValueError:
            print(sys.exc_info()[0].__name__)
        print(sys.exc_info()[0].__name__)
    print(sys.exc_info())
depth()
def reraise():
    try:
        raise KeyError("orig")
    except KeyError as e:
        try:
            raise e
        except KeyError as f:
            print(e is f, e.__context__)
reraise()
class Exit:
    def __init__(self, suppress): self.suppress = suppress
    def __enter__(self): return "entered"
    def __exit__(self, t, v, tb):
        print("exit", t and t.__name__, v, tb is not None)
        return self.suppress
with Exit(False) as x: print(x)
with Exit(True): raise ValueError("gone")
try:
    with Exit(False): raise ValueError("stays")
except ValueError as e: print("got", e)
with Exit(True), Exit(False) as y, Exit(False): raise KeyError("multi")
with (Exit(True) as a, Exit(True) as b): print(a, b)
class NoExit:
    def __enter__(self): pass
class NoEnter: pass
for cls in (NoExit, NoEnter):
    try:
        with cls(): pass
    except TypeError as e:
        print(e)
def with_return():
    with Exit(False): return "value"
print(with_return())
class BadExit:
    def __enter__(self): pass
    def __exit__(self, *a): raise RuntimeError("in exit")
try:
    with BadExit(): raise ValueError("body")
except RuntimeError as e:
    print(repr(e), repr(e.__context__))
