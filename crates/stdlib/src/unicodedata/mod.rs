//! `unicodedata`: the database of Unicode characters. Start with [`data`]; `normalize.rs` has the normal forms, `tables.rs`
//! the facts. Names are those of the crate `unicode_names2`.

mod data;
mod normalize;
mod tables;

use data::Age;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, IntoPy, Method, TypeDef, TypeFlags};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, function, method};
use normalize::Form;

/// No name of a character is longer.
const NAME_CHARACTERS_MAX: usize = 256;

/// An older version of the database, as an object.
#[derive(Debug, Traverse)]
struct PyDatabase {
    #[traverse(skip)]
    age: Age,
}

impl PyPayload for PyDatabase {
    const DEF: &'static TypeDef = &DATABASE;
}

/// The rows of the module, or of the type whose objects are older versions: `$this` is the receiver, if there is one.
macro_rules! rows {
    ($row:ident, [$($this:ident)?], $age:expr, $chr:literal, $default:literal, $form:literal, $name:literal) => {
        &[
            $row!(
                "category",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "category", &chr)?;
                    Ok::<_, PyErr>($age.category(character))
                },
                "The general category of a character."
            ),
            $row!(
                "bidirectional",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "bidirectional", &chr)?;
                    Ok::<_, PyErr>($age.bidirectional(character))
                },
                "The bidirectional class of a character; empty if there is none."
            ),
            $row!(
                "combining",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "combining", &chr)?;
                    Ok::<_, PyErr>($age.combining(character))
                },
                "The canonical combining class of a character; 0 if there is none."
            ),
            $row!(
                "mirrored",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "mirrored", &chr)?;
                    Ok::<_, PyErr>(i64::from($age.is_mirrored(character)))
                },
                "1 if a character is mirrored in text from right to left, else 0."
            ),
            $row!(
                "east_asian_width",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "east_asian_width", &chr)?;
                    Ok::<_, PyErr>($age.width(character))
                },
                "The East Asian width of a character."
            ),
            $row!(
                "decomposition",
                $chr,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef| {
                    let character = sole_character(vm, "decomposition", &chr)?;
                    Ok::<_, PyErr>(decomposition($age, character))
                },
                "What a character is made of, as text; empty if it is not."
            ),
            $row!(
                "decimal",
                $default,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef, default: Option<PyRef>| {
                    let value = $age.value(first_character(vm, "decimal", &chr)?);
                    let number = value.filter(|value| value.is_decimal).map(|value| value.number as i64);
                    or_default(vm, number, default, "not a decimal")
                },
                "The value of a decimal digit; the default, or ValueError, for other characters."
            ),
            $row!(
                "digit",
                $default,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef, default: Option<PyRef>| {
                    // As in CPython, this knows no versions.
                    $(let _ = &$this;)?
                    let value = Age::Current.value(first_character(vm, "digit", &chr)?);
                    let number = value.filter(|value| value.is_digit).map(|value| value.number as i64);
                    or_default(vm, number, default, "not a digit")
                },
                "The value of a digit; the default, or ValueError, for other characters."
            ),
            $row!(
                "numeric",
                $default,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef, default: Option<PyRef>| {
                    let value = $age.value(first_character(vm, "numeric", &chr)?);
                    let number = value.map(|value| value.number);
                    or_default(vm, number, default, "not a numeric character")
                },
                "The value of a numeric character; the default, or ValueError, for other characters."
            ),
            $row!(
                "name",
                $default,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? chr: PyRef, default: Option<PyRef>| {
                    let name = name($age, first_character(vm, "name", &chr)?);
                    or_default(vm, name, default, "no such name")
                },
                "The name of a character; the default, or ValueError, if it has none."
            ),
            $row!(
                "lookup",
                $name,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? name: PyRef| lookup(vm, $age, &name),
                "The character of this name; KeyError if there is none."
            ),
            $row!(
                "normalize",
                $form,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? form: Ref<PyStr>, unistr: Ref<PyStr>| {
                    normalized(vm, $age, &form, &unistr)
                },
                "A string in the normal form NFC, NFKC, NFD or NFKD."
            ),
            $row!(
                "is_normalized",
                $form,
                |vm: &mut Vm, $($this: Ref<PyDatabase>,)? form: Ref<PyStr>, unistr: Ref<PyStr>| {
                    normalized(vm, $age, &form, &unistr).map(|normal| normal.is(&unistr))
                },
                "Whether a string is in the normal form NFC, NFKC, NFD or NFKD."
            ),
        ]
    };
}

static FUNCTIONS: &[Method] = rows!(
    function,
    [],
    Age::Current,
    "($module, chr, /)",
    "($module, chr, default=<unrepresentable>, /)",
    "($module, form, unistr, /)",
    "($module, name, /)"
);

/// `UCD`
static DATABASE: TypeDef = TypeDef {
    class: Some(Class::of::<PyDatabase>),
    flags: TypeFlags::NO_NEW,
    methods: rows!(
        method,
        [this],
        this.age,
        "($self, chr, /)",
        "($self, chr, default=<unrepresentable>, /)",
        "($self, form, unistr, /)",
        "($self, name, /)"
    ),
    getset: &[GetSet {
        name: "unidata_version",
        doc: "The version of the database.",
        get: |vm, _| Ok(vm.new_str("3.2.0")?.into_any()),
        set: None,
    }],
    ..TypeDef::new("unicodedata.UCD")
};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let doc = vm.new_str("What Unicode says about each character, and normal forms of strings.")?;
    vm.add_attribute(module, "__doc__", doc.into_any())?;
    let version = vm.new_str(tables::VERSION)?.into_any();
    vm.add_attribute(module, "unidata_version", version)?;
    let class = vm.make_class(&DATABASE)?.into_any();
    vm.add_attribute(module, "UCD", class)?;
    let old = vm.new_object(PyDatabase { age: Age::Old })?.into_any();
    vm.add_attribute(module, "ucd_3_2_0", old)
}

/// The character that is the only argument of a function.
fn sole_character(vm: &mut Vm, function: &str, arg: &PyRef) -> PyResult<u32> {
    character(vm, function, "argument", arg)
}

/// The character that is the first of several arguments.
fn first_character(vm: &mut Vm, function: &str, arg: &PyRef) -> PyResult<u32> {
    character(vm, function, "argument 1", arg)
}

fn character(vm: &mut Vm, function: &str, which: &str, arg: &PyRef) -> PyResult<u32> {
    let Some(text) = arg.downcast_ref::<PyStr>() else {
        let found = vm.type_name(arg);
        return Err(vm.type_error(format!(
            "{function}() {which} must be a unicode character, not {found}"
        )));
    };
    let mut characters = text.code_points();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(vm.type_error(format!(
            "{function}(): {which} must be a unicode character, not a string of length {}",
            text.len()
        ))),
    }
}

fn or_default<T: IntoPy>(
    vm: &mut Vm,
    value: Option<T>,
    default: Option<PyRef>,
    message: &str,
) -> PyResult {
    match (value, default) {
        (Some(value), _) => value.into_py(vm),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(vm.value_error(message)),
    }
}

fn decomposition(age: Age, character: u32) -> String {
    let Some(parts) = age.decomposition(character) else {
        return String::new();
    };
    let tag = Some(parts.tag.to_owned()).filter(|tag| !tag.is_empty());
    let codes = parts.characters().iter().map(|code| format!("{code:04X}"));
    tag.into_iter().chain(codes).collect::<Vec<_>>().join(" ")
}

fn name(age: Age, character: u32) -> Option<String> {
    let known = char::from_u32(character).filter(|_| age.knows(character))?;
    unicode_names2::name(known).map(|name| name.to_string())
}

fn lookup(vm: &mut Vm, age: Age, arg: &PyRef) -> PyResult {
    let wanted = match arg.downcast_ref::<PyStr>() {
        Some(text) => text.to_text().into_owned(),
        None => {
            let bytes = vm.bytes_like(arg)?;
            String::from_utf8_lossy(&bytes.get(vm)).into_owned()
        }
    };
    let message = if wanted.len() > NAME_CHARACTERS_MAX {
        "name too long".to_owned()
    } else {
        match named(age, &wanted) {
            Some(character) => return character.to_string().into_py(vm),
            None => format!("undefined character name '{wanted}'"),
        }
    };
    let message = vm.new_str(&message)?.into_any();
    Err(vm.key_error(&message))
}

/// The character of a name, in upper or lower case. The crate is more generous: it overlooks spaces and hyphens.
fn named(age: Age, wanted: &str) -> Option<char> {
    let character = unicode_names2::character(wanted)?;
    let squash = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_uppercase()).collect()
    };
    match name(Age::Current, character.into()) {
        Some(name) if name.eq_ignore_ascii_case(wanted) => Some(character),
        // Another name for it, which 3.2 did not have.
        Some(name) => (age == Age::Current && squash(&name) != squash(wanted)).then_some(character),
        None => (age == Age::Current).then_some(character),
    }
}

fn normalized(vm: &mut Vm, age: Age, form: &Ref<PyStr>, text: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    // As in CPython, the form of an empty string does not matter.
    if text.is_empty() {
        return Ok(text.clone());
    }
    match Form::named(&form.to_text()) {
        Some(form) => normalize::normalize(vm, age, form, text),
        None => Err(vm.value_error("invalid normalization form")),
    }
}
