"""Threads, of which this runtime has one: locks that say whether they are taken, and refusals to start more."""

import sys

error = RuntimeError
TIMEOUT_MAX = 9223372036.0
_stack_size = 0
_sentinels = []


def _checked_timeout(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


def _wait_in_vain(timeout):
    # Nobody else is there to release the lock.
    if timeout == -1:
        raise RuntimeError("deadlock: the only thread waits for a lock that it holds itself")
    import time
    time.sleep(timeout)
    return False


class lock:
    """A lock that is taken or not."""

    __slots__ = ("_taken", "__weakref__")

    def __init__(self):
        self._taken = False

    def acquire(self, blocking=True, timeout=-1):
        _checked_timeout(blocking, timeout)
        if self._taken:
            return _wait_in_vain(timeout) if blocking else False
        self._taken = True
        return True

    acquire_lock = acquire

    def release(self):
        if not self._taken:
            raise RuntimeError("release unlocked lock")
        self._taken = False

    release_lock = release

    def locked(self):
        return self._taken

    locked_lock = locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()

    def _at_fork_reinit(self):
        self._taken = False

    def __repr__(self):
        state = "locked" if self._taken else "unlocked"
        return f"<{state} _thread.lock object at {id(self):#x}>"


LockType = lock


def allocate_lock():
    """Make a new lock."""
    return lock()


allocate = allocate_lock


class RLock:
    """A lock that its holder may take again."""

    __slots__ = ("_count", "__weakref__")

    def __init__(self):
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        _checked_timeout(blocking, timeout)
        self._count += 1
        return True

    def release(self):
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1

    def locked(self):
        return self._count > 0

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()

    def _is_owned(self):
        return self._count > 0

    def _recursion_count(self):
        return self._count

    def _acquire_restore(self, state):
        self._count = state[0]

    def _release_save(self):
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        count, self._count = self._count, 0
        return (count, get_ident())

    def _at_fork_reinit(self):
        self._count = 0

    def __repr__(self):
        state = "locked" if self._count else "unlocked"
        owner = get_ident() if self._count else 0
        return f"<{state} _thread.RLock object owner={owner} count={self._count} at {id(self):#x}>"


class _local:
    """Data of a thread; with one thread, attributes like any others."""

    def __new__(cls, /, *args, **kwargs):
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        return object.__new__(cls)


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
    handler = _signal.getsignal(signum)
    if callable(handler):
        handler(signum, None)


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


for _type in (lock, RLock, _local, _ThreadHandle, _ExceptHookArgs):
    _type.__module__ = "_thread"
del _type
