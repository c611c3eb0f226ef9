# `**rest` in mappings inside other patterns.


class Point:
    __match_args__ = ("data", "other")

    def __init__(self, data, other=None):
        self.data, self.other = data, other


def show(subject):
    match subject:
        case {"a": {"b": x, **inner}, **outer}:
            print("mapping in mapping", x, inner, outer)
        case [{"a": x, **first}, {"b": y, **second}] if x != 9:
            print("two in a sequence", x, first, y, second)
        case [{"a": x, **first}, *more]:
            print("one in a sequence", x, first, more)
        case Point({"a": x, **rest}, other):
            print("in a class", x, rest, other)
        case Point(other=[{**everything}] as whole):
            print("everything", everything, whole)
        case _:
            print("nothing")


show({"a": {"b": 1, "c": 2, "d": 3}, "e": 5})
show([{"a": 1, "z": 2}, {"b": 3}])
show([{"a": 9, "z": 2}, {"b": 3}])
show([{"a": 1}])
show(Point({"a": 1, "b": 2}, "other"))
show(Point(1, [{"c": 3}]))
show(Point(1, [4]))
show({"a": {}})

match [{-1: "a", 1 + 2j: "b", -1.5: "c"}, 0]:
    case [{-1: a, 1 + 2j: b, **rest}, -0]:
        print("no")
    case [{-1: a, 1 + 2j: b, **rest}, _]:
        print(a, b, rest)
