//! `open` and its relatives, and small things that all streams need.

use super::{ask, buffered, fileio, text};
use exuvia_vm::object::attribute;
use exuvia_vm::table::Method;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::RUNTIME_WARNING;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// The functions of the module.
pub static FUNCTIONS: &[Method] = &[
    function!(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None,\n     errors=None, newline=None, closefd=True, opener=None)",
        open,
        "Opens a file as a stream of text or bytes."
    ),
    function!(
        "open_code",
        "($module, /, path)",
        open_code,
        "Opens a file of code to be run, for reading bytes."
    ),
    function!(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        text_encoding,
        "The encoding to use where None may be given."
    ),
];

/// The largest block that a file system may ask for as a buffer.
const BUFFER_MAX: usize = 8 << 20;

/// What the letters of a mode say.
#[derive(Clone, Copy, Debug, Default)]
struct Mode {
    reads: bool,
    writes: bool,
    appends: bool,
    creates: bool,
    updates: bool,
    is_text: bool,
    is_binary: bool,
}

impl Mode {
    fn parse(vm: &mut Vm, mode: &Ref<PyStr>) -> PyResult<Self> {
        let letters = mode.to_text();
        let mut found = Self::default();
        for (index, letter) in letters.chars().enumerate() {
            let flag = match letter {
                'r' => &mut found.reads,
                'w' => &mut found.writes,
                'a' => &mut found.appends,
                'x' => &mut found.creates,
                '+' => &mut found.updates,
                't' => &mut found.is_text,
                'b' => &mut found.is_binary,
                _ => return Err(invalid_mode(vm, mode)),
            };
            *flag = true;
            if letters.chars().take(index).any(|before| before == letter) {
                return Err(invalid_mode(vm, mode));
            }
        }
        if found.is_text && found.is_binary {
            return Err(vm.value_error("can't have text and binary mode at once"));
        }
        let kinds = [found.reads, found.writes, found.appends, found.creates];
        if kinds.iter().filter(|&&kind| kind).count() > 1 {
            return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
        }
        Ok(found)
    }

    /// The mode as [`fileio::PyFileIO`] takes it.
    fn raw(self) -> String {
        [
            (self.creates, 'x'),
            (self.reads, 'r'),
            (self.writes, 'w'),
            (self.appends, 'a'),
            (self.updates, '+'),
        ]
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, letter)| letter)
        .collect()
    }
}

#[cold]
fn invalid_mode(vm: &mut Vm, mode: &Ref<PyStr>) -> exuvia_vm::PyErr {
    match vm.repr(mode.as_any()) {
        Ok(shown) => vm.value_error(format!("invalid mode: {}", shown.to_text())),
        Err(error) => error,
    }
}

/// An argument that is a string or `None`.
pub(super) fn text_or_none(
    vm: &Vm,
    function: &str,
    name: &str,
    value: Option<PyRef>,
) -> PyResult<Option<Ref<PyStr>>> {
    match value.filter(|value| !vm.is_none(value)) {
        None => Ok(None),
        Some(value) => match value.downcast::<PyStr>() {
            Ok(text) => Ok(Some(text)),
            Err(value) => Err(vm.type_error(format!(
                "{function}() argument '{name}' must be str or None, not {}",
                vm.type_name(&value)
            ))),
        },
    }
}

fn open(
    vm: &mut Vm,
    file: PyRef,
    mode: Option<Ref<PyStr>>,
    buffering: Option<i64>,
    encoding: Option<PyRef>,
    errors: Option<PyRef>,
    newline: Option<PyRef>,
    closefd: Option<bool>,
    opener: Option<PyRef>,
) -> PyResult {
    let encoding = text_or_none(vm, "open", "encoding", encoding)?;
    let errors = text_or_none(vm, "open", "errors", errors)?;
    let newline = text_or_none(vm, "open", "newline", newline)?;
    let buffering = buffering.unwrap_or(-1);
    let mode_text = match mode {
        Some(mode) => mode,
        None => vm.intern("r")?,
    };
    let mode = Mode::parse(vm, &mode_text)?;
    check_binary(
        vm,
        mode,
        &[
            ("encoding", &encoding),
            ("errors", &errors),
            ("newline", &newline),
        ],
    )?;
    if mode.is_binary && buffering == 1 {
        vm.warn(
            &RUNTIME_WARNING,
            "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
            1,
            None,
        )?;
    }
    let raw = open_raw(vm, &file, mode, closefd, opener)?;
    let opened = build(
        vm,
        &raw,
        mode,
        &mode_text,
        buffering,
        [encoding, errors, newline],
    );
    if opened.is_err() {
        // The first error counts.
        let _ = vm.call_method_str(&raw, "close", &[]);
    }
    opened
}

fn check_binary(vm: &Vm, mode: Mode, texts: &[(&str, &Option<Ref<PyStr>>)]) -> PyResult<()> {
    let given = texts.iter().find(|(_, value)| value.is_some());
    match given.filter(|_| mode.is_binary) {
        None => Ok(()),
        Some((name, _)) => {
            let article = if *name == "newline" { "a" } else { "an" };
            Err(vm.value_error(format!(
                "binary mode doesn't take {article} {name} argument"
            )))
        }
    }
}

fn open_raw(
    vm: &mut Vm,
    file: &PyRef,
    mode: Mode,
    closefd: Option<bool>,
    opener: Option<PyRef>,
) -> PyResult {
    let class = vm.class(&fileio::FILE_IO).clone().into_any();
    let args = [
        file.clone(),
        vm.new_str(&mode.raw())?.into_any(),
        vm.new_bool(closefd.unwrap_or(true)),
        opener.unwrap_or_else(|| vm.none()),
    ];
    vm.call_positional(&class, &args)
}

/// Puts a buffer on a file, and text on that, as the mode wants it.
fn build(
    vm: &mut Vm,
    raw: &PyRef,
    mode: Mode,
    mode_text: &Ref<PyStr>,
    buffering: i64,
    [encoding, errors, newline]: [Option<Ref<PyStr>>; 3],
) -> PyResult {
    let is_terminal = buffering < 0 && ask(vm, raw, "_isatty_open_only")?;
    let line_buffering = buffering == 1 && !mode.is_binary || is_terminal;
    if buffering == 0 {
        return match mode.is_binary {
            true => Ok(raw.clone()),
            false => Err(vm.value_error("can't have unbuffered text I/O")),
        };
    }
    let size = match usize::try_from(buffering) {
        Ok(size) if size > 1 => size,
        _ => default_size(vm, raw)?,
    };
    let reads = mode.reads || mode.updates;
    let writes = mode.writes || mode.appends || mode.creates || mode.updates;
    let buffer = buffered::over(vm, raw, size, reads, writes)?;
    if mode.is_binary {
        return Ok(buffer);
    }
    let options = text::Options {
        encoding,
        errors,
        newline,
        line_buffering,
        write_through: false,
    };
    let made = text::over(vm, &buffer, &options);
    if made.is_err() {
        // The first error counts.
        let _ = vm.call_method_str(&buffer, "close", &[]);
    }
    let made = made?;
    vm.set_attr_str(&made, "mode", mode_text.as_any())?;
    Ok(made)
}

fn default_size(vm: &mut Vm, raw: &PyRef) -> PyResult<usize> {
    let block = vm.get_attr_str(raw, "_blksize")?;
    let block = usize::try_from(vm.index_i64(&block)?).unwrap_or(0);
    Ok(block.clamp(super::DEFAULT_BUFFER_SIZE, BUFFER_MAX))
}

fn open_code(vm: &mut Vm, path: PyRef) -> PyResult {
    if !path.is_a::<PyStr>() {
        let found = vm.type_name(&path);
        return Err(vm.type_error(format!(
            "open_code() argument 'path' must be str, not {found}"
        )));
    }
    let mode = vm.intern("rb")?;
    open(vm, path, Some(mode), None, None, None, None, None, None)
}

/// Differs from CPython: as `sys.flags.utf8_mode` says, the default is always UTF-8.
fn text_encoding(vm: &mut Vm, encoding: PyRef, _stacklevel: Option<i64>) -> PyResult {
    match vm.is_none(&encoding) {
        true => Ok(vm.intern("utf-8")?.into_any()),
        false => Ok(encoding),
    }
}

/// `__getstate__` of streams that are open.
pub(super) fn cannot_pickle(vm: &mut Vm, this: PyRef) -> PyResult {
    let class = vm.type_of(&this).name_text();
    Err(vm.type_error(format!("cannot pickle '{class}' instances")))
}

/// The repr of a stream's name within that of the stream.
pub(super) fn repr_of_name(vm: &mut Vm, this: &PyRef, name: &PyRef) -> PyResult<String> {
    if vm.repr_enter(this)? {
        let class = vm.type_of(this).full_name();
        return Err(vm.runtime_error(format!("reentrant call inside {class}.__repr__")));
    }
    let shown = vm.repr(name);
    vm.repr_leave(this);
    Ok(shown?.to_text().into_owned())
}

/// A copy of an object's attributes as a dict.
pub(super) fn copied_attributes(vm: &mut Vm, this: &PyRef) -> PyResult {
    let copy = vm.new_dict()?;
    for (name, value) in attribute::instance_items(vm, this) {
        copy.set_item(vm, &name, value)?;
    }
    Ok(copy.into_any())
}

/// Gives an object the attributes of a dict.
pub(super) fn set_attributes(vm: &mut Vm, this: &PyRef, attributes: &Ref<PyDict>) -> PyResult<()> {
    let mut position = 0;
    while let Some((name, value)) = attributes.next_entry(vm, &mut position) {
        let name = vm.attribute_name(&name)?.clone();
        vm.set_attr(this, &name, &value)?;
    }
    Ok(())
}
