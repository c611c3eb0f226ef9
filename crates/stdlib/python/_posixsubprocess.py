"""No processes, and says so: what `subprocess` needs in order to be imported."""


def fork_exec(*_):
    """Starts a program, which this runtime can't."""
    raise NotImplementedError("this runtime does not start other programs")
