# Runs failing functions and shows their tracebacks as the end of a program would.
import sys


def fails(function):
    try:
        function()
    except BaseException:
        kind, error, traceback = sys.exc_info()
        # Without the entry for this function.
        error.__traceback__ = traceback.tb_next
        sys.__excepthook__(kind, error, error.__traceback__)
    else:
        print(function.__name__, "did not fail")
    return function


class Thing:
    def __init__(self):
        self.inner = self.__dict__.setdefault("self", self)
        self.numbers = [1, 2, 3]

    def method(self, *args, **kwargs):
        return self


thing = Thing()
nothing = None
