"""Waiting until files and sockets are ready."""

import posix as _posix

error = OSError
PIPE_BUF = 4096
POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 2, 4, 8, 16, 32
POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLMSG, POLLRDHUP = 64, 128, 256, 512, 1024, 8192


def _descriptor(file):
    if isinstance(file, int):
        fd = file
    else:
        method = getattr(file, "fileno", None)
        if method is None:
            raise TypeError("argument must be an int, or have a fileno() method.")
        fd = method()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    return fd


def _milliseconds(timeout, unit):
    """Rounds up, so that nothing wakes too early; -1: for ever."""
    if timeout is None:
        return -1
    import math

    return math.ceil(timeout * unit)


# `selectors` keeps it in a class, where a plain function would become a method.
@staticmethod
def select(rlist, wlist, xlist, timeout=None, /):
    """Waits until files are ready; returns those that can be read, written, and those with something special."""
    lists = [list(files) for files in (rlist, wlist, xlist)]
    if timeout is not None:
        if not isinstance(timeout, (int, float)):
            raise TypeError("timeout must be a number or None")
        if timeout < 0:
            raise ValueError("timeout must be non-negative")
    wanted = {}
    for files, events in zip(lists, (POLLIN, POLLOUT, POLLPRI)):
        for file in files:
            fd = _descriptor(file)
            wanted[fd] = wanted.get(fd, 0) | events
    answers = _posix._poll(tuple(wanted), tuple(wanted.values()), _milliseconds(timeout, 1000))
    found = dict(zip(wanted, answers))
    if any(flags & POLLNVAL for flags in answers):
        raise OSError(9, "Bad file descriptor")
    ready = (POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI)
    return tuple([file for file in files if found[_descriptor(file)] & events]
                 for files, events in zip(lists, ready))


class poll:
    """Files to wait for, and what for."""

    def __init__(self):
        self._wanted = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        """Adds a file, or changes what is waited for."""
        self._wanted[_descriptor(fd)] = eventmask

    def modify(self, fd, eventmask, /):
        """Changes what is waited for."""
        fd = _descriptor(fd)
        if fd not in self._wanted:
            raise FileNotFoundError(2, "No such file or directory")
        self._wanted[fd] = eventmask

    def unregister(self, fd, /):
        """Takes a file out."""
        del self._wanted[_descriptor(fd)]

    def poll(self, timeout=None, /):
        """Waits so many milliseconds, or for ever; returns pairs of a descriptor and what can be done with it."""
        if timeout is not None and timeout < 0:
            timeout = None
        wanted = self._wanted
        answers = _posix._poll(tuple(wanted), tuple(wanted.values()), _milliseconds(timeout, 1))
        return [(fd, flags) for fd, flags in zip(wanted, answers) if flags]
