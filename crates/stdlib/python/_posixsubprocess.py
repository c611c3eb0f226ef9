"""Starts other programs, for `subprocess`."""

import posix as _posix


def start(programs, args, environment=None, cwd=None, streams=(-1, -1, -1), keep=(), group=-1, user=-1):
    """Starts the first of these programs that there is; returns the number of the process.

    `environment` holds names and values in turn; None stands for os.environ.
    """
    if environment is None:
        import os

        environment = [text for item in os.environb.items() for text in item]
    # Without a folder a program would be looked for.
    programs = [program if b"/" in program else b"./" + program for program in programs]
    return _posix._spawn(programs, args, environment, cwd, (*streams, group, user, *keep))


def fork_exec(args, programs, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,
              errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid,
              child_umask, preexec_fn, /):
    """Starts a program, which must not need code of ours to run in the new process."""
    asked = {
        "preexec_fn": preexec_fn is not None, "start_new_session": call_setsid, "group": gid is not None,
        "extra_groups": extra_groups is not None, "umask": child_umask >= 0,
    }
    for name, is_asked in asked.items():
        if is_asked:
            raise NotImplementedError(f"subprocess: {name} is not supported")
    import os

    args = [os.fsencode(arg) for arg in args]
    environment = None
    if env is not None:
        environment = []
        for item in env:
            environment += item.split(b"=", 1) if item[:1] != b"=" else (item, b"")
    if cwd is not None and not os.path.isdir(cwd):
        # An error of the new process would not tell what it is about.
        os.listdir(cwd)
    keep = tuple(fd for fd in pass_fds if fd != errpipe_write)
    streams = (p2cread, c2pwrite, errwrite)
    if not close_fds:
        keep = inheritable()
    try:
        return start(programs, args, environment, cwd, streams, keep, pgid_to_set, -1 if uid is None else uid)
    except OSError as error:
        name = programs[0] if len(programs) == 1 else os.path.basename(programs[0])
        raise OSError(error.errno, os.strerror(error.errno), os.fsdecode(name)) from None


def inheritable():
    """The descriptors that were marked to be passed on."""
    import os

    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) > 2 and os.get_inheritable(int(name)):
                found.append(int(name))
        except OSError:
            pass
    return tuple(found)
