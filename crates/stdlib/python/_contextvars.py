"""Context variables (PEP 567)."""

_MISSING = object()


class Token:
    """What a variable was before it was set."""

    MISSING = _MISSING
    __slots__ = ("_context", "_var", "_old", "_used")

    def __init__(self, context, var, old):
        self._context, self._var, self._old, self._used = context, var, old, False

    @property
    def var(self):
        return self._var

    @property
    def old_value(self):
        return self._old

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._var.reset(self)

    def __repr__(self):
        used = " used" if self._used else ""
        return f"<Token{used} var={self._var!r} at {id(self):#x}>"


class Context:
    """The values that variables have."""

    __slots__ = ("_values", "_previous", "__weakref__")

    def __init__(self):
        self._values = {}
        self._previous = None

    def run(self, callable, /, *args, **kwargs):
        global _current
        if self._previous is not None:
            raise RuntimeError(f"cannot enter context: {self!r} is already entered")
        self._previous, _current = _current, self
        try:
            return callable(*args, **kwargs)
        finally:
            _current, self._previous = self._previous, None

    def copy(self):
        new = Context()
        new._values = self._values.copy()
        return new

    def get(self, var, default=None, /):
        _check_var(var)
        return self._values.get(var, default)

    def __getitem__(self, var):
        _check_var(var)
        return self._values[var]

    def __contains__(self, var):
        _check_var(var)
        return var in self._values

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def __eq__(self, other):
        return self._values == other._values if isinstance(other, Context) else NotImplemented

    __hash__ = None

    def keys(self):
        return self._values.keys()

    def values(self):
        return self._values.values()

    def items(self):
        return self._values.items()


def _check_var(var):
    if not isinstance(var, ContextVar):
        raise TypeError(f"a ContextVar key was expected, got {var!r}")


class ContextVar:
    """A variable whose value belongs to the context."""

    __slots__ = ("name", "_default")

    def __init__(self, name, /, *, default=_MISSING):
        if not isinstance(name, str):
            raise TypeError("context variable name must be a str")
        self.name = name
        self._default = default

    def get(self, default=_MISSING, /):
        found = _current._values.get(self, _MISSING)
        if found is _MISSING:
            found = default if default is not _MISSING else self._default
            if found is _MISSING:
                raise LookupError(self)
        return found

    def set(self, value, /):
        token = Token(_current, self, _current._values.get(self, _MISSING))
        # A copy, because who iterates over the context must not see the change.
        _current._values = _current._values | {self: value}
        return token

    def reset(self, token, /):
        if not isinstance(token, Token):
            raise TypeError(f"expected an instance of Token, got {token!r}")
        if token._used:
            raise RuntimeError(f"{token!r} has already been used once")
        if token._var is not self:
            raise ValueError(f"{token!r} was created by a different ContextVar")
        if token._context is not _current:
            raise ValueError(f"{token!r} was created in a different Context")
        token._used = True
        values = _current._values.copy()
        if token._old is _MISSING:
            values.pop(self, None)
        else:
            values[self] = token._old
        _current._values = values

    def __class_getitem__(cls, item):
        import types
        return types.GenericAlias(cls, item)

    def __repr__(self):
        default = "" if self._default is _MISSING else f" default={self._default!r}"
        return f"<ContextVar name={self.name!r}{default} at {id(self):#x}>"


_current = Context()


def copy_context():
    """The values that variables have now, for use later."""
    return _current.copy()
