"""The classes of syntax trees. Trees of source text are made natively, by _parse."""

PyCF_ONLY_AST = 0x400
PyCF_TYPE_COMMENTS = 0x1000
PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
PyCF_OPTIMIZED_AST = 0x8000 | PyCF_ONLY_AST

_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_REPR_DEPTH = 3

# The abstract grammar: each line is a class under a heading that is its base, or one that is its own, after "=". `*`
# marks a list, `?` what may be None; "@" says that nodes have a place, "!" that they must have an end, too.
_GRAMMAR = """
mod
    Module(stmt* body, type_ignore* type_ignores)
    Interactive(stmt* body)
    Expression(expr body)
    FunctionType(expr* argtypes, expr returns)
stmt @
    FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)
    AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)
    ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)
    Return(expr? value)
    Delete(expr* targets)
    Assign(expr* targets, expr value, string? type_comment)
    TypeAlias(expr name, type_param* type_params, expr value)
    AugAssign(expr target, operator op, expr value)
    AnnAssign(expr target, expr annotation, expr? value, int simple)
    For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
    AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)
    While(expr test, stmt* body, stmt* orelse)
    If(expr test, stmt* body, stmt* orelse)
    With(withitem* items, stmt* body, string? type_comment)
    AsyncWith(withitem* items, stmt* body, string? type_comment)
    Match(expr subject, match_case* cases)
    Raise(expr? exc, expr? cause)
    Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
    TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)
    Assert(expr test, expr? msg)
    Import(alias* names)
    ImportFrom(identifier? module, alias* names, int? level)
    Global(identifier* names)
    Nonlocal(identifier* names)
    Expr(expr value)
    Pass
    Break
    Continue
expr @
    BoolOp(boolop op, expr* values)
    NamedExpr(expr target, expr value)
    BinOp(expr left, operator op, expr right)
    UnaryOp(unaryop op, expr operand)
    Lambda(arguments args, expr body)
    IfExp(expr test, expr body, expr orelse)
    Dict(expr?* keys, expr* values)
    Set(expr* elts)
    ListComp(expr elt, comprehension* generators)
    SetComp(expr elt, comprehension* generators)
    DictComp(expr key, expr value, comprehension* generators)
    GeneratorExp(expr elt, comprehension* generators)
    Await(expr value)
    Yield(expr? value)
    YieldFrom(expr value)
    Compare(expr left, cmpop* ops, expr* comparators)
    Call(expr func, expr* args, keyword* keywords)
    FormattedValue(expr value, int conversion, expr? format_spec)
    Interpolation(expr value, constant str, int conversion, expr? format_spec)
    JoinedStr(expr* values)
    TemplateStr(expr* values)
    Constant(constant value, string? kind)
    Attribute(expr value, identifier attr, expr_context ctx)
    Subscript(expr value, expr slice, expr_context ctx)
    Starred(expr value, expr_context ctx)
    Name(identifier id, expr_context ctx)
    List(expr* elts, expr_context ctx)
    Tuple(expr* elts, expr_context ctx)
    Slice(expr? lower, expr? upper, expr? step)
expr_context
    Load
    Store
    Del
boolop
    And
    Or
operator
    Add
    Sub
    Mult
    MatMult
    Div
    Mod
    Pow
    LShift
    RShift
    BitOr
    BitXor
    BitAnd
    FloorDiv
unaryop
    Invert
    Not
    UAdd
    USub
cmpop
    Eq
    NotEq
    Lt
    LtE
    Gt
    GtE
    Is
    IsNot
    In
    NotIn
= comprehension(expr target, expr iter, expr* ifs, int is_async)
excepthandler @
    ExceptHandler(expr? type, identifier? name, stmt* body)
= arguments(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults)
= arg(identifier arg, expr? annotation, string? type_comment) @
= keyword(identifier? arg, expr value) @
= alias(identifier name, identifier? asname) @
= withitem(expr context_expr, expr? optional_vars)
= match_case(pattern pattern, expr? guard, stmt* body)
pattern !
    MatchValue(expr value)
    MatchSingleton(constant value)
    MatchSequence(pattern* patterns)
    MatchMapping(expr* keys, pattern* patterns, identifier? rest)
    MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)
    MatchStar(identifier? name)
    MatchAs(pattern? pattern, identifier? name)
    MatchOr(pattern* patterns)
type_ignore
    TypeIgnore(int lineno, string tag)
type_param !
    TypeVar(identifier name, expr? bound, expr? default_value)
    ParamSpec(identifier name, expr? default_value)
    TypeVarTuple(identifier name, expr? default_value)
"""


def _deprecated(message, level=4):
    from warnings import warn
    warn(message, DeprecationWarning, stacklevel=level)


class AST:
    """A node of a syntax tree."""

    _fields = ()
    __match_args__ = ()
    _attributes = ()

    def __init__(self, /, *args, **kwargs):
        cls = type(self)
        fields = cls._fields
        if len(args) > len(fields):
            plural = "" if len(fields) == 1 else "s"
            raise TypeError(f"{cls.__name__} constructor takes at most {len(fields)} positional argument{plural}")
        for name, value in zip(fields, args):
            setattr(self, name, value)
        given = set(fields[:len(args)])
        for name, value in kwargs.items():
            if name in given:
                raise TypeError(f"{cls.__name__} got multiple values for argument {name!r}")
            if name in fields:
                given.add(name)
            elif name not in cls._attributes:
                _deprecated(f"{_shown(cls)}.__init__ got an unexpected keyword argument {name!r}. Support for "
                            "arbitrary keyword arguments is deprecated and will be removed in Python 3.15.", 3)
            setattr(self, name, value)
        if len(given) < len(fields):
            self._fill(cls, given)

    def _fill(self, cls, given):
        """Give the fields that were left out what they have by themselves: nothing, an empty list, Load()."""
        types = getattr(cls, "_field_types", None)
        if types is None:
            return
        for name in cls._fields:
            if name in given:
                continue
            try:
                kind = types[name]
            except KeyError:
                _deprecated(f"Field {name!r} is missing from {_shown(cls)}._field_types. "
                            "This will become an error in Python 3.15.")
                continue
            if isinstance(kind, _Union):
                continue
            if isinstance(kind, _GenericAlias):
                setattr(self, name, [])
            elif kind is expr_context:
                setattr(self, name, _load)
            else:
                _deprecated(f"{_shown(cls)}.__init__ missing 1 required positional argument: {name!r}. "
                            "This will become an error in Python 3.15.")

    def __repr__(self):
        return _repr(self, _REPR_DEPTH)

    def __reduce__(self):
        state = dict(self.__dict__)
        return type(self), (None,) * len(self._fields), state

    def __replace__(self, /, *args, **kwargs):
        cls = type(self)
        if args:
            raise TypeError("__replace__() takes no positional arguments")
        for name in kwargs:
            if name not in cls._fields and name not in cls._attributes:
                raise TypeError(f"{cls.__name__}.__replace__ got an unexpected keyword argument {name!r}.")
        values = {name: getattr(self, name)
                  for name in (*cls._fields, *cls._attributes) if hasattr(self, name)}
        values.update(kwargs)
        missing = [name for name in cls._fields if name not in values]
        if missing:
            plural = "" if len(missing) == 1 else "s"
            raise TypeError(f"{cls.__name__}.__replace__ missing {len(missing)} keyword argument{plural}: "
                            f"{', '.join(map(repr, missing))}.")
        return cls(**values)


def _shown(cls):
    return cls.__name__ if cls is not AST else "ast.AST"


_running = set()


def _repr(node, depth):
    name = type(node).__name__
    fields = type(node)._fields
    if depth <= 0 or id(node) in _running:
        return f"{name}(...)"
    if not fields:
        return f"{name}()"
    _running.add(id(node))
    try:
        parts = []
        for field in fields:
            value = getattr(node, field)
            if isinstance(value, (list, tuple)):
                text = _repr_items(value, depth)
            else:
                text = _repr_item(value, depth)
            parts.append(f"{field}={text}")
        return f"{name}({', '.join(parts)})"
    finally:
        _running.discard(id(node))


def _repr_item(value, depth):
    return _repr(value, depth - 1) if isinstance(value, AST) else repr(value)


def _repr_items(items, depth):
    shown = [_repr_item(item, depth) for item in (items if len(items) <= 2 else (items[0], items[-1]))]
    if len(items) > 2:
        shown.insert(1, "...")
    left, right = "[]" if isinstance(items, list) else "()"
    return left + ", ".join(shown) + right


_Union = type(int | str)
_GenericAlias = type(list[int])


def _define(name, base, signature, fields, attributes):
    """Make a node class; `fields` are pairs of a type of the grammar and a name, None for a class that heads a group."""
    names = tuple(field for _, field in fields or ())
    namespace = {"_fields": names, "__match_args__": names, "__module__": "ast", "__doc__": signature}
    if base is AST:
        namespace["_attributes"] = attributes
    for kind, field in fields or ():
        if kind.endswith("?"):
            namespace[field] = None
    cls = type(name, (base,), namespace)
    globals()[name] = cls
    return cls


def _field_type(kind):
    known = {"identifier": str, "string": str, "int": int, "constant": object}
    bare = kind.rstrip("?*")
    cls = known.get(bare) or globals()[bare]
    if kind.endswith("*"):
        return list[cls]
    return cls | None if kind.endswith("?") else cls


def _build():
    groups, classes = {}, []
    for line in _GRAMMAR.splitlines():
        if not line:
            continue
        signature = line.lstrip(" =").rstrip(" @!")
        name, _, fields = signature.partition("(")
        fields = [tuple(field.split()) for field in fields.rstrip(")").split(", ") if field]
        places = _PLACE if line.endswith(("@", "!")) else ()
        if line.startswith("="):
            base = AST
        elif line.startswith(" "):
            base = head
            groups[head].append(signature)
        else:
            head = _define(name, AST, name, None, places)
            if line.endswith("@"):
                head.end_lineno = head.end_col_offset = None
            groups[head] = []
            continue
        cls = _define(name, base, signature, fields, places)
        if base is AST and places:
            cls.end_lineno = cls.end_col_offset = None
        classes.append((cls, fields))
    for head, signatures in groups.items():
        plain = not any("(" in signature for signature in signatures)
        separator = " | " if plain else "\n" + " " * (len(head.__name__) + 1) + "| "
        head.__doc__ = f"{head.__name__} = {separator.join(signatures)}"
    for cls, fields in classes:
        cls._field_types = {field: _field_type(kind) for kind, field in fields}
        cls.__annotations__ = cls._field_types


_build()
AST.__module__ = "ast"
AST.__doc__ = None
_singletons = {cls.__name__: cls() for base in (expr_context, boolop, operator, unaryop, cmpop)
               for cls in base.__subclasses__()}
_load = _singletons["Load"]
