def make(n):
    try:
        raise ValueError(n)
    except ValueError as e:
        return e
def nested():
    try:
        raise TypeError("nested")
    except TypeError as e:
        return ExceptionGroup("inner", [e, make(3)])
try:
    raise KeyError("cause")
except KeyError as cause:
    raise ExceptionGroup("many", [make(1), make(2), nested()]) from cause
