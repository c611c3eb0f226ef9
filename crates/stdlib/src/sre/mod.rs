//! `_sre`: what `re` is built on. The library parses and compiles patterns ([`code`] tells to what); what is here checks
//! the instructions ([`verify`]), runs them ([`matcher`], [`search`]), and makes pattern and match objects of it.

pub mod code;
pub mod match_;
pub mod matcher;
pub mod pattern;
pub mod replace;
pub mod scanner;
pub mod search;
pub mod subject;
pub mod verify;

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "compile",
        "($module, /, pattern, flags, code, groups, groupindex, indexgroup)",
        pattern::compile,
        "A pattern object of compiled instructions."
    ),
    function!(
        "template",
        "($module, pattern, template, /)",
        replace::template,
        "A replacement of a list of text, group number, text and so on."
    ),
    function!(
        "getcodesize",
        "($module, /)",
        |_: &mut Vm| code::CODE_SIZE,
        "Bytes of an instruction's words."
    ),
    function!(
        "ascii_iscased",
        "($module, character, /)",
        |_: &mut Vm, character: i32| character_of(character).is_some_and(is_cased_ascii),
        "Whether a character has case in ASCII."
    ),
    function!(
        "ascii_tolower",
        "($module, character, /)",
        |_: &mut Vm, character: i32| changed(character, code::lower_ascii),
        "The lower case of a character in ASCII."
    ),
    function!(
        "unicode_iscased",
        "($module, character, /)",
        |_: &mut Vm, character: i32| character_of(character).is_some_and(is_cased_unicode),
        "Whether a character has case."
    ),
    function!(
        "unicode_tolower",
        "($module, character, /)",
        |_: &mut Vm, character: i32| changed(character, code::lower_unicode),
        "The lower case of a character."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for def in pattern::DEFS {
        vm.make_class(def)?;
    }
    let numbers = [
        ("MAGIC", code::MAGIC),
        ("CODESIZE", code::CODE_SIZE),
        ("MAXREPEAT", code::MAX_REPEAT.into()),
        ("MAXGROUPS", code::MAX_GROUPS),
    ];
    for (name, number) in numbers {
        let number = vm.new_int(number)?;
        vm.add_attribute(module, name, number)?;
    }
    let notice = vm.new_str("The instructions are those of the engine SRE.")?;
    vm.add_attribute(module, "copyright", notice.into_any())
}

fn character_of(character: i32) -> Option<u32> {
    u32::try_from(character).ok()
}

fn changed(character: i32, change: fn(u32) -> u32) -> i32 {
    character_of(character).map_or(character, |known| change(known).cast_signed())
}

fn is_cased_ascii(character: u32) -> bool {
    u8::try_from(character).is_ok_and(|byte| byte.is_ascii_alphabetic())
}

fn is_cased_unicode(character: u32) -> bool {
    character != code::lower_unicode(character) || character != code::upper_unicode(character)
}
