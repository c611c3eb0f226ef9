"""What every script here starts with: `show` notes a line, `attempt` notes what a call returns or raises."""

lines = []


def _plain(text):
    first, *rest = text.split(" at 0x")
    return "".join([first, *(" at …" + part.lstrip("0123456789abcdef") for part in rest)])


def show(*values):
    lines.append(_plain(" ".join(map(repr, values))))


def attempt(call, *args, **keywords):
    try:
        show(call(*args, **keywords))
    except Exception as error:
        lines.append(_plain(f"{type(error).__name__}: {error}"))
