"""What the cases need: subclasses of the numeric types, and objects that convert to numbers."""

INF = float("inf")
NAN = float("nan")


class I(int):
    pass


class F(float):
    pass


class C(complex):
    pass


class S(str):
    pass


class X:
    """Converts to whatever it is given."""

    def __init__(self, v=1 + 2j):
        self.v = v

    def __int__(self):
        return self.v

    def __index__(self):
        return self.v

    def __float__(self):
        return self.v

    def __complex__(self):
        return self.v


class T:
    def __trunc__(self):
        return 3


class N:
    def __index__(self):
        return 7


class Y:
    def __complex__(self):
        return 3.0


class Z:
    def __float__(self):
        return 2.5


class D(complex):
    def __complex__(self):
        return 5j


class FF(float):
    def __float__(self):
        return 9.5


class II(int):
    def __int__(self):
        return 99

    def __index__(self):
        return 98

    def __add__(self, other):
        return "added"

    def __radd__(self, other):
        return "radded"

    def __format__(self, spec):
        return "fmt:" + spec


class G(float):
    pass


class H(float):
    def __init__(self, *args, **kwargs):
        pass


class HI(int):
    def __init__(self, *args, **kwargs):
        pass


class HC(complex):
    def __init__(self, *args, **kwargs):
        pass
