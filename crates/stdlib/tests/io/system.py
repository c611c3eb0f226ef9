"""What the module os asks of the system, and clocks."""
import os
import shutil
import time
import threading
import queue
import logging
import pathlib
import io

folder = pathlib.Path(f"/tmp/exuvia-system-{os.getpid()}")
folder.mkdir()
old = os.umask(0o027)
assert os.umask(old) == 0o027
(folder / "a").write_text("one\n")
assert os.access(folder / "a", os.R_OK | os.W_OK) and not os.access(folder / "b", os.F_OK)
fd = os.open(folder / "a", os.O_RDWR)
assert os.pread(fd, 2, 1) == b"ne" and os.pwrite(fd, b"X", 0) == 1 and os.read(fd, 9) == b"Xne\n"
assert os.fstat(fd).st_size == 4 and os.get_blocking(fd)
os.close(fd)
try:
    os.read(fd, 1)
except OSError as error:
    assert error.errno == 9
reader, writer = os.pipe()
os.set_blocking(reader, False)
try:
    os.read(reader, 1)
except BlockingIOError as error:
    assert error.errno == 11
os.write(writer, b"abc")
with os.fdopen(reader, "rb") as stream:
    os.close(writer)
    assert stream.read() == b"abc"
shutil.copytree(folder, folder / "copy")
assert sorted(os.listdir(folder)) == ["a", "copy"]
assert sorted(entry.name for entry in os.scandir(folder / "copy")) == ["a"]
assert shutil.disk_usage(folder).total > 0 and os.statvfs(folder).f_bsize > 0
try:
    os.get_terminal_size(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    assert error.errno == 25
assert shutil.get_terminal_size((10, 20)).columns > 0
shutil.rmtree(folder)
assert not folder.exists()
assert os.uname().sysname == "Linux" and os.getloadavg()[0] >= 0 and os.cpu_count() >= 1
assert os.getuid() == os.geteuid() and os.times().user >= 0 and len(os.sched_getaffinity(0)) >= 1
assert len(os.urandom(8)) == 8
name = f"/tmp/exuvia-out-{os.getpid()}"
out, saved = open(name, "w+b"), os.dup(1)
os.unlink(name)
os.dup2(out.fileno(), 1)
os.write(1, b"captured")
os.dup2(saved, 1)
out.seek(0)
assert out.read() == b"captured"

os.environ["TZ"] = "Europe/Berlin"
os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
time.tzset()
assert (time.timezone, time.altzone, time.daylight, time.tzname) == (-3600, -7200, 1, ("CET", "CEST"))
summer = time.localtime(1719792000)
assert summer[:6] == (2024, 7, 1, 2, 0, 0) and summer.tm_isdst == 1 and summer.tm_zone == "CEST" and summer.tm_gmtoff == 7200
assert time.strftime("%Y-%m-%d %H:%M:%S %z %Z", summer) == "2024-07-01 02:00:00 +0200 CEST"
assert time.mktime(summer) == 1719792000.0 and time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, -1)) == 1704063600.0
os.environ["TZ"] = "UTC"
time.tzset()
assert time.localtime(0)[:6] == (1970, 1, 1, 0, 0, 0) and time.timezone == 0
assert time.clock_gettime_ns(time.CLOCK_REALTIME) > 1_600_000_000_000_000_000
before = time.process_time()
assert time.process_time() >= before and time.thread_time() >= 0

lock = threading.Lock()
with lock:
    assert lock.locked()
items = queue.Queue()
items.put(1)
assert items.get_nowait() == 1
stream = io.StringIO()
logger = logging.getLogger("test")
logger.addHandler(logging.StreamHandler(stream))
logger.warning("hello %s", "there")
assert stream.getvalue() == "hello there\n"
