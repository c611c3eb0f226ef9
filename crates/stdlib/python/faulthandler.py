"""Tracebacks of running programs. Exuvia does not die of signals that programs cause, so there is nothing to write then."""

import sys as _sys

_enabled = False


def enable(file=None, all_threads=True, c_stack=True):
    """Notes that tracebacks of fatal errors are wanted."""
    global _enabled
    _stream(file)
    _enabled = True


def disable():
    """Notes that they are not; returns whether they were."""
    global _enabled
    was_enabled, _enabled = _enabled, False
    return was_enabled


def is_enabled():
    """Whether tracebacks of fatal errors are wanted."""
    return _enabled


def _stream(file):
    if file is None:
        file = _sys.stderr
        if file is None:
            raise RuntimeError("unable to get sys.stderr")
    if isinstance(file, int):
        if file < 0:
            raise ValueError("file is not a valid file descriptor")
        return lambda text: __import__("os").write(file, text.encode())
    file.flush()
    return file.write


def dump_traceback(file=None, all_threads=True):
    """Writes which calls are running, the innermost first."""
    write = _stream(file)
    lines = ["Stack (most recent call first):"] if not all_threads else ["Current thread (most recent call first):"]
    frame = _sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        lines.append(f'  File "{code.co_filename}", line {frame.f_lineno or "???"} in {code.co_name}')
        frame = frame.f_back
    write("\n".join(lines) + "\n")


def dump_c_stack(file=None):
    """Says that the native stack is not shown."""
    _stream(file)("Current thread's C stack trace (most recent call first):\n  <cannot get C stack on this system>\n")


def dump_traceback_later(timeout, repeat=False, file=None, exit=False):
    """Refuses: there is no second thread that could write it."""
    raise NotImplementedError("faulthandler.dump_traceback_later is not supported")


def cancel_dump_traceback_later():
    """Does nothing: none is planned."""


def register(signum, file=None, all_threads=True, chain=False):
    """Has a signal write which calls are running."""
    import signal

    write_to = _sys.stderr if file is None else file
    previous = signal.getsignal(signum)

    def handler(number, frame):
        dump_traceback(write_to, all_threads)
        if chain and callable(previous):
            previous(number, frame)

    _registered.setdefault(signum, previous)
    signal.signal(signum, handler)


def unregister(signum):
    """Undoes `register`; returns whether there was something to undo."""
    import signal

    if signum not in _registered:
        return False
    signal.signal(signum, _registered.pop(signum))
    return True


_registered = {}
