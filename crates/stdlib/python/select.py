"""No waiting for files or sockets, and says so: what `selectors` needs in order to be imported."""

error = OSError
PIPE_BUF = 4096


def select(rlist, wlist, xlist, timeout=None, /):
    """Waits until files are ready, which this runtime can't."""
    raise NotImplementedError("this runtime does not wait for files or sockets")
