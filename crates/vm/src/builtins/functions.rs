//! Built-in functions that work on objects.

use crate::protocol::number::BinaryOp;
use crate::table::{CompareOp, Method, MethodKind, Rest, Shape, handler};
use crate::types::dict::PyDict;
use crate::types::exception;
use crate::types::float::float_value;
use crate::types::int::int_i64;
use crate::types::str::PyStr;
use crate::{KwArgs, PyRef, PyResult, Ref, Vm, function};

const PRINT_SIGNATURE: &str = "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)";

/// The rows of this file.
pub(crate) static FUNCTIONS: &[Method] = &[
    function!(
        "abs",
        "($module, number, /)",
        abs,
        "The absolute value of a number."
    ),
    function!(
        "all",
        "($module, iterable, /)",
        all,
        "Whether every item is true."
    ),
    function!(
        "any",
        "($module, iterable, /)",
        any,
        "Whether some item is true."
    ),
    function!(
        "aiter",
        "($module, async_iterable, /)",
        aiter,
        "The asynchronous iterator of an object."
    ),
    function!(
        "anext",
        "($module, aiterator, default=<unrepresentable>, /)",
        anext,
        "An awaitable for the next item."
    ),
    function!(
        "ascii",
        "($module, obj, /)",
        ascii,
        "The repr of an object, in ASCII."
    ),
    function!(
        "bin",
        "($module, number, /)",
        bin,
        "An integer in binary, with 0b."
    ),
    function!(
        "breakpoint",
        "($module, /, *args, **kws)",
        breakpoint,
        "Calls sys.breakpointhook."
    ),
    function!(
        "callable",
        "($module, obj, /)",
        callable,
        "Whether an object can be called."
    ),
    function!(
        "chr",
        "($module, i, /)",
        chr,
        "The character with a code point."
    ),
    function!(
        "delattr",
        "($module, obj, name, /)",
        delattr,
        "Deletes an attribute."
    ),
    function!(
        "dir",
        "($module, object=<unrepresentable>, /)",
        dir,
        "The names of an object's attributes, or those in scope."
    ),
    function!(
        "divmod",
        "($module, x, y, /)",
        divmod,
        "Quotient and remainder."
    ),
    function!(
        "format",
        "($module, value, format_spec='', /)",
        format,
        "A value as text, in a format."
    ),
    function!(
        "getattr",
        "($module, object, name, default=<unrepresentable>, /)",
        getattr,
        "An attribute, or the default."
    ),
    function!(
        "globals",
        "($module, /)",
        globals,
        "The namespace of the running module."
    ),
    function!(
        "hasattr",
        "($module, obj, name, /)",
        hasattr,
        "Whether an object has an attribute."
    ),
    function!("hash", "($module, obj, /)", hash, "The hash of an object."),
    function!(
        "hex",
        "($module, number, /)",
        hex,
        "An integer in hexadecimal, with 0x."
    ),
    function!(
        "id",
        "($module, obj, /)",
        id,
        "The identity of an object: its address."
    ),
    function!(
        "input",
        "($module, prompt='', /)",
        input,
        "A line from standard input."
    ),
    function!(
        "isinstance",
        "($module, obj, class_or_tuple, /)",
        isinstance,
        "Whether an object is an instance of a class."
    ),
    function!(
        "issubclass",
        "($module, cls, class_or_tuple, /)",
        issubclass,
        "Whether a class derives from another."
    ),
    function!(
        "iter",
        "($module, object, sentinel=<unrepresentable>, /)",
        iter,
        "An iterator over an object, or over calls of it."
    ),
    function!("len", "($module, obj, /)", len, "The number of items."),
    function!("locals", "($module, /)", locals, "The local variables."),
    function!(
        "max",
        "($module, /, *args, key=None, default=<unrepresentable>)",
        max,
        "The largest item."
    ),
    function!(
        "min",
        "($module, /, *args, key=None, default=<unrepresentable>)",
        min,
        "The smallest item."
    ),
    function!(
        "next",
        "($module, iterator, default=<unrepresentable>, /)",
        next,
        "The next item of an iterator, or the default."
    ),
    function!(
        "oct",
        "($module, number, /)",
        oct,
        "An integer in octal, with 0o."
    ),
    function!(
        "ord",
        "($module, character, /)",
        ord,
        "The code point of a character."
    ),
    function!(
        "pow",
        "($module, base, exp, mod=None)",
        pow,
        "A power, modulo a number if one is given."
    ),
    Method {
        name: "print",
        signature: PRINT_SIGNATURE,
        shape: Shape::of(PRINT_SIGNATURE),
        kind: MethodKind::Function,
        doc: "Writes values to a stream.",
        // Nearly all calls have no keywords: their arguments need no sorting.
        call: |vm, args, method| match args.names {
            [] => print_values(vm, args.values, None, None, None).map(|_| vm.none()),
            _ => handler::invoke(print, vm, args, method),
        },
    },
    function!(
        "repr",
        "($module, obj, /)",
        repr,
        "How an object is written."
    ),
    function!(
        "round",
        "($module, number, ndigits=None)",
        round,
        "A number, rounded."
    ),
    function!(
        "setattr",
        "($module, obj, name, value, /)",
        setattr,
        "Sets an attribute."
    ),
    function!(
        "sorted",
        "($module, iterable, /, *, key=None, reverse=False)",
        sorted,
        "A sorted list of the items."
    ),
    function!(
        "sum",
        "($module, iterable, /, start=0)",
        sum,
        "The sum of the items."
    ),
    function!(
        "vars",
        "($module, object=<unrepresentable>, /)",
        vars,
        "The __dict__ of an object, or the local variables."
    ),
    function!(
        "__import__",
        "($module, /, name, globals=None, locals=None, fromlist=(), level=0)",
        import,
        "Imports a module."
    ),
];

fn abs(vm: &mut Vm, number: PyRef) -> PyResult {
    vm.absolute(&number)
}

fn all(vm: &mut Vm, iterable: PyRef) -> PyResult<bool> {
    let iterator = vm.iter(&iterable)?;
    while let Some(item) = vm.next(&iterator)? {
        if !vm.is_true(&item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(vm: &mut Vm, iterable: PyRef) -> PyResult<bool> {
    let iterator = vm.iter(&iterable)?;
    while let Some(item) = vm.next(&iterator)? {
        if vm.is_true(&item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn aiter(vm: &mut Vm, object: PyRef) -> PyResult {
    let Some(aiter) = vm.type_of(&object).slots(vm).aiter else {
        let message = format!(
            "'{}' object is not an async iterable",
            vm.type_name(&object)
        );
        return Err(vm.type_error(message));
    };
    let iterator = aiter(vm, &object)?;
    if vm.type_of(&iterator).slots(vm).anext.is_none() {
        let message = format!(
            "aiter() returned not an async iterator of type '{}'",
            vm.type_name(&iterator)
        );
        return Err(vm.type_error(message));
    }
    Ok(iterator)
}

fn anext(vm: &mut Vm, iterator: PyRef, default: Option<PyRef>) -> PyResult {
    let Some(anext) = vm.type_of(&iterator).slots(vm).anext else {
        let message = format!(
            "'{}' object is not an async iterator",
            vm.type_name(&iterator)
        );
        return Err(vm.type_error(message));
    };
    let awaitable = anext(vm, &iterator)?;
    match default {
        None => Ok(awaitable),
        Some(default) => crate::types::asyncgen::anext_awaitable(vm, awaitable, default),
    }
}

fn ascii(vm: &mut Vm, object: PyRef) -> PyResult<Ref<PyStr>> {
    vm.ascii(&object)
}

/// An integer with a prefix, in a base that format specifications know.
fn in_base(vm: &mut Vm, number: &PyRef, spec: &str) -> PyResult<Ref<PyStr>> {
    let number = vm.index(number)?.into_any();
    let spec = vm.new_str(spec)?;
    vm.format(&number, &spec)
}

fn bin(vm: &mut Vm, number: PyRef) -> PyResult<Ref<PyStr>> {
    in_base(vm, &number, "#b")
}

fn hex(vm: &mut Vm, number: PyRef) -> PyResult<Ref<PyStr>> {
    in_base(vm, &number, "#x")
}

fn oct(vm: &mut Vm, number: PyRef) -> PyResult<Ref<PyStr>> {
    in_base(vm, &number, "#o")
}

fn breakpoint(vm: &mut Vm, args: Rest, keywords: KwArgs) -> PyResult {
    let hook_key = vm.intern("breakpointhook")?;
    let Some(hook) = vm.sys().get_str(vm, &hook_key) else {
        return Err(vm.runtime_error("lost sys.breakpointhook"));
    };
    let (mut values, mut names) = (args.0, Vec::new());
    for (name, value) in keywords {
        names.push(name.into_any());
        values.push(value);
    }
    vm.call(
        &hook,
        crate::Args {
            values: &values,
            names: &names,
        },
    )
}

fn callable(vm: &mut Vm, object: PyRef) -> bool {
    vm.callable(&object)
}

fn chr(vm: &mut Vm, code: PyRef) -> PyResult {
    let code = vm.index(&code)?;
    match code
        .to_i64()
        .and_then(|code| u32::try_from(code).ok())
        .filter(|&code| code <= 0x10_FFFF)
    {
        Some(code) => Ok(vm.new_char(code)?.into_any()),
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

/// An attribute's name, which must be a string.
fn name_of<'a>(vm: &Vm, function: &str, name: &'a PyRef) -> PyResult<&'a Ref<PyStr>> {
    name.downcast_ref::<PyStr>().ok_or_else(|| {
        let found = vm.type_name(name);
        vm.type_error(match function {
            "" => format!("attribute name must be string, not '{found}'"),
            function => format!("{function}(): attribute name must be string"),
        })
    })
}

fn delattr(vm: &mut Vm, object: PyRef, name: PyRef) -> PyResult<()> {
    let name = name_of(vm, "", &name)?.clone();
    vm.del_attr(&object, &name)
}

fn getattr(vm: &mut Vm, object: PyRef, name: PyRef, default: Option<PyRef>) -> PyResult {
    let name = name_of(vm, "", &name)?.clone();
    match default {
        None => vm.get_attr(&object, &name),
        Some(default) => Ok(vm.lookup_attr(&object, &name)?.unwrap_or(default)),
    }
}

fn hasattr(vm: &mut Vm, object: PyRef, name: PyRef) -> PyResult<bool> {
    let name = name_of(vm, "", &name)?.clone();
    Ok(vm.lookup_attr(&object, &name)?.is_some())
}

fn setattr(vm: &mut Vm, object: PyRef, name: PyRef, value: PyRef) -> PyResult<()> {
    let name = name_of(vm, "", &name)?.clone();
    vm.set_attr(&object, &name, &value)
}

fn dir(vm: &mut Vm, object: Option<PyRef>) -> PyResult {
    match object {
        Some(object) => vm.dir(&object),
        None => {
            let locals = vm.current_locals()?;
            let names = vm.to_vec(&locals)?;
            let list = vm.new_list(names)?;
            vm.call_method_str(list.as_any(), "sort", &[])?;
            Ok(list.into_any())
        }
    }
}

fn divmod(vm: &mut Vm, x: PyRef, y: PyRef) -> PyResult {
    vm.binary_op(BinaryOp::DivMod, &x, &y)
}

fn format(vm: &mut Vm, value: PyRef, spec: Option<PyRef>) -> PyResult<Ref<PyStr>> {
    let spec = match spec {
        None => vm.new_str("")?,
        Some(spec) => spec.downcast::<PyStr>().map_err(|spec| {
            let found = vm.type_name(&spec);
            vm.type_error(format!("format() argument 2 must be str, not {found}"))
        })?,
    };
    vm.format(&value, &spec)
}

fn globals(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
    vm.current_globals()
        .ok_or_else(|| vm.system_error("globals() needs a running frame"))
}

fn locals(vm: &mut Vm) -> PyResult {
    vm.current_locals()
}

fn hash(vm: &mut Vm, object: PyRef) -> PyResult<i64> {
    vm.hash(&object)
}

fn id(vm: &mut Vm, object: PyRef) -> PyResult {
    vm.new_int_from_usize(object.address())
}

fn input(vm: &mut Vm, prompt: Option<PyRef>) -> PyResult {
    let (stdin, stdout) = (stream(vm, "stdin")?, stream(vm, "stdout")?);
    if let Some(prompt) = prompt {
        let text = vm.str(&prompt)?.into_any();
        vm.call_method_str(&stdout, "write", &[text])?;
    }
    vm.call_method_str(&stdout, "flush", &[])?;
    let line = vm.call_method_str(&stdin, "readline", &[])?;
    let Some(text) = line.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    if text.is_empty() {
        return Err(vm.error(&exception::EOF_ERROR, "EOF when reading a line"));
    }
    let len = text.len();
    let end = if text.char_at(len - 1) == u32::from('\n') {
        len - 1
    } else {
        len
    };
    Ok(text.slice(vm, 0, end)?.into_any())
}

/// A standard stream of `sys`.
fn stream(vm: &mut Vm, name: &str) -> PyResult {
    let key = vm.intern(name)?;
    match vm
        .sys()
        .get_str(vm, &key)
        .filter(|stream| !vm.is_none(stream))
    {
        Some(stream) => Ok(stream),
        None => Err(vm.runtime_error(format!("input(): lost sys.{name}"))),
    }
}

fn isinstance(vm: &mut Vm, object: PyRef, class: PyRef) -> PyResult<bool> {
    vm.is_instance(&object, &class)
}

fn issubclass(vm: &mut Vm, class: PyRef, other: PyRef) -> PyResult<bool> {
    vm.is_subclass(&class, &other)
}

fn iter(vm: &mut Vm, object: PyRef, sentinel: Option<PyRef>) -> PyResult {
    match sentinel {
        None => vm.iter(&object),
        Some(_) if !vm.callable(&object) => Err(vm.type_error("iter(v, w): v must be callable")),
        Some(sentinel) => Ok(vm.new_callable_iter(object, sentinel)?.into_any()),
    }
}

fn len(vm: &mut Vm, object: PyRef) -> PyResult<usize> {
    vm.len(&object)
}

fn max(vm: &mut Vm, args: Rest, key: Option<PyRef>, default: Option<PyRef>) -> PyResult {
    extreme(vm, "max", CompareOp::Gt, args.0, key, default)
}

fn min(vm: &mut Vm, args: Rest, key: Option<PyRef>, default: Option<PyRef>) -> PyResult {
    extreme(vm, "min", CompareOp::Lt, args.0, key, default)
}

fn extreme(
    vm: &mut Vm,
    name: &str,
    op: CompareOp,
    args: Vec<PyRef>,
    key: Option<PyRef>,
    default: Option<PyRef>,
) -> PyResult {
    let key = key.filter(|key| !vm.is_none(key));
    let items = match args.as_slice() {
        [] => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => iterable.clone(),
        _ if default.is_some() => {
            return Err(vm.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        _ => vm.new_tuple(&args)?.into_any(),
    };
    let iterator = vm.iter(&items)?;
    let mut best: Option<(PyRef, PyRef)> = None;
    while let Some(item) = vm.next(&iterator)? {
        let value = match &key {
            Some(key) => vm.call_positional(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let is_better = match &best {
            Some((_, best)) => vm.compare_bool(&value, best, op)?,
            None => true,
        };
        if is_better {
            best = Some((item, value));
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
    }
}

fn next(vm: &mut Vm, iterator: PyRef, default: Option<PyRef>) -> PyResult {
    if vm.type_of(&iterator).slots(vm).next.is_none() {
        let message = format!("'{}' object is not an iterator", vm.type_name(&iterator));
        return Err(vm.type_error(message));
    }
    match (vm.next_raw(&iterator), default) {
        (Ok(Some(item)), _) => Ok(item),
        (Ok(None), Some(default)) => Ok(default),
        (Ok(None), None) => Err(vm.stop_iteration(None)),
        (Err(error), Some(default)) if error.is(vm, &exception::STOP_ITERATION) => Ok(default),
        (Err(error), _) => Err(error),
    }
}

fn ord(vm: &mut Vm, character: PyRef) -> PyResult<u32> {
    let found = if let Some(text) = character.downcast_ref::<PyStr>() {
        if text.len() == 1 {
            return Ok(text.char_at(0));
        }
        text.len()
    } else if let Some(bytes) = crate::builtins::code::bytes_of(vm, &character) {
        if let [byte] = bytes[..] {
            return Ok(byte.into());
        }
        bytes.len()
    } else {
        let message = format!(
            "ord() expected string of length 1, but {} found",
            vm.type_name(&character)
        );
        return Err(vm.type_error(message));
    };
    Err(vm.type_error(format!(
        "ord() expected a character, but string of length {found} found"
    )))
}

fn pow(vm: &mut Vm, base: PyRef, exponent: PyRef, modulus: Option<PyRef>) -> PyResult {
    let modulus = modulus.unwrap_or_else(|| vm.none());
    vm.ternary_pow(&base, &exponent, &modulus)
}

fn print(
    vm: &mut Vm,
    values: Rest,
    separator: Option<PyRef>,
    end: Option<PyRef>,
    file: Option<PyRef>,
    flush: Option<bool>,
) -> PyResult<()> {
    let file = print_values(vm, &values.0, separator, end, file)?;
    if let Some(file) = file.filter(|_| flush == Some(true)) {
        let flush_key = vm.names().flush.clone();
        vm.call_method(&file, &flush_key, &[])?;
    }
    Ok(())
}

/// Writes values to a file, by default `sys.stdout`; returns it. `None`: there is no `sys.stdout`, so nothing is written.
fn print_values(
    vm: &mut Vm,
    values: &[PyRef],
    separator: Option<PyRef>,
    end: Option<PyRef>,
    file: Option<PyRef>,
) -> PyResult<Option<PyRef>> {
    let file = match file.filter(|file| !vm.is_none(file)) {
        Some(file) => file,
        None => {
            let key = vm.names().stdout.clone();
            match vm.sys().get_str(vm, &key) {
                None => return Err(vm.runtime_error("lost sys.stdout")),
                Some(stdout) if vm.is_none(&stdout) => return Ok(None),
                Some(stdout) => stdout,
            }
        }
    };
    let separator = print_part(vm, "sep", separator, " ")?;
    let end = print_part(vm, "end", end, "\n")?;
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            print_text(vm, &file, &separator)?;
        }
        let text = vm.str(value)?;
        print_text(vm, &file, &text)?;
    }
    print_text(vm, &file, &end)?;
    Ok(Some(file))
}

/// Writes a text to a file: natively if it is a stream that can be, else by its method.
fn print_text(vm: &mut Vm, file: &PyRef, text: &Ref<PyStr>) -> PyResult<()> {
    if let Some(write_text) = vm.write_text
        && write_text(vm, file, text)?
    {
        return Ok(());
    }
    let write = vm.names().write.clone();
    vm.call_method(file, &write, &[text.clone().into_any()])
        .map(drop)
}

fn print_part(
    vm: &mut Vm,
    name: &str,
    value: Option<PyRef>,
    default: &str,
) -> PyResult<Ref<PyStr>> {
    match value.filter(|value| !vm.is_none(value)) {
        None => vm.new_str(default),
        Some(value) => value.downcast::<PyStr>().map_err(|value| {
            let message = format!(
                "{name} must be None or a string, not {}",
                vm.type_name(&value)
            );
            vm.type_error(message)
        }),
    }
}

fn repr(vm: &mut Vm, object: PyRef) -> PyResult<Ref<PyStr>> {
    vm.repr(&object)
}

fn round(vm: &mut Vm, number: PyRef, digits: Option<PyRef>) -> PyResult {
    let round_key = vm.names().round.clone();
    let Some(method) = vm.lookup_special(&number, &round_key)? else {
        let message = format!(
            "type {} doesn't define __round__ method",
            vm.type_name(&number)
        );
        return Err(vm.type_error(message));
    };
    match digits.filter(|digits| !vm.is_none(digits)) {
        Some(digits) => vm.call_positional(&method, &[digits]),
        None => vm.call_positional(&method, &[]),
    }
}

fn sorted(vm: &mut Vm, iterable: PyRef, key: Option<PyRef>, reverse: Option<bool>) -> PyResult {
    let items = vm.to_vec(&iterable)?;
    let list = vm.new_list(items)?;
    let key = key.filter(|key| !vm.is_none(key));
    crate::types::list::sort::sort(vm, &list, key.as_ref(), reverse.unwrap_or(false))?;
    Ok(list.into_any())
}

fn sum(vm: &mut Vm, iterable: PyRef, start: Option<PyRef>) -> PyResult {
    let start = match start {
        Some(start) => {
            check_summable(vm, &start)?;
            start
        }
        None => vm.new_int(0)?,
    };
    let iterator = vm.iter(&iterable)?;
    let mut total = start;
    while let Some(item) = vm.next(&iterator)? {
        if let (Some(x), Some(_)) = (float_value(&total), float_value(&item)) {
            return sum_floats(vm, x, item, &iterator);
        }
        let small = int_i64(&total)
            .zip(int_i64(&item))
            .and_then(|(x, y)| x.checked_add(y));
        total = match small {
            Some(sum) => vm.new_int(sum)?,
            None => vm.binary_op(BinaryOp::Add, &total, &item)?,
        };
    }
    Ok(total)
}

fn check_summable(vm: &Vm, start: &PyRef) -> PyResult<()> {
    use crate::types::{bytearray::PyByteArray, bytes::PyBytes};
    let message = if start.is_a::<PyStr>() {
        "sum() can't sum strings [use ''.join(seq) instead]"
    } else if start.is_a::<PyBytes>() {
        "sum() can't sum bytes [use b''.join(seq) instead]"
    } else if start.is_a::<PyByteArray>() {
        "sum() can't sum bytearray [use b''.join(seq) instead]"
    } else {
        return Ok(());
    };
    Err(vm.type_error(message))
}

/// Sums floats with a compensation for what rounding loses (Neumaier 1974), as CPython has since 3.12.
fn sum_floats(vm: &mut Vm, start: f64, first: PyRef, iterator: &PyRef) -> PyResult {
    let (mut sum, mut lost) = (start, 0.0);
    let mut next = Some(first);
    while let Some(item) = next {
        let value = match (float_value(&item), int_i64(&item)) {
            (Some(value), _) => value,
            (None, Some(value)) => {
                sum += value as f64;
                next = vm.next(iterator)?;
                continue;
            }
            (None, None) => {
                let mut total = vm.new_float(settled(sum, lost))?;
                total = vm.binary_op(BinaryOp::Add, &total, &item)?;
                while let Some(item) = vm.next(iterator)? {
                    total = vm.binary_op(BinaryOp::Add, &total, &item)?;
                }
                return Ok(total);
            }
        };
        let new = sum + value;
        lost += if sum.abs() >= value.abs() {
            (sum - new) + value
        } else {
            (value - new) + sum
        };
        sum = new;
        next = vm.next(iterator)?;
    }
    vm.new_float(settled(sum, lost))
}

fn settled(sum: f64, lost: f64) -> f64 {
    if lost != 0.0 && lost.is_finite() {
        sum + lost
    } else {
        sum
    }
}

fn vars(vm: &mut Vm, object: Option<PyRef>) -> PyResult {
    let Some(object) = object else {
        return vm.current_locals();
    };
    let key = vm.names().dict.clone();
    match vm.lookup_attr(&object, &key)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn import(
    vm: &mut Vm,
    name: PyRef,
    globals: Option<PyRef>,
    _locals: Option<PyRef>,
    from_list: Option<PyRef>,
    level: Option<i64>,
) -> PyResult {
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("module name must be a string"));
    };
    vm.import_statement(
        name,
        globals.as_ref(),
        from_list.as_ref(),
        level.unwrap_or(0),
    )
}
