name, n = "World", 42
t = t"Hi {name!r:>5} {n}"
print(type(t).__name__, t.strings, t.values, [(i.value, i.expression, i.conversion, i.format_spec) for i in t.interpolations])
print(t.interpolations[0], list(t"a{1}b"), (t"a" + t"b").strings)
