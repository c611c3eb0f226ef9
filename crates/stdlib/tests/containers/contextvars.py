import contextvars as C, weakref

v, w = C.ContextVar("v"), C.ContextVar("w", default=5)
for call in [
    lambda: v, lambda: w, lambda: v.get(), lambda: v.get(1), lambda: w.get(), lambda: w.get(7), lambda: C.ContextVar(1),
    lambda: v.name, lambda: C.Token(), lambda: C.Token.MISSING, lambda: type(C.Token.MISSING), lambda: C.Token[int],
    lambda: C.ContextVar[int], lambda: C.Context(), lambda: C.Context(1), lambda: weakref.ref(v), lambda: setattr(v, "name", 1),
]:
    attempt(call)
token = v.set(3)
for call in [
    lambda: token, lambda: token.var is v, lambda: token.old_value, lambda: v.get(), lambda: v.reset(token), lambda: v.get(),
    lambda: token, lambda: v.reset(token), lambda: v.reset(1), lambda: w.reset(token), lambda: hash(token), lambda: token == token,
    lambda: token != token, lambda: token < token,
]:
    attempt(call)
w.reset(w.set(1)) if w.get() else None
other = v.set(0)
attempt(w.reset, other)
v.reset(other)

empty = C.copy_context()
v.set(9)
c = C.copy_context()
for call in [
    lambda: len(empty), lambda: list(c) == [v], lambda: c[v], lambda: c["a"], lambda: c[w], lambda: v in c, lambda: 1 in c,
    lambda: c.get(1), lambda: c.get(v), lambda: c.get(w, 3), lambda: list(c.keys()) == [v], lambda: list(c.values()),
    lambda: list(c.items()) == [(v, 9)], lambda: c == C.copy_context(), lambda: c != empty, lambda: c == 1, lambda: hash(c),
    lambda: c.run(), lambda: c.run(lambda a, b: (a, b), 1, b=2), lambda: c.run(c.run, print), lambda: c.copy() == c, lambda: c < c,
    lambda: weakref.ref(c)() is c, lambda: c.run(lambda: 1 / 0), lambda: c.run(lambda: 2),
]:
    attempt(call)


def change():
    v.set(100)
    return v.get(), c[v]


show(c.run(change), v.get(), c[v])
foreign = C.Context().run(lambda: v.set(1))
attempt(v.reset, foreign)


def used():
    with v.set(55) as token:
        show(v.get(), token)
    show(v.get(), token)
    with token:
        pass


attempt(used)

# An iterator over a context shows it as it was.
c = C.Context()


def while_iterating():
    variables = [C.ContextVar(f"n{n}") for n in range(20)]
    for variable in variables:
        variable.set(0)
    for variable in C.copy_context():
        variable.set(1)
    snapshot = C.copy_context()
    for variable in snapshot:
        variable.set(2)
    return sum(snapshot.values()), sum(C.copy_context().values())


show(c.run(while_iterating))
