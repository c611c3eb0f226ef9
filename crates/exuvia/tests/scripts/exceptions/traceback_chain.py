# Ends with an uncaught exception: the report is in the .err file.
def inner(value):
    return 1 / value

def middle(value):
    try:
        return inner(value)
    except ZeroDivisionError as error:
        raise ValueError("middle failed") from error

class Thing:
    def method(self):
        try:
            middle(0)
        except ValueError:
            {}["missing"]

def outer():
    thing = Thing()
    (lambda: thing.method())()

outer()
