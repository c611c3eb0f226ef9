"""The functions of the system with their Python signatures; what they stand on is written in Rust."""

import sys as _sys

error = OSError

F_OK, X_OK, W_OK, R_OK = 0, 1, 2, 4
O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE = 0, 1, 2, 3
O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_APPEND = 0o100, 0o200, 0o400, 0o1000, 0o2000
O_NONBLOCK, O_NDELAY, O_DSYNC, O_ASYNC = 0o4000, 0o4000, 0o10000, 0o20000
O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC, O_SYNC, O_PATH = 0o200000, 0o400000, 0o2000000, 0o4010000, 0o10000000
EX_OK = 0
PRIO_PROCESS, PRIO_PGRP, PRIO_USER = 0, 1, 2
WNOHANG, WUNTRACED = 1, 2

_have_functions = []


class _Record(tuple):
    """A tuple whose items have names."""

    __slots__ = ()

    def __repr__(self):
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"os.{type(self).__name__}({shown})"


def _item(index):
    return property(lambda self: self[index])


class terminal_size(_Record):
    """The size of a terminal in characters."""

    __slots__ = ()
    __match_args__ = _shown = ("columns", "lines")
    n_fields = n_sequence_fields = 2
    n_unnamed_fields = 0
    columns = _item(0)
    lines = _item(1)


class uname_result(_Record):
    """What system this is."""

    __slots__ = ()
    __match_args__ = _shown = ("sysname", "nodename", "release", "version", "machine")
    n_fields = n_sequence_fields = 5
    n_unnamed_fields = 0
    sysname, nodename, release, version, machine = map(_item, range(5))


class times_result(_Record):
    """How long this process ran."""

    __slots__ = ()
    __match_args__ = _shown = ("user", "system", "children_user", "children_system", "elapsed")
    n_fields = n_sequence_fields = 5
    n_unnamed_fields = 0
    user, system, children_user, children_system, elapsed = map(_item, range(5))


_STAT_NAMES = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size",
               "st_atime", "st_mtime", "st_ctime")


class stat_result(tuple):
    """The state of a file: ten items, and more attributes."""

    __match_args__ = _STAT_NAMES
    n_fields = 19
    n_sequence_fields = 10
    n_unnamed_fields = 3
    st_mode, st_ino, st_dev, st_nlink, st_uid, st_gid, st_size = map(_item, range(7))

    def __new__(cls, sequence, dict=None):
        items = tuple(sequence)
        if not 10 <= len(items) <= 19:
            raise TypeError(f"os.stat_result() takes an at least 10-sequence ({len(items)}-sequence given)")
        self = tuple.__new__(cls, items[:10])
        more = {"st_atime": items[7], "st_mtime": items[8], "st_ctime": items[9]}
        more |= zip(("st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns",
                     "st_blksize", "st_blocks", "st_rdev"), items[10:])
        self.__dict__.update(more)
        if dict:
            self.__dict__.update(dict)
        return self

    def __reduce__(self):
        return (stat_result, (tuple(self), self.__dict__))

    def __repr__(self):
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(_STAT_NAMES, self))
        return f"os.stat_result({shown})"


class statvfs_result(_Record):
    """The state of a file system."""

    __slots__ = ()
    __match_args__ = _shown = ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files",
                               "f_ffree", "f_favail", "f_flag", "f_namemax")
    (f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files,
     f_ffree, f_favail, f_flag, f_namemax) = map(_item, range(10))


def _refuse_dir_fd(*descriptors):
    if any(descriptor is not None for descriptor in descriptors):
        raise NotImplementedError("dir_fd unavailable on this platform")


def _stat_of(path, follow, _raw=_stat):
    found = _raw(path, follow)
    seconds = tuple(nanoseconds / 1e9 for nanoseconds in found[10:13])
    return stat_result(found[:10] + seconds + found[10:])


def stat(path, *, dir_fd=None, follow_symlinks=True):
    """The state of a file."""
    _refuse_dir_fd(dir_fd)
    return _stat_of(path, follow_symlinks)


def lstat(path, *, dir_fd=None):
    """The state of a file or symbolic link."""
    _refuse_dir_fd(dir_fd)
    return _stat_of(path, False)


def fstat(fd):
    """The state of an open file."""
    if not isinstance(fd, int):
        raise TypeError(f"'{type(fd).__name__}' object cannot be interpreted as an integer")
    return _stat_of(fd, True)


def listdir(path=None, _raw=_listdir):
    """The names in a folder."""
    return _raw("." if path is None else path)


def mkdir(path, mode=0o777, *, dir_fd=None, _raw=_mkdir):
    """Make a folder."""
    _refuse_dir_fd(dir_fd)
    _raw(path, mode)


def rmdir(path, *, dir_fd=None, _raw=_rmdir):
    """Remove an empty folder."""
    _refuse_dir_fd(dir_fd)
    _raw(path)


def unlink(path, *, dir_fd=None, _raw=_unlink):
    """Remove a file."""
    _refuse_dir_fd(dir_fd)
    _raw(path)


def remove(path, *, dir_fd=None):
    """Remove a file."""
    unlink(path, dir_fd=dir_fd)


def rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None, _raw=_rename):
    """Rename a file or folder."""
    _refuse_dir_fd(src_dir_fd, dst_dir_fd)
    _raw(src, dst)


def replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None):
    """Rename a file, replacing what is there."""
    rename(src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)


def symlink(src, dst, target_is_directory=False, *, dir_fd=None, _raw=_symlink):
    """Make a symbolic link."""
    _refuse_dir_fd(dir_fd)
    _raw(src, dst)


def link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True, _raw=_link):
    """Make another name of a file."""
    _refuse_dir_fd(src_dir_fd, dst_dir_fd)
    _raw(src, dst)


def readlink(path, *, dir_fd=None, _raw=_readlink):
    """Where a symbolic link leads."""
    _refuse_dir_fd(dir_fd)
    return _raw(path)


def chmod(path, mode, *, dir_fd=None, follow_symlinks=True, _raw=_chmod):
    """Change who may do what with a file."""
    _refuse_dir_fd(dir_fd)
    _raw(path, mode)


def fchmod(fd, mode):
    """Change who may do what with an open file."""
    chmod(fd, mode)


def utime(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True, _raw=_utime):
    """Set the times of a file."""
    _refuse_dir_fd(dir_fd)
    if times is not None and ns is not None:
        raise ValueError("utime: you may specify either 'times' or 'ns' but not both")
    if ns is not None:
        atime, mtime = ns
    elif times is not None:
        atime, mtime = (int(time * 1_000_000_000) for time in times)
    else:
        import time
        atime = mtime = time.time_ns()
    _raw(path, atime, mtime)


def open(path, flags, mode=0o777, *, dir_fd=None, _raw=_open):
    """Open a file and return its descriptor."""
    _refuse_dir_fd(dir_fd)
    return _raw(path, flags | O_CLOEXEC, mode)


def closerange(fd_low, fd_high, /):
    """Close the open ones of some descriptors."""
    for fd in range(fd_low, fd_high):
        try:
            close(fd)
        except OSError:
            pass


def truncate(path, length):
    """Cut a file, or fill it up with zeros."""
    if isinstance(path, int):
        ftruncate(path, length)
        return
    fd = open(path, O_WRONLY)
    try:
        ftruncate(fd, length)
    finally:
        close(fd)


fdatasync = fsync


def access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True, _raw=_access):
    """Whether the user may do something with a file."""
    _refuse_dir_fd(dir_fd)
    return _raw(path, mode, effective_ids, follow_symlinks)


def get_terminal_size(fd=1, /):
    """The size of a terminal in characters."""
    return terminal_size(_terminal_size(fd))


def chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True, _raw=_chown):
    """Change whose a file is."""
    _refuse_dir_fd(dir_fd)
    _raw(path, uid, gid, follow_symlinks)


def fchown(fd, uid, gid):
    """Change whose an open file is."""
    chown(fd, uid, gid)


def lchown(path, uid, gid):
    """Change whose a file or symbolic link is."""
    chown(path, uid, gid, follow_symlinks=False)


def statvfs(path):
    """The state of a file system."""
    return statvfs_result(_statvfs(path))


def fstatvfs(fd, /):
    """The state of the file system of an open file."""
    return statvfs(fd)


def uname():
    """What system this is."""
    return uname_result(_uname())


def times():
    """How long this process ran."""
    import time
    return times_result((*(ticks / 100 for ticks in _cpu_ticks()), time.monotonic()))


environ = _environ()


def putenv(name, value, /):
    """Nothing to do: os.environ is the environment, also for programs that are started."""


def unsetenv(name, /):
    """Nothing to do, as for putenv."""


class DirEntry:
    """What is known of a name in a folder."""

    __slots__ = ("name", "path", "_found", "_found_link")

    def __init__(self, name, path):
        self.name = name
        self.path = path
        self._found = self._found_link = None

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"

    def stat(self, *, follow_symlinks=True):
        if not follow_symlinks:
            if self._found_link is None:
                self._found_link = lstat(self.path)
            return self._found_link
        if self._found is None:
            self._found = stat(self.path)
        return self._found

    def _is(self, kind, follow_symlinks):
        try:
            return self.stat(follow_symlinks=follow_symlinks).st_mode & 0o170000 == kind
        except FileNotFoundError:
            return False

    def is_dir(self, *, follow_symlinks=True):
        return self._is(0o040000, follow_symlinks)

    def is_file(self, *, follow_symlinks=True):
        return self._is(0o100000, follow_symlinks)

    def is_symlink(self):
        return self._is(0o120000, False)

    def is_junction(self):
        return False

    def inode(self):
        return self.stat(follow_symlinks=False).st_ino

    def __class_getitem__(cls, item):
        import types
        return types.GenericAlias(cls, item)


class ScandirIterator:
    """The names in a folder, one after the other."""

    __slots__ = ("_entries",)

    def __init__(self, entries):
        self._entries = entries

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def close(self):
        self._entries = iter(())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def scandir(path=None):
    """What is known of the names in a folder."""
    folder = fspath("." if path is None else path)
    separator = b"/" if isinstance(folder, bytes) else "/"
    prefix = folder if folder.endswith(separator) else folder + separator
    return ScandirIterator(iter([DirEntry(name, prefix + name) for name in listdir(folder)]))


def waitpid(pid, options, /, _raw=_waitpid):
    """Waits for a child; returns its number and how it ended."""
    return _raw(pid, options)


def wait():
    """Waits for any child; returns its number and how it ended."""
    return waitpid(-1, 0)


def system(command):
    """Has the shell run a command; returns how it ended."""
    from _posixsubprocess import start

    return waitpid(start((b"/bin/sh",), ("sh", "-c", command)), 0)[1]


def WIFEXITED(status):
    """Whether a child ended by itself."""
    return not status & 0x7F


def WIFSIGNALED(status):
    """Whether a signal ended a child."""
    return 0 < status & 0x7F < 0x7F


def WIFSTOPPED(status):
    """Whether a signal stopped a child."""
    return status & 0xFF == 0x7F


def WEXITSTATUS(status):
    """What a child gave back."""
    return status >> 8 & 0xFF


def WTERMSIG(status):
    """The signal that ended a child."""
    return status & 0x7F


WSTOPSIG = WEXITSTATUS


def waitstatus_to_exitcode(status):
    """What a child gave back, or the number of the signal that ended it, negative."""
    if WIFEXITED(status):
        return WEXITSTATUS(status)
    if WIFSIGNALED(status):
        return -WTERMSIG(status)
    raise ValueError(f"invalid wait status: {status}")


for _type in (terminal_size, uname_result, times_result, stat_result, statvfs_result):
    _type.__module__ = "os"
for _type in (DirEntry, ScandirIterator):
    _type.__module__ = "posix"
del _type, _stat, _listdir, _mkdir, _rmdir, _unlink, _rename, _symlink, _link, _readlink, _chmod, _utime
del _open, _environ, _access, _chown
