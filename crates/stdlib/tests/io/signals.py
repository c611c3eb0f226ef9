"""Signals that the program sends itself."""
import os
import signal
import time

seen = []


def handler(number, frame):
    seen.append((number, frame.f_code.co_name))


def in_function():
    signal.raise_signal(signal.SIGUSR1)


assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
assert signal.signal(signal.SIGUSR1, handler) == signal.SIG_DFL
assert signal.getsignal(signal.SIGUSR1) is handler
in_function()
os.kill(os.getpid(), signal.SIGUSR1)
assert seen == [(signal.SIGUSR1, "in_function"), (signal.SIGUSR1, "<module>")], seen
assert signal.signal(signal.SIGUSR1, signal.SIG_IGN) is handler
in_function()
assert len(seen) == 2

# A handler runs while the program computes, and while it sleeps.
del seen[:]
signal.signal(signal.SIGALRM, handler)
assert signal.setitimer(signal.ITIMER_REAL, 0.05) == (0.0, 0.0)
end = time.monotonic() + 20
while not seen and time.monotonic() < end:
    pass
assert seen and seen[0][0] == signal.SIGALRM
signal.setitimer(signal.ITIMER_REAL, 0.05)
start = time.monotonic()
time.sleep(0.2)
assert len(seen) == 2 and time.monotonic() - start >= 0.2
assert signal.alarm(100) == 0 and signal.alarm(0) in (99, 100)


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop


signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    time.sleep(20)
except Stop:
    pass
else:
    raise AssertionError
reader, writer = os.pipe()
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    os.read(reader, 1)
except Stop:
    pass
else:
    raise AssertionError
os.close(reader)
os.close(writer)

try:
    signal.signal(100, handler)
except ValueError as error:
    assert str(error) == "signal number out of range"
try:
    signal.signal(signal.SIGKILL, handler)
except OSError as error:
    assert error.errno == 22
try:
    signal.signal(signal.SIGTERM, "x")
except TypeError as error:
    assert str(error) == "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
assert signal.strsignal(signal.SIGINT) == "Interrupt" and signal.SIGINT in signal.valid_signals()
try:
    signal.default_int_handler(signal.SIGINT, None)
except KeyboardInterrupt:
    pass
