//! The functions of `_operator`, and how strings are compared in constant time.

use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::{CompareOp, Method};
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Vm, function};

macro_rules! binary {
    ($name:literal, $op:ident, $doc:literal) => {
        function!(
            $name,
            "($module, a, b, /)",
            |vm: &mut Vm, a: PyRef, b: PyRef| vm.binary_op(BinaryOp::$op, &a, &b),
            $doc
        )
    };
}

macro_rules! in_place {
    ($name:literal, $op:ident, $doc:literal) => {
        function!(
            $name,
            "($module, a, b, /)",
            |vm: &mut Vm, a: PyRef, b: PyRef| vm.inplace_op(BinaryOp::$op, &a, &b),
            $doc
        )
    };
}

macro_rules! comparison {
    ($name:literal, $op:ident, $doc:literal) => {
        function!(
            $name,
            "($module, a, b, /)",
            |vm: &mut Vm, a: PyRef, b: PyRef| vm.compare(&a, &b, CompareOp::$op),
            $doc
        )
    };
}

macro_rules! unary {
    ($name:literal, $method:ident, $doc:literal) => {
        function!(
            $name,
            "($module, a, /)",
            |vm: &mut Vm, a: PyRef| vm.$method(&a),
            $doc
        )
    };
}

pub(super) static FUNCTIONS: &[Method] = &[
    binary!("add", Add, "a + b"),
    binary!("sub", Sub, "a - b"),
    binary!("mul", Mul, "a * b"),
    binary!("matmul", MatMul, "a @ b"),
    binary!("floordiv", FloorDiv, "a // b"),
    binary!("truediv", TrueDiv, "a / b"),
    binary!("mod", Rem, "a % b"),
    binary!("pow", Pow, "a ** b"),
    binary!("lshift", LShift, "a << b"),
    binary!("rshift", RShift, "a >> b"),
    binary!("and_", And, "a & b"),
    binary!("or_", Or, "a | b"),
    binary!("xor", Xor, "a ^ b"),
    in_place!(
        "iadd",
        Add,
        "a = a + b, in place where a can: returns the new a."
    ),
    in_place!(
        "isub",
        Sub,
        "a = a - b, in place where a can: returns the new a."
    ),
    in_place!(
        "imul",
        Mul,
        "a = a * b, in place where a can: returns the new a."
    ),
    in_place!(
        "imatmul",
        MatMul,
        "a = a @ b, in place where a can: returns the new a."
    ),
    in_place!(
        "ifloordiv",
        FloorDiv,
        "a = a // b, in place where a can: returns the new a."
    ),
    in_place!(
        "itruediv",
        TrueDiv,
        "a = a / b, in place where a can: returns the new a."
    ),
    in_place!(
        "imod",
        Rem,
        "a = a % b, in place where a can: returns the new a."
    ),
    in_place!(
        "ipow",
        Pow,
        "a = a ** b, in place where a can: returns the new a."
    ),
    in_place!(
        "ilshift",
        LShift,
        "a = a << b, in place where a can: returns the new a."
    ),
    in_place!(
        "irshift",
        RShift,
        "a = a >> b, in place where a can: returns the new a."
    ),
    in_place!(
        "iand",
        And,
        "a = a & b, in place where a can: returns the new a."
    ),
    in_place!(
        "ior",
        Or,
        "a = a | b, in place where a can: returns the new a."
    ),
    in_place!(
        "ixor",
        Xor,
        "a = a ^ b, in place where a can: returns the new a."
    ),
    comparison!("lt", Lt, "a < b"),
    comparison!("le", Le, "a <= b"),
    comparison!("eq", Eq, "a == b"),
    comparison!("ne", Ne, "a != b"),
    comparison!("gt", Gt, "a > b"),
    comparison!("ge", Ge, "a >= b"),
    unary!("neg", negative, "-a"),
    unary!("pos", positive, "+a"),
    unary!("abs", absolute, "abs(a)"),
    unary!("inv", invert, "~a"),
    unary!("invert", invert, "~a"),
    function!(
        "index",
        "($module, a, /)",
        |vm: &mut Vm, a: PyRef| vm.index(&a),
        "The object as an int, by its __index__."
    ),
    function!(
        "not_",
        "($module, a, /)",
        |vm: &mut Vm, a: PyRef| vm.is_true(&a).map(|is_true| !is_true),
        "not a"
    ),
    function!(
        "truth",
        "($module, a, /)",
        |vm: &mut Vm, a: PyRef| vm.is_true(&a),
        "bool(a)"
    ),
    function!(
        "is_",
        "($module, a, b, /)",
        |_: &mut Vm, a: PyRef, b: PyRef| a.is(&b),
        "a is b"
    ),
    function!(
        "is_not",
        "($module, a, b, /)",
        |_: &mut Vm, a: PyRef, b: PyRef| !a.is(&b),
        "a is not b"
    ),
    function!(
        "is_none",
        "($module, a, /)",
        |vm: &mut Vm, a: PyRef| vm.is_none(&a),
        "a is None"
    ),
    function!(
        "is_not_none",
        "($module, a, /)",
        |vm: &mut Vm, a: PyRef| !vm.is_none(&a),
        "a is not None"
    ),
    function!(
        "contains",
        "($module, a, b, /)",
        |vm: &mut Vm, a: PyRef, b: PyRef| vm.contains(&a, &b),
        "b in a"
    ),
    function!(
        "getitem",
        "($module, a, b, /)",
        |vm: &mut Vm, a: PyRef, b: PyRef| vm.get_item(&a, &b),
        "a[b]"
    ),
    function!(
        "setitem",
        "($module, a, b, c, /)",
        |vm: &mut Vm, a: PyRef, b: PyRef, c: PyRef| vm.set_item(&a, &b, &c),
        "a[b] = c"
    ),
    function!(
        "delitem",
        "($module, a, b, /)",
        |vm: &mut Vm, a: PyRef, b: PyRef| vm.del_item(&a, &b),
        "del a[b]"
    ),
    function!(
        "concat",
        "($module, a, b, /)",
        concat,
        "a + b, of sequences."
    ),
    function!(
        "iconcat",
        "($module, a, b, /)",
        iconcat,
        "a += b, of sequences: returns the new a."
    ),
    function!(
        "indexOf",
        "($module, a, b, /)",
        index_of,
        "The index of the first element of a that equals b.\n\nRaises ValueError if there is none."
    ),
    function!(
        "countOf",
        "($module, a, b, /)",
        count_of,
        "How many elements of a equal b."
    ),
    function!(
        "length_hint",
        "($module, obj, default=0, /)",
        length_hint,
        "How many elements an object has, as far as can be told without iterating; else the default."
    ),
    function!(
        "_compare_digest",
        "($module, a, b, /)",
        compare_digest,
        "Whether two secrets are equal, in a time that does not tell where they differ.\n\nFor bytes-like objects, and for strings of ASCII characters."
    ),
    Method {
        name: "call",
        signature: "($module, obj, /, *args, **kwargs)",
        shape: exuvia_vm::table::Shape::of("($module, obj, /, *args, **kwargs)"),
        kind: exuvia_vm::table::MethodKind::Function,
        doc: "obj(*args, **kwargs)",
        call: |vm, args, _| call(vm, args),
    },
];

fn call(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match args.positionals().first() {
        Some(callable) => vm.call(callable, args.skip(1)),
        None => Err(vm.type_error("call expected at least 1 argument, got 0")),
    }
}

/// Whether an object counts as a sequence here: it has items, and is no dict.
fn is_sequence(vm: &Vm, object: &PyRef) -> bool {
    let slots = vm.type_of(object).slots(vm);
    let is_dict = object.is_a::<exuvia_vm::types::dict::PyDict>();
    slots.concat.is_some() || slots.getitem.is_some() && !is_dict
}

fn not_concatenable(vm: &Vm, object: &PyRef) -> PyErr {
    let found = vm.type_name(object);
    vm.type_error(format!("'{found}' object can't be concatenated"))
}

fn concat(vm: &mut Vm, a: PyRef, b: PyRef) -> PyResult {
    if let Some(concat) = vm.type_of(&a).slots(vm).concat {
        return concat(vm, &a, &b);
    }
    if is_sequence(vm, &a) && is_sequence(vm, &b) {
        return vm.binary_op(BinaryOp::Add, &a, &b);
    }
    Err(not_concatenable(vm, &a))
}

fn iconcat(vm: &mut Vm, a: PyRef, b: PyRef) -> PyResult {
    let slots = vm.type_of(&a).slots(vm);
    if let Some(concat) = slots.inplace_concat.or(slots.concat) {
        return concat(vm, &a, &b);
    }
    if is_sequence(vm, &a) && is_sequence(vm, &b) {
        return vm.inplace_op(BinaryOp::Add, &a, &b);
    }
    Err(not_concatenable(vm, &a))
}

/// An iterator over a container, or the error that names its type.
fn elements(vm: &mut Vm, container: &PyRef) -> PyResult {
    vm.iter(container).map_err(|error| {
        if error.is(vm, &exuvia_vm::types::exception::TYPE_ERROR) {
            let found = vm.type_name(container);
            vm.type_error(format!("argument of type '{found}' is not iterable"))
        } else {
            error
        }
    })
}

fn index_of(vm: &mut Vm, container: PyRef, value: PyRef) -> PyResult<usize> {
    let iterator = elements(vm, &container)?;
    let mut index = 0;
    while let Some(item) = vm.next(&iterator)? {
        if vm.equal(&item, &value)? {
            return Ok(index);
        }
        index += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}

fn count_of(vm: &mut Vm, container: PyRef, value: PyRef) -> PyResult<usize> {
    let iterator = elements(vm, &container)?;
    let mut count = 0;
    while let Some(item) = vm.next(&iterator)? {
        count += usize::from(vm.equal(&item, &value)?);
    }
    Ok(count)
}

fn length_hint(vm: &mut Vm, object: PyRef, default: Option<PyRef>) -> PyResult {
    let default = match default {
        None => vm.new_int(0)?,
        Some(default) => default,
    };
    if !default.is_a::<PyInt>() {
        let found = vm.type_name(&default);
        return Err(vm.type_error(format!(
            "'{found}' object cannot be interpreted as an integer"
        )));
    }
    // What no hint can be says that there was none, so that a default of any value can be returned as it is.
    match vm.length_hint(&object, usize::MAX)? {
        usize::MAX => Ok(default),
        hint => vm.new_int_from_usize(hint),
    }
}

fn compare_digest(vm: &mut Vm, a: PyRef, b: PyRef) -> PyResult<bool> {
    if let (Some(left), Some(right)) = (a.downcast_ref::<PyStr>(), b.downcast_ref::<PyStr>()) {
        let (Some(left), Some(right)) = (left.as_str(), right.as_str()) else {
            return Err(
                vm.type_error("comparing strings with non-ASCII characters is not supported")
            );
        };
        return Ok(is_same_secret(left.as_bytes(), right.as_bytes()));
    }
    let (left, right) = (vm.try_buffer(&a)?, vm.try_buffer(&b)?);
    match (left, right) {
        (Some(left), Some(right)) => Ok(is_same_secret(&left.to_bytes(vm), &right.to_bytes(vm))),
        (None, None) => {
            let (left, right) = (vm.type_name(&a), vm.type_name(&b));
            Err(vm.type_error(format!(
                "unsupported operand types(s) or combination of types: '{left}' and '{right}'"
            )))
        }
        (None, _) => Err(vm.not_bytes_like(&a)),
        (_, None) => Err(vm.not_bytes_like(&b)),
    }
}

/// Compares in a time that depends only on the length of the second.
fn is_same_secret(a: &[u8], b: &[u8]) -> bool {
    let same_length = a.len() == b.len();
    let left = if same_length { a } else { b };
    let difference = left
        .iter()
        .zip(b)
        .fold(u8::from(!same_length), |bits, (a, b)| {
            std::hint::black_box(bits | (a ^ b))
        });
    difference == 0
}
