# A storm of small cycles: a million of two instances each, beside little else.
class Node:
    def __init__(self):
        self.other = None


def storm(count):
    for _ in range(count):
        one = Node()
        two = Node()
        one.other = two
        two.other = one


storm(1_000_000)
