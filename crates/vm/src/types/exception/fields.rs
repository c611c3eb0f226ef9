//! What some exceptions have beyond arguments: their fields, constructors and texts.
//!
//! A type's fields lie in [`PyException::fields`] in the order of its table here; subclasses inherit both.

#![allow(
    unsafe_code,
    reason = "fields of an exception nobody else has seen are filled without the token"
)]

use super::{PyException, exception};
use crate::object::PyPayload;
use crate::table::GetSet;
use crate::types::bytes::PyBytes;
use crate::types::exception as exc;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// An `__init__` slot.
pub(crate) type Init = fn(&mut Vm, &PyRef, Args<'_>) -> PyResult<()>;

/// Index of `StopIteration.value`.
pub const STOP_ITERATION_VALUE: usize = 0;
/// Index of `SystemExit.code`.
pub const SYSTEM_EXIT_CODE: usize = 0;
/// Index of `AttributeError.name`.
pub const ATTRIBUTE_ERROR_NAME: usize = 0;
/// Index of `AttributeError.obj`.
pub const ATTRIBUTE_ERROR_OBJ: usize = 1;
/// Index of `NameError.name`.
pub const NAME_ERROR_NAME: usize = 0;
/// Index of `ImportError.msg`.
pub const IMPORT_ERROR_MSG: usize = 0;
/// Index of `ImportError.name`.
pub const IMPORT_ERROR_NAME: usize = 1;
/// Index of `ImportError.path`.
pub const IMPORT_ERROR_PATH: usize = 2;
/// Index of `ImportError.name_from`.
pub const IMPORT_ERROR_NAME_FROM: usize = 3;

macro_rules! fields {
    ($($table:ident = [$($name:literal $index:literal),+];)+) => {
        $(
            pub(crate) static $table: Fields = Fields(&[$(GetSet {
                name: $name,
                doc: "A field of the exception.",
                get: |vm, this| Ok(exception(this).field(vm, $index).unwrap_or_else(|| vm.none())),
                set: Some(|vm, this, value| exception(this).set_field(vm, $index, value.cloned())),
            }),+]);
        )+
    };
}

/// The fields of a type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields(&'static [GetSet]);

impl Fields {
    /// The rows.
    pub(crate) const fn rows(&self) -> &'static [GetSet] {
        self.0
    }
}

fields! {
    STOP_ITERATION = ["value" 0];
    SYSTEM_EXIT = ["code" 0];
    ATTRIBUTE_ERROR = ["name" 0, "obj" 1];
    NAME_ERROR = ["name" 0];
    IMPORT_ERROR = ["msg" 0, "name" 1, "path" 2, "name_from" 3];
    OS_ERROR = ["errno" 0, "strerror" 1, "filename" 2, "filename2" 3];
    SYNTAX_ERROR = ["msg" 0, "filename" 1, "lineno" 2, "offset" 3, "text" 4, "end_lineno" 5, "end_offset" 6,
        "print_file_and_line" 7, "_metadata" 8];
    UNICODE = ["encoding" 0, "object" 1, "start" 2, "end" 3, "reason" 4];
}

/// Sets a field of an exception that nobody else has seen yet.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn set_fresh(
    vm: &Vm,
    exception: &Ref<PyException>,
    index: usize,
    value: PyRef,
) -> PyResult<()> {
    // SAFETY: only the caller has a handle, so nobody reads or changes the fields meanwhile.
    let fields = unsafe { exception.fields.get_mut_unguarded() };
    while fields.len() <= index {
        fields.push(vm.heap(), None)?;
    }
    fields[index] = Some(value);
    Ok(())
}

/// What native code that raises leaves to do, in place of `__init__`.
pub(crate) fn init_without_python(
    vm: &Vm,
    exception: &Ref<PyException>,
    args: &[PyRef],
) -> PyResult<()> {
    let is = |def| vm.has_class(def) && vm.is_instance_of_def(exception.as_any(), def);
    match args {
        [first, ..] if is(&exc::STOP_ITERATION) => {
            set_fresh(vm, exception, STOP_ITERATION_VALUE, first.clone())
        }
        [only] if is(&exc::SYSTEM_EXIT) => set_fresh(vm, exception, SYSTEM_EXIT_CODE, only.clone()),
        [only] if is(&exc::IMPORT_ERROR) => {
            set_fresh(vm, exception, IMPORT_ERROR_MSG, only.clone())
        }
        [first, rest @ ..] if is(&exc::SYNTAX_ERROR) => {
            set_fresh(vm, exception, 0, first.clone())?;
            let details = rest
                .first()
                .and_then(|details| details.downcast_ref::<PyTuple>());
            for (index, value) in details
                .map(|details| &details[..])
                .unwrap_or_default()
                .iter()
                .enumerate()
            {
                set_fresh(vm, exception, index + 1, value.clone())?;
            }
            Ok(())
        }
        [_, _, ..] if is(&exc::OS_ERROR) => {
            for (index, value) in args.iter().take(3).enumerate() {
                set_fresh(vm, exception, index, value.clone())?;
            }
            if args.len() > 2 {
                exception.set_args(vm.new_tuple(&args[..2])?);
            }
            Ok(())
        }
        _ if is(&exc::UNICODE_DECODE_ERROR) || is(&exc::UNICODE_ENCODE_ERROR) => {
            for (index, value) in args.iter().enumerate() {
                set_fresh(vm, exception, index, value.clone())?;
            }
            Ok(())
        }
        [object, start, end, reason] if is(&exc::UNICODE_TRANSLATE_ERROR) => {
            for (index, value) in [(1, object), (2, start), (3, end), (4, reason)] {
                set_fresh(vm, exception, index, value.clone())?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Sets `args`, and the keyword arguments that a type takes.
fn init_with_keywords(
    vm: &mut Vm,
    this: &PyRef,
    args: Args<'_>,
    keywords: &[(&str, usize)],
) -> PyResult<()> {
    let tuple = vm.new_tuple(args.positionals())?;
    exception(this).set_args(tuple);
    for (name, value) in args.keywords() {
        let text = name
            .downcast_ref::<PyStr>()
            .map(|name| name.to_text().into_owned())
            .unwrap_or_default();
        match keywords.iter().find(|(known, _)| *known == text) {
            Some((_, index)) => exception(this).set_field(vm, *index, Some(value.clone()))?,
            None => {
                let class = vm.type_name(this);
                return Err(vm.type_error(format!(
                    "{class}() got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    Ok(())
}

fn no_keywords(vm: &Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if args.names.is_empty() {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "{}() takes no keyword arguments",
        vm.type_name(this)
    )))
}

pub(crate) fn stop_iteration_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, this, args)?;
    init_with_keywords(vm, this, args, &[])?;
    exception(this).set_field(vm, STOP_ITERATION_VALUE, args.values.first().cloned())
}

pub(crate) fn system_exit_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, this, args)?;
    init_with_keywords(vm, this, args, &[])?;
    let code = match args.values {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(exception(this).args().into_any()),
    };
    exception(this).set_field(vm, SYSTEM_EXIT_CODE, code)
}

pub(crate) fn attribute_error_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    init_with_keywords(
        vm,
        this,
        args,
        &[("name", ATTRIBUTE_ERROR_NAME), ("obj", ATTRIBUTE_ERROR_OBJ)],
    )
}

pub(crate) fn name_error_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    init_with_keywords(vm, this, args, &[("name", NAME_ERROR_NAME)])
}

pub(crate) fn import_error_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let keywords = [
        ("name", IMPORT_ERROR_NAME),
        ("path", IMPORT_ERROR_PATH),
        ("name_from", IMPORT_ERROR_NAME_FROM),
    ];
    init_with_keywords(vm, this, args, &keywords)?;
    let message = if let [only] = args.positionals() {
        Some(only.clone())
    } else {
        None
    };
    exception(this).set_field(vm, IMPORT_ERROR_MSG, message)
}

pub(crate) fn import_error_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    match exception(this).field(vm, IMPORT_ERROR_MSG) {
        Some(message) if vm.is_exactly(&message, &crate::types::str::STR) => Ok(message),
        _ => super::str(vm, this),
    }
}

/// A missing key is shown as it is written, so that `''` can be seen.
pub(crate) fn key_error_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    match &exception(this).args()[..] {
        [key] => Ok(vm.repr(key)?.into_any()),
        _ => super::str(vm, this),
    }
}

/// `OSError(errno, …)` makes the subclass for the number (PEP 3151).
pub(crate) fn os_error_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let is_plain = ty.is(vm.class(&exc::OS_ERROR));
    let number = match args.positionals() {
        [number, _, ..] if is_plain => crate::types::int::int_i64(number),
        _ => None,
    };
    let ty = number
        .and_then(|number| class_for_errno(vm, number))
        .unwrap_or_else(|| ty.clone());
    super::new(vm, &ty, args)
}

/// The subclass of `OSError` for an error number of Linux, if there is one.
pub fn class_for_errno(vm: &Vm, number: i64) -> Option<Ref<PyType>> {
    let def = match number {
        1 | 13 => &exc::PERMISSION_ERROR,
        2 => &exc::FILE_NOT_FOUND_ERROR,
        3 => &exc::PROCESS_LOOKUP_ERROR,
        4 => &exc::INTERRUPTED_ERROR,
        10 => &exc::CHILD_PROCESS_ERROR,
        11 | 114 | 115 => &exc::BLOCKING_IO_ERROR,
        17 => &exc::FILE_EXISTS_ERROR,
        20 => &exc::NOT_A_DIRECTORY_ERROR,
        21 => &exc::IS_A_DIRECTORY_ERROR,
        32 | 108 => &exc::BROKEN_PIPE_ERROR,
        103 => &exc::CONNECTION_ABORTED_ERROR,
        104 => &exc::CONNECTION_RESET_ERROR,
        110 => &exc::TIMEOUT_ERROR,
        111 => &exc::CONNECTION_REFUSED_ERROR,
        _ => return None,
    };
    Some(vm.class(def).clone())
}

pub(crate) fn os_error_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, this, args)?;
    let this = exception(this).clone();
    let values = args.values;
    if (2..=5).contains(&values.len()) {
        this.set_field(vm, 0, Some(values[0].clone()))?;
        this.set_field(vm, 1, Some(values[1].clone()))?;
        let filename = values.get(2).filter(|name| !vm.is_none(name)).cloned();
        this.set_field(vm, 2, filename)?;
        let second = values.get(4).filter(|name| !vm.is_none(name)).cloned();
        this.set_field(vm, 3, second)?;
        // The file names are not arguments: `args` stays as Python 2 code expects it.
        let shown = if values.len() > 2 {
            &values[..2]
        } else {
            values
        };
        let tuple = vm.new_tuple(shown)?;
        this.set_args(tuple);
    } else {
        let tuple = vm.new_tuple(values)?;
        this.set_args(tuple);
    }
    Ok(())
}

pub(crate) fn os_error_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    let field = |index| exception(this).field(vm, index);
    let (Some(number), Some(text)) = (field(0), field(1)) else {
        return super::str(vm, this);
    };
    let (filename, second) = (field(2), field(3));
    let (number, text) = (vm.str(&number)?, vm.str(&text)?);
    let mut shown = format!("[Errno {}] {}", number.to_text(), text.to_text());
    if let Some(filename) = filename.filter(|name| !vm.is_none(name)) {
        shown.push_str(&format!(": {}", vm.repr(&filename)?.to_text()));
        if let Some(second) = second.filter(|name| !vm.is_none(name)) {
            shown.push_str(&format!(" -> {}", vm.repr(&second)?.to_text()));
        }
    }
    Ok(vm.new_str(&shown)?.into_any())
}

impl Vm {
    /// An `OSError` (or the subclass for its number) for an error of the operating system, about a file if given.
    #[cold]
    pub fn os_error(&mut self, error: &std::io::Error, filename: Option<&PyRef>) -> crate::PyErr {
        let number = i64::from(error.raw_os_error().unwrap_or(0));
        // The standard library appends " (os error N)", which Python does not show.
        let shown = error.to_string();
        let text = shown
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_owned();
        let made = self.new_int(number).and_then(|number_object| {
            let mut args = vec![number_object, self.new_str(&text)?.into_any()];
            args.extend(filename.cloned());
            let class =
                class_for_errno(self, number).unwrap_or_else(|| self.class(&exc::OS_ERROR).clone());
            super::new_instance(self, &class, &args)
        });
        match made {
            Ok(exception) => crate::PyErr::Raised(exception),
            Err(error) => error,
        }
    }
}

pub(crate) fn syntax_error_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, this, args)?;
    init_with_keywords(vm, this, args, &[])?;
    let this = exception(this).clone();
    this.set_field(vm, 0, args.values.first().cloned())?;
    if let [_, details] = args.values {
        let details = vm.to_vec(details)?;
        if !matches!(details.len(), 4 | 6 | 7) {
            let found = details.len();
            return Err(vm.type_error(format!(
                "function {} {} arguments ({found} given)",
                if found < 4 {
                    "missing required argument; it takes at least 4"
                } else {
                    "takes at most 7"
                },
                ""
            )));
        }
        for (index, value) in details.into_iter().enumerate() {
            let index = if index == 6 { 8 } else { index + 1 };
            this.set_field(vm, index, Some(value))?;
        }
    }
    Ok(())
}

pub(crate) fn syntax_error_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    let field = |index| exception(this).field(vm, index);
    let (message, filename, line) = (field(0), field(1), field(2));
    let message = message.unwrap_or_else(|| vm.none());
    let message = vm.str(&message)?;
    let filename = filename
        .and_then(|name| name.downcast::<PyStr>().ok())
        .map(|name| {
            let text = name.to_text().into_owned();
            text.rsplit('/').next().unwrap_or_default().to_owned()
        });
    let line = line.filter(|line| line.is_a::<crate::types::int::PyInt>());
    let line = match line {
        Some(line) => Some(vm.str(&line)?.to_text().into_owned()),
        None => None,
    };
    let message = message.to_text();
    let text = match (filename, line) {
        (Some(file), Some(line)) => format!("{message} ({file}, line {line})"),
        (Some(file), None) => format!("{message} ({file})"),
        (None, Some(line)) => format!("{message} (line {line})"),
        (None, None) => message.into_owned(),
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// The arguments of a Unicode error's constructor, checked: `types` names what is expected.
fn unicode_init(vm: &mut Vm, this: &PyRef, args: Args<'_>, first: usize) -> PyResult<()> {
    no_keywords(vm, this, args)?;
    init_with_keywords(vm, this, args, &[])?;
    let count = 5 - first;
    if args.values.len() != count {
        let found = args.values.len();
        return Err(vm.type_error(format!(
            "function takes exactly {count} arguments ({found} given)"
        )));
    }
    for (index, value) in args.values.iter().enumerate() {
        exception(this).set_field(vm, first + index, Some(value.clone()))?;
    }
    Ok(())
}

pub(crate) fn unicode_decode_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if let Some(object) = args.values.get(1)
        && !object.is_a::<PyBytes>()
        && vm.type_of(object).slots(vm).buffer.is_none()
    {
        let message = format!(
            "a bytes-like object is required, not '{}'",
            vm.type_name(object)
        );
        return Err(vm.type_error(message));
    }
    unicode_init(vm, this, args, 0)
}

pub(crate) fn unicode_encode_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if let Some(object) = args.values.get(1)
        && !object.is_a::<PyStr>()
    {
        let message = format!("argument 2 must be str, not {}", vm.type_name(object));
        return Err(vm.type_error(message));
    }
    unicode_init(vm, this, args, 0)
}

pub(crate) fn unicode_translate_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    unicode_init(vm, this, args, 1)
}

/// Encoding, start, end and reason of a Unicode error, as far as they are what they should be.
fn unicode_parts(vm: &mut Vm, this: &PyRef) -> PyResult<(String, i64, i64, String)> {
    let field = |index| exception(this).field(vm, index);
    let (encoding, start, end, reason) = (field(0), field(2), field(3), field(4));
    let mut text = |value: Option<PyRef>| -> PyResult<String> {
        match value {
            Some(value) => Ok(vm.str(&value)?.to_text().into_owned()),
            None => Ok(String::new()),
        }
    };
    let (encoding, reason) = (text(encoding)?, text(reason)?);
    let number = |value: Option<PyRef>| {
        value
            .and_then(|value| crate::types::int::int_i64(&value))
            .unwrap_or(0)
    };
    Ok((encoding, number(start), number(end), reason))
}

/// Whether a Unicode error has the object that it is about; without it there is nothing to say.
///
/// # Errors
/// `TypeError` if that is of the wrong type.
fn has_object<T: PyPayload>(vm: &mut Vm, this: &PyRef, article: &str) -> PyResult<bool> {
    match exception(this).field(vm, 1) {
        None => Ok(false),
        Some(object) if object.is_a::<T>() => Ok(true),
        Some(_) => Err(vm.type_error(format!(
            "UnicodeError 'object' attribute must be a {article}"
        ))),
    }
}

pub(crate) fn unicode_decode_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    if !has_object::<PyBytes>(vm, this, "bytes")? {
        return Ok(vm.new_str("")?.into_any());
    }
    let (encoding, start, end, reason) = unicode_parts(vm, this)?;
    let object = exception(this).field(vm, 1);
    let byte = object
        .as_ref()
        .and_then(|object| object.downcast_ref::<PyBytes>())
        .and_then(|bytes| bytes.as_slice().get(usize::try_from(start).ok()?).copied());
    let text = match byte {
        Some(byte) if end == start.wrapping_add(1) => {
            format!(
                "'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"
            )
        }
        _ => format!(
            "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
            end.wrapping_sub(1)
        ),
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// The one character that an error is about, as it is shown.
fn shown_character(vm: &Vm, this: &PyRef, start: i64, end: i64) -> Option<String> {
    let object = exception(this).field(vm, 1)?;
    let text = object.downcast_ref::<PyStr>()?;
    if end != start.wrapping_add(1) {
        return None;
    }
    let start = usize::try_from(start)
        .ok()
        .filter(|&start| start < text.len())?;
    Some(match text.char_at(start) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    })
}

pub(crate) fn unicode_encode_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    if !has_object::<PyStr>(vm, this, "string")? {
        return Ok(vm.new_str("")?.into_any());
    }
    let (encoding, start, end, reason) = unicode_parts(vm, this)?;
    let text = match shown_character(vm, this, start, end) {
        Some(shown) => format!(
            "'{encoding}' codec can't encode character '{shown}' in position {start}: {reason}"
        ),
        None => format!(
            "'{encoding}' codec can't encode characters in position {start}-{}: {reason}",
            end.wrapping_sub(1)
        ),
    };
    Ok(vm.new_str(&text)?.into_any())
}

pub(crate) fn unicode_translate_str(vm: &mut Vm, this: &PyRef) -> PyResult {
    if !has_object::<PyStr>(vm, this, "string")? {
        return Ok(vm.new_str("")?.into_any());
    }
    let (_, start, end, reason) = unicode_parts(vm, this)?;
    let text = match shown_character(vm, this, start, end) {
        Some(shown) => format!("can't translate character '{shown}' in position {start}: {reason}"),
        None => format!(
            "can't translate characters in position {start}-{}: {reason}",
            end.wrapping_sub(1)
        ),
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// The arguments that make an exception once more: an `OSError` keeps its files apart from them.
pub(super) fn args_to_pickle(vm: &mut Vm, this: &Ref<PyException>) -> PyResult<Ref<PyTuple>> {
    let args = this.args();
    let is_os_error = vm.is_instance_of_def(this.as_any(), &super::OS_ERROR);
    let (2, true, Some(filename)) = (args.len(), is_os_error, this.field(vm, 2)) else {
        return Ok(args);
    };
    let mut items = args.to_vec();
    items.push(filename);
    if let Some(second) = this.field(vm, 3) {
        items.push(vm.none());
        items.push(second);
    }
    vm.new_tuple(&items)
}

/// What a pickled exception is given beside its attributes: the fields of an `ImportError`.
pub(super) fn state_to_pickle(
    vm: &mut Vm,
    this: &Ref<PyException>,
) -> PyResult<Vec<(PyRef, PyRef)>> {
    let mut state = Vec::new();
    if vm.is_instance_of_def(this.as_any(), &super::IMPORT_ERROR) {
        let fields = [
            ("name", IMPORT_ERROR_NAME),
            ("path", IMPORT_ERROR_PATH),
            ("name_from", IMPORT_ERROR_NAME_FROM),
        ];
        for (name, index) in fields {
            if let Some(value) = this.field(vm, index) {
                state.push((vm.intern(name)?.into_any(), value));
            }
        }
    }
    Ok(state)
}
