"""Other programs are started, spoken to and waited for."""

import os
import select
import subprocess


def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(kind)


done = subprocess.run(["echo", "hi"], capture_output=True, text=True)
assert repr(done) == "CompletedProcess(args=['echo', 'hi'], returncode=0, stdout='hi\\n', stderr='')", done
done = subprocess.run("echo out; echo err >&2; exit 3", shell=True, capture_output=True)
assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
assert subprocess.check_output(["cat"], input=b"x" * 200_000) == b"x" * 200_000
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
assert child.communicate("hello\n") == ("hello\n", None) and child.returncode == 0

missing = "[Errno 2] No such file or directory: "
assert raises(FileNotFoundError, subprocess.run, ["/nonexistent"]) == missing + "'/nonexistent'"
assert raises(FileNotFoundError, subprocess.run, ["no-such-program"]) == missing + "'no-such-program'"
assert raises(PermissionError, subprocess.run, ["/"]) == "[Errno 13] Permission denied: '/'"
assert raises(FileNotFoundError, subprocess.run, ["ls"], cwd="/nonexistent") == missing + "'/nonexistent'"
assert raises(subprocess.TimeoutExpired, subprocess.run, ["sleep", "5"], timeout=0.05)
assert "exit status 1" in raises(subprocess.CalledProcessError, subprocess.check_call, ["false"])

# Folder and environment.
done = subprocess.run(["sh", "-c", "echo $A; pwd"], env={"A": "b"}, cwd="/", capture_output=True)
assert done.stdout == b"b\n/\n"
os.environ["EXUVIA_TEST"] = "zz"
assert subprocess.getoutput("echo $EXUVIA_TEST") == "zz"
assert os.waitstatus_to_exitcode(os.system("exit 4")) == 4
with os.popen("echo popen") as stream:
    assert stream.read() == "popen\n"

# Ends, and how they are told.
child = subprocess.Popen(["sleep", "10"])
assert child.poll() is None
child.terminate()
assert child.wait() == -15 == child.poll()
assert raises(ChildProcessError, os.waitpid, child.pid, 0) == "[Errno 10] No child processes"

child = subprocess.Popen(["true"])
assert os.waitpid(-1, 0) == (child.pid, 0)
for function in (lambda: os.waitpid(-1, 0), lambda: os.waitpid(-1, os.WNOHANG)):
    raises(ChildProcessError, function)

# Descriptors that are passed on, and that are not.
reader, writer = os.pipe()
assert not os.get_inheritable(writer)
for passed in (writer,), ():
    code = f"echo fd > /proc/self/fd/{writer}"
    subprocess.run(["sh", "-c", code], pass_fds=passed, stderr=subprocess.DEVNULL)
assert not os.get_inheritable(writer)
os.close(writer)
assert os.read(reader, 10) == b"fd\n" and os.read(reader, 10) == b""
os.close(reader)

# Waiting.
reader, writer = os.pipe()
assert select.select([reader], [writer], [], 0) == ([], [writer], [])
waiter = select.poll()
waiter.register(reader, select.POLLIN)
assert waiter.poll(5) == []
os.write(writer, b"1")
assert waiter.poll() == [(reader, select.POLLIN)]
assert select.select([reader], [], [], None) == ([reader], [], [])
os.close(writer)
os.set_blocking(reader, False)
assert os.read(reader, 1) == b"1" and waiter.poll() == [(reader, select.POLLHUP)]
os.close(reader)
assert waiter.poll(0) == [(reader, select.POLLNVAL)]
raises(KeyError, waiter.unregister, 12345)
raises(ValueError, select.select, [-1], [], [])
