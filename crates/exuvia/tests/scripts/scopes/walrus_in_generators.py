# Targets of `:=` in generators are variables of the function around them, whether it uses them or not.


def unused(numbers):
    return list((last := number + 1) for number in numbers)


def used(numbers):
    found = any((last := number) > 1 for number in numbers)
    return found, last


def unbound(numbers):
    sum((last := number) for number in numbers)
    return sorted(locals())


def declared(numbers):
    global shared
    return list((shared := number) for number in numbers)


def inside(numbers):
    def inner():
        return list((last := number) for number in numbers)
    return inner()


class Counter:
    def count(self, numbers):
        return sum((step := number) * 2 for number in numbers)


for function in (unused, used, unbound, declared, inside, Counter().count):
    print(function.__name__, function([1, 2, 3]))
print(shared)
