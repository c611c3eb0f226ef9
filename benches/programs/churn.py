# Objects that live shortly: instances, small lists, tuples and dicts, and calls of methods.
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, by):
        return Point(self.x + by, self.y - by)


def churn(rounds):
    total = 0
    recent = [None] * 100
    for number in range(rounds):
        point = Point(number, 1).moved(2)
        pair = (point.x, [point.y, number])
        table = {"first": pair, "second": point}
        recent[number % 100] = table
        total += table["first"][0] + len(table)
    return total


churn(1_000_000)
