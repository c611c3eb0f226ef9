"""faulthandler writes what is running."""

import faulthandler
import tempfile


def inner(stream):
    faulthandler.dump_traceback(stream)


faulthandler.enable()
assert faulthandler.is_enabled() and faulthandler.disable() and not faulthandler.is_enabled()
with tempfile.TemporaryFile("w+") as stream:
    inner(stream)
    stream.seek(0)
    first, *calls = stream.read().splitlines()
assert first.startswith("Current thread") and first.endswith("(most recent call first):")
assert [call.rsplit(" in ", 1)[1] for call in calls[:2]] == ["inner", "<module>"], calls
assert "line 8 in inner" in calls[0]
