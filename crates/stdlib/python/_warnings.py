"""Issuing warnings: what decides whether one is shown. How it is shown, the module warnings says."""

import sys
from _contextvars import ContextVar

filters = [
    ("default", None, DeprecationWarning, "__main__", 0),
    ("ignore", None, DeprecationWarning, None, 0),
    ("ignore", None, PendingDeprecationWarning, None, 0),
    ("ignore", None, ImportWarning, None, 0),
    ("ignore", None, ResourceWarning, None, 0),
]
_defaultaction = "default"
_onceregistry = {}
_warnings_context = ContextVar("warnings_context")
_version = 0


def _acquire_lock():
    """Nothing to do: there is one thread."""


def _release_lock():
    """Nothing to do: there is one thread."""


def _filters_mutated_lock_held():
    global _version
    _version += 1


def _is_internal(frame):
    filename = frame.f_code.co_filename
    return "importlib" in filename and "_bootstrap" in filename


def _next_frame(frame, skipped):
    frame = frame.f_back
    while frame is not None and (_is_internal(frame) or skipped and frame.f_code.co_filename.startswith(skipped)):
        frame = frame.f_back
    return frame


def _frame_at(level, skipped):
    """The frame that a warning is about; None if the stack is not that deep."""
    frame = sys._getframe(1).f_back
    if skipped:
        level = max(level, 2)
    if level > 1 and frame is not None and not _is_internal(frame):
        for _ in range(level - 1):
            frame = _next_frame(frame, skipped)
            if frame is None:
                break
        return frame
    for _ in range(level - 1):
        frame = frame and frame.f_back
    return frame


def warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=()):
    """Issue a warning about the caller."""
    if isinstance(message, Warning):
        category = type(message)
    elif category is None:
        category = UserWarning
    if not isinstance(category, type) or not issubclass(category, Warning):
        raise TypeError(f"category must be a Warning subclass, not '{type(category).__name__}'")
    if not isinstance(skip_file_prefixes, tuple):
        raise TypeError(f"warn() argument 'skip_file_prefixes' must be tuple, not "
                        f"{type(skip_file_prefixes).__name__}")
    frame = _frame_at(stacklevel, skip_file_prefixes)
    if frame is None:
        variables, filename, line = sys.__dict__, "<sys>", 0
    else:
        variables, filename, line = frame.f_globals, frame.f_code.co_filename, frame.f_lineno
    module = variables.get("__name__") or "<string>"
    registry = variables.setdefault("__warningregistry__", {})
    _issue(message, category, filename, line, module, registry, source)


def warn_explicit(message, category, filename, lineno, module=None, registry=None,
                  module_globals=None, source=None):
    """Issue a warning about a given place."""
    if module is None:
        module = filename[:-3] if filename.endswith(".py") else filename or "<unknown>"
    if isinstance(message, Warning):
        category = type(message)
    if module_globals:
        import linecache
        linecache.getlines(filename, module_globals)
    _issue(message, category, filename, lineno, module, registry, source)


def _matches(pattern, text):
    if pattern is None:
        return True
    return pattern == text if isinstance(pattern, str) else pattern.match(text) is not None


def _action(text, category, module, line):
    warnings = sys.modules.get("warnings")
    get = getattr(warnings, "_get_filters", None)
    for action, message, kind, place, number in get() if get is not None else filters:
        if (number in (0, line) and issubclass(category, kind) and _matches(message, text)
                and _matches(place, module)):
            return action
    return getattr(warnings, "defaultaction", _defaultaction)


def _seen(registry, key):
    if registry.get(key):
        return True
    registry[key] = 1
    return False


def _issue(message, category, filename, line, module, registry, source):
    if registry is None:
        registry = {}
    if registry.get("version", 0) != _version:
        registry.clear()
        registry["version"] = _version
    if isinstance(message, Warning):
        text = str(message)
    else:
        text, message = message, category(message)
    key = (text, category, line)
    if registry.get(key):
        return
    action = _action(text, category, module, line)
    if action == "error":
        raise message
    if action == "ignore":
        return
    if action == "once":
        registry[key] = 1
        if _seen(_onceregistry, (text, category)):
            return
    elif action == "module":
        registry[key] = 1
        if _seen(registry, (text, category, 0)):
            return
    elif action == "default":
        registry[key] = 1
    elif action not in ("always", "all"):
        raise RuntimeError(f"Unrecognized action ({action!r}) in warnings.filters:\n {filters!r}")
    import warnings
    warnings._showwarnmsg(warnings.WarningMessage(message, category, filename, line, source=source))
