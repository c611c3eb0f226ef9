"""Threads, of which this runtime has one: refusals to start more. Locks are written in Rust."""

import sys

error = RuntimeError
TIMEOUT_MAX = 9223372036.0
_stack_size = 0
_sentinels = []


class _ThreadHandle:
    """What threading knows of a thread of the system."""

    __slots__ = ("ident", "_done", "__weakref__")

    def __init__(self):
        self.ident = 0
        self._done = False

    def is_done(self):
        return self._done

    def _set_done(self):
        self._done = True

    def join(self, timeout=None):
        if not self._done and self.ident == get_ident():
            raise RuntimeError("Cannot join current thread")


def _make_thread_handle(ident):
    handle = _ThreadHandle()
    handle.ident = ident
    return handle


def start_new_thread(function, args, kwargs=None, /):
    """Refuse: there is one thread."""
    raise RuntimeError("can't start new thread")


start_new = start_new_thread


def start_joinable_thread(function, handle=None, daemon=True):
    """Refuse: there is one thread."""
    raise RuntimeError("can't start new thread")


def daemon_threads_allowed():
    return True


def _get_main_thread_ident():
    return get_ident()


def _is_main_interpreter():
    return True


def _shutdown():
    pass


def _count():
    return 0


def stack_size(size=0, /):
    """The stack size for new threads, which are never started."""
    global _stack_size
    if size < 0 or 0 < size < 32768:
        raise ValueError(f"size not valid: {size} bytes")
    old, _stack_size = _stack_size, size
    return old


def interrupt_main(signum=2, /):
    """Do what the handler of a signal does, now."""
    import _signal
    if callable(_signal.getsignal(signum)):
        _signal.raise_signal(signum)


def exit():
    raise SystemExit


exit_thread = exit


def set_name(name):
    """Threads of the system keep their names."""


class _ExceptHookArgs(tuple):
    """What threading.excepthook gets."""

    __slots__ = ()
    exc_type = property(lambda self: self[0])
    exc_value = property(lambda self: self[1])
    exc_traceback = property(lambda self: self[2])
    thread = property(lambda self: self[3])


def _excepthook(args, /):
    """Show an exception that a thread did not handle."""
    if args.exc_type is SystemExit:
        return
    name = getattr(args.thread, "name", None) or get_ident()
    print(f"Exception in thread {name}:", file=sys.stderr, flush=True)
    sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)


for _type in (_ThreadHandle, _ExceptHookArgs):
    _type.__module__ = "_thread"
del _type
