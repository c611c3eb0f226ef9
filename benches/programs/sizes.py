# Bytes in memory for each of half a million objects of one sort, the slot of the list that holds them not counted.
COUNT = 500_000


class Plain:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def measure(name, make):
    holder = [None] * COUNT
    before = resident()
    for number in range(COUNT):
        holder[number] = make(number)
    print(name, (resident() - before) / COUNT)
    return holder


# Everything stays, so that nothing finds room that was there before.
kept = [
    measure("instance", lambda number: Plain(None, None)),
    measure("slots", lambda number: Slotted(None, None)),
    measure("list", lambda number: [None, None]),
    measure("tuple", lambda number: (None, number % 100)),
    measure("string", lambda number: "s" + str(number + 1_000_000)),
    measure("int", lambda number: number + 1_000_000),
]
