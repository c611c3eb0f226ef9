//! `_csv.Dialect`: how fields are delimited, quoted and escaped; and the dialects that have names.

use super::{DIALECT_ERROR, Registry};
use exuvia_object::Class;
use exuvia_vm::args::KwArgs;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::int::{PyInt, int_i64};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};

/// What is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// What must be.
    Minimal,
    /// Everything.
    All,
    /// What is no number; what is not quoted is a number.
    NonNumeric,
    /// Nothing.
    None,
    /// Strings; what is not quoted is a number or None.
    Strings,
    /// All but None.
    NotNull,
}

/// The numbers of the ways to quote, by name.
pub static QUOTING_NAMES: &[(&str, Quoting)] = &[
    ("QUOTE_MINIMAL", Quoting::Minimal),
    ("QUOTE_ALL", Quoting::All),
    ("QUOTE_NONNUMERIC", Quoting::NonNumeric),
    ("QUOTE_NONE", Quoting::None),
    ("QUOTE_STRINGS", Quoting::Strings),
    ("QUOTE_NOTNULL", Quoting::NotNull),
];

/// A dialect.
#[derive(Debug, Traverse)]
pub struct PyDialect {
    /// Ends a line that is written.
    pub lineterminator: Ref<PyStr>,
    /// Stands between fields.
    pub delimiter: u32,
    /// Stands around fields.
    pub quotechar: Option<u32>,
    /// Takes the meaning away from the character behind it.
    pub escapechar: Option<u32>,
    /// What is quoted.
    #[traverse(skip)]
    pub quoting: Quoting,
    /// A quote in a quoted field is doubled.
    pub doublequote: bool,
    /// Spaces behind a delimiter do not count.
    pub skipinitialspace: bool,
    /// Bad input is an error.
    pub strict: bool,
}

impl PyPayload for PyDialect {
    const DEF: &'static TypeDef = &DIALECT;
}

/// A row for an attribute.
macro_rules! attribute {
    ($name:literal, |$vm:ident, $this:ident| $value:expr, $doc:literal) => {
        GetSet {
            name: $name,
            doc: $doc,
            get: |$vm, this| {
                let $this = receiver(this);
                $value
            },
            set: None,
        }
    };
}

/// `Dialect`
pub static DIALECT: TypeDef = TypeDef {
    doc: "Dialect(dialect=None, **parameters)\n\nHow fields are delimited, quoted and escaped.",
    class: Some(Class::of::<PyDialect>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__reduce__",
            "($self, /)",
            refuse_pickle,
            "Refuses to be pickled."
        ),
        method!(
            "__reduce_ex__",
            "($self, protocol=0, /)",
            |vm: &mut Vm, this: Ref<PyDialect>, _protocol: Option<PyRef>| refuse_pickle(vm, this),
            "Refuses to be pickled."
        ),
    ],
    getset: &[
        attribute!(
            "delimiter",
            |vm, this| character(vm, Some(this.delimiter)),
            "What stands between fields."
        ),
        attribute!(
            "quotechar",
            |vm, this| character(vm, this.quotechar),
            "What stands around fields, or None."
        ),
        attribute!(
            "escapechar",
            |vm, this| character(vm, this.escapechar),
            "What escapes a character, or None."
        ),
        attribute!(
            "lineterminator",
            |_vm, this| Ok(this.lineterminator.clone().into_any()),
            "What ends a line that is written."
        ),
        attribute!(
            "quoting",
            |vm, this| vm.new_int(this.quoting as i64),
            "What is quoted."
        ),
        attribute!(
            "doublequote",
            |vm, this| Ok(vm.new_bool(this.doublequote)),
            "Whether quotes in fields are doubled."
        ),
        attribute!(
            "skipinitialspace",
            |vm, this| Ok(vm.new_bool(this.skipinitialspace)),
            "Whether spaces behind delimiters do not count."
        ),
        attribute!(
            "strict",
            |vm, this| Ok(vm.new_bool(this.strict)),
            "Whether bad input is an error."
        ),
    ],
    ..TypeDef::new("_csv.Dialect")
};

fn receiver(this: &PyRef) -> &Ref<PyDialect> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn character(vm: &Vm, character: Option<u32>) -> PyResult {
    match character {
        Some(character) => Ok(vm.new_char(character)?.into_any()),
        None => Ok(vm.none()),
    }
}

fn refuse_pickle(vm: &mut Vm, this: Ref<PyDialect>) -> PyResult {
    let name = vm.type_of(&this).name_text();
    Err(vm.type_error(format!("cannot pickle '{name}' instances")))
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let mut parameters = KwArgs::new();
    let mut positional = args.positionals().iter();
    let dialect = positional.next().cloned();
    for (name, value) in PARAMETERS.iter().zip(positional) {
        parameters.push((vm.intern(name)?, value.clone()));
    }
    for (name, value) in args.keywords() {
        if let Some(name) = name.downcast_ref::<PyStr>() {
            parameters.push((name.clone(), value.clone()));
        }
    }
    make(vm, ty, dialect, parameters).map(Ref::into_any)
}

/// The parameters, in the order in which they can be given.
static PARAMETERS: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// A dialect that is given by name or by example, with some parameters changed.
///
/// # Errors
/// `TypeError` and `ValueError` for parameters that cannot be; `csv.Error` for an unknown name.
pub fn of(vm: &mut Vm, dialect: Option<PyRef>, parameters: KwArgs) -> PyResult<Ref<PyDialect>> {
    let class = vm.class(&DIALECT).clone();
    make(vm, &class, dialect, parameters)
}

fn make(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    dialect: Option<PyRef>,
    parameters: KwArgs,
) -> PyResult<Ref<PyDialect>> {
    let mut example = dialect;
    let mut given: [Option<PyRef>; 8] = Default::default();
    for (name, value) in parameters {
        let text = name.to_text();
        match PARAMETERS.iter().position(|known| *known == text) {
            Some(index) => given[index] = Some(value),
            None if text == "dialect" => example = Some(value),
            None => {
                return Err(vm.type_error(format!(
                    "this function got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    let example = example.filter(|example| !vm.is_none(example));
    let example = match example {
        Some(name) if name.is_a::<PyStr>() => Some(named(vm, &name)?),
        example => example,
    };
    if let Some(example) = &example {
        if ty.is(vm.class(&DIALECT))
            && given.iter().all(Option::is_none)
            && let Some(same) = example.downcast_ref::<PyDialect>()
        {
            return Ok(same.clone());
        }
        for (name, value) in PARAMETERS.iter().zip(&mut given) {
            if value.is_none() {
                *value = vm.lookup_attr_str(example, name)?;
            }
        }
    }
    let dialect = read(vm, given)?;
    check(vm, &dialect)?;
    vm.new_instance(ty, dialect)
}

fn read(vm: &mut Vm, given: [Option<PyRef>; 8]) -> PyResult<PyDialect> {
    let [
        delimiter,
        doublequote,
        escapechar,
        lineterminator,
        quotechar,
        quoting,
        skipinitialspace,
        strict,
    ] = given;
    let has_no_quotes = quotechar.as_ref().is_some_and(|quote| vm.is_none(quote));
    let quoting = match quoting {
        None if has_no_quotes => Quoting::None,
        quoting => read_quoting(vm, quoting)?,
    };
    Ok(PyDialect {
        delimiter: read_delimiter(vm, delimiter)?,
        doublequote: truth(vm, doublequote, true)?,
        escapechar: read_character(vm, "escapechar", escapechar, None)?,
        lineterminator: read_terminator(vm, lineterminator)?,
        quotechar: read_character(vm, "quotechar", quotechar, Some('"'.into()))?,
        quoting,
        skipinitialspace: truth(vm, skipinitialspace, false)?,
        strict: truth(vm, strict, false)?,
    })
}

fn truth(vm: &mut Vm, value: Option<PyRef>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| vm.is_true(&value))
}

/// The one character of a string; else the error that says what it was to be.
fn one_character(vm: &Vm, name: &str, expected: &str, value: &PyRef) -> PyResult<u32> {
    let Some(text) = value.downcast_ref::<PyStr>() else {
        let found = vm.type_name(value);
        return Err(vm.type_error(format!("\"{name}\" must be {expected}, not {found}")));
    };
    match text.len() {
        1 => Ok(text.char_at(0)),
        len => Err(vm.type_error(format!(
            "\"{name}\" must be {expected}, not a string of length {len}"
        ))),
    }
}

fn read_delimiter(vm: &Vm, value: Option<PyRef>) -> PyResult<u32> {
    match value {
        None => Ok(','.into()),
        Some(value) => one_character(vm, "delimiter", "a unicode character", &value),
    }
}

fn read_character(
    vm: &Vm,
    name: &str,
    value: Option<PyRef>,
    default: Option<u32>,
) -> PyResult<Option<u32>> {
    match value {
        None => Ok(default),
        Some(value) if vm.is_none(&value) => Ok(None),
        Some(value) => one_character(vm, name, "a unicode character or None", &value).map(Some),
    }
}

fn read_terminator(vm: &Vm, value: Option<PyRef>) -> PyResult<Ref<PyStr>> {
    let Some(value) = value else {
        return vm.new_str("\r\n");
    };
    match value.downcast_ref::<PyStr>() {
        Some(text) => Ok(text.clone()),
        None => Err(vm.type_error(format!(
            "\"lineterminator\" must be a string, not {}",
            vm.type_name(&value)
        ))),
    }
}

fn read_quoting(vm: &Vm, value: Option<PyRef>) -> PyResult<Quoting> {
    let Some(value) = value else {
        return Ok(Quoting::Minimal);
    };
    if !value.is_a::<PyInt>() {
        return Err(vm.type_error(format!(
            "\"quoting\" must be an integer, not {}",
            vm.type_name(&value)
        )));
    }
    let number = int_i64(&value).and_then(|number| usize::try_from(number).ok());
    match number.and_then(|number| QUOTING_NAMES.get(number)) {
        Some((_, quoting)) => Ok(*quoting),
        None => Err(vm.type_error("bad \"quoting\" value")),
    }
}

/// Refuses characters that cannot have the meaning they are given.
fn check(vm: &Vm, dialect: &PyDialect) -> PyResult<()> {
    if dialect.quoting != Quoting::None && dialect.quotechar.is_none() {
        return Err(vm.type_error("quotechar must be set if quoting enabled"));
    }
    let allows_space = !dialect.skipinitialspace;
    let meanings = [
        ("delimiter", Some(dialect.delimiter), true),
        ("escapechar", dialect.escapechar, allows_space),
        ("quotechar", dialect.quotechar, allows_space),
    ];
    for (name, character, allows_space) in meanings {
        let Some(character) = character else {
            continue;
        };
        let is_bad = match char::from_u32(character) {
            Some('\r' | '\n') => true,
            Some(' ') => !allows_space,
            _ => false,
        };
        if is_bad {
            return Err(bad(vm, name));
        }
        if dialect
            .lineterminator
            .code_points()
            .any(|other| other == character)
        {
            return Err(bad(vm, &format!("{name} or lineterminator")));
        }
    }
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        let ((first, a, _), (second, b, _)) = (meanings[first], meanings[second]);
        if a.is_some() && a == b {
            return Err(bad(vm, &format!("{first} or {second}")));
        }
    }
    Ok(())
}

fn bad(vm: &Vm, what: &str) -> PyErr {
    vm.value_error(format!("bad {what} value"))
}

// ------------------------------------------------------------------------------------------- names

fn named(vm: &mut Vm, name: &PyRef) -> PyResult {
    let dialects = Registry::dialects(vm)?;
    match dialects.get_item(vm, name)? {
        Some(dialect) => Ok(dialect),
        None => Err(vm.error(&DIALECT_ERROR, "unknown dialect")),
    }
}

/// `get_dialect`
///
/// # Errors
/// `csv.Error` for an unknown name.
pub fn get(vm: &mut Vm, name: PyRef) -> PyResult {
    named(vm, &name)
}

/// `register_dialect`
///
/// # Errors
/// `TypeError` if the name is no string, and as [`of`].
pub fn register(
    vm: &mut Vm,
    name: PyRef,
    dialect: Option<PyRef>,
    parameters: KwArgs,
) -> PyResult<()> {
    if !name.is_a::<PyStr>() {
        return Err(vm.type_error("dialect name must be a string"));
    }
    let dialect = of(vm, dialect, parameters)?;
    let dialects = Registry::dialects(vm)?;
    dialects.set_item(vm, &name, dialect.into_any())
}

/// `unregister_dialect`
///
/// # Errors
/// `csv.Error` for an unknown name.
pub fn unregister(vm: &mut Vm, name: PyRef) -> PyResult<()> {
    let dialects = Registry::dialects(vm)?;
    if dialects.del_item(vm, &name)? {
        return Ok(());
    }
    Err(vm.error(&DIALECT_ERROR, "unknown dialect"))
}

/// `list_dialects`
///
/// # Errors
/// `OutOfMemory`.
pub fn list(vm: &mut Vm) -> PyResult {
    let names = Registry::dialects(vm)?.keys_to_vec(vm);
    Ok(vm.new_list(names)?.into_any())
}
