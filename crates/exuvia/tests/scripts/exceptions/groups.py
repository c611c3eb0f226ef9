def split(eg):
    return type(eg).__name__, eg.message, [split(e) if isinstance(e, BaseExceptionGroup) else repr(e) for e in eg.exceptions]
eg = ExceptionGroup("top", [ValueError(1), ExceptionGroup("in", [TypeError(2), KeyError(3)]), OSError(4)])
print(split(eg), eg, repr(eg))
m, r = eg.split(ValueError)
print(split(m), split(r))
m, r = eg.split((TypeError, KeyError))
print(split(m), split(r))
print(eg.subgroup(lambda e: isinstance(e, KeyError)) and split(eg.subgroup(KeyError)), eg.subgroup(IndexError), eg.split(ExceptionGroup)[1])
print(split(eg.derive([ValueError("d")])))
def run(exc):
    try:
        try:
            raise exc
        except* ValueError as e:
            print("values", split(e))
        except* (TypeError, KeyError) as e:
            print("types", split(e))
            raise IndexError("new")
        else:
            print("else")
        finally:
            print("finally")
    except BaseException as e:
        print("left", split(e) if isinstance(e, BaseExceptionGroup) else repr(e))
run(eg)
run(ValueError("naked"))
run(ExceptionGroup("x", [ValueError(1)]))
run(OSError("other"))
run(ExceptionGroup("mixed", [ValueError(1), OSError(2)]))
def nothing():
    try:
        pass
    except* ValueError:
        print("no")
    else:
        print("else ran")
nothing()
def reraise():
    try:
        try:
            raise ExceptionGroup("r", [ValueError(1), KeyError(2)])
        except* ValueError:
            raise
        except* KeyError as e:
            raise
    except ExceptionGroup as e:
        print(split(e))
reraise()
for args in [("m", []), ("m", 5), ("m", [1]), (1, [ValueError()]), ("m",), ("m", [KeyboardInterrupt()])]:
    try:
        print(repr(ExceptionGroup(*args)))
    except Exception as e:
        print(type(e).__name__, e)
print(type(BaseExceptionGroup("b", [ValueError()])).__name__, type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
class My(ExceptionGroup):
    def derive(self, excs): return My("derived", excs)
my = My("mine", [ValueError(1), KeyError(2)])
a, b = my.split(ValueError)
print(type(a).__name__, a.message, type(b).__name__, b.message)
try:
    try:
        raise ValueError
    except* ExceptionGroup:
        pass
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError
    except* 5:
        pass
except TypeError as e:
    print(e)
def context():
    try:
        try:
            raise ExceptionGroup("g", [ValueError("v")])
        except* ValueError as e:
            1 / 0
    except ArithmeticError as e:
        print(repr(e), repr(e.__context__))
context()
def loop():
    for i in range(3):
        try:
            if i == 1: raise ExceptionGroup("l", [ValueError(i)])
        except* ValueError as e:
            print("loop", i, split(e))
loop()
eg.add_note("n")
m, r = eg.split(ValueError)
print(m.__notes__, r.__notes__, m.__notes__ is r.__notes__)
