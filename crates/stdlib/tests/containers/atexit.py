import atexit, sys

notes = []
sys.unraisablehook = lambda args: notes.append((type(args.exc_value).__name__, args.err_msg.split("<")[0]))


def note(*args, **keywords):
    notes.append((args, keywords))


def bad():
    1 / 0


def leaves():
    raise SystemExit(3)


for call in [
    lambda: atexit.register(1), lambda: atexit.register(note, 1, sep="") is note, lambda: atexit._ncallbacks(),
    lambda: atexit.unregister(note), lambda: atexit._ncallbacks(), lambda: atexit._run_exitfuncs(),
]:
    attempt(call)
for function in (note, bad, leaves):
    atexit.register(function)
atexit.register(note, "b", c=1)
attempt(atexit._run_exitfuncs)
show(notes, atexit._ncallbacks())
atexit.register(note)
atexit._clear()
attempt(atexit._run_exitfuncs)
show(len(notes))


class Equal:
    """Equals every function; comparing takes all registrations back."""

    def __eq__(self, other):
        atexit._clear()
        return True


for _ in range(3):
    atexit.register(note)
attempt(atexit.unregister, Equal())
show(atexit._ncallbacks())


@atexit.register
def again():
    notes.append("again")
    atexit.register(note, "late")


atexit.register(note, "twice")
atexit.register(note, "twice")
atexit.unregister(note)
show(atexit._ncallbacks())
atexit._run_exitfuncs()
show(notes[-1], atexit._ncallbacks())
