//! The arguments of the numeric types' constructors, which are read by hand because they are called so often.

use crate::table::TypeDef;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// The one optional argument of a constructor that takes no keywords.
///
/// # Errors
/// `TypeError` for keywords and for more than one argument.
pub fn optional<'a>(
    vm: &Vm,
    ty: &Ref<PyType>,
    def: &'static TypeDef,
    args: Args<'a>,
) -> PyResult<Option<&'a PyRef>> {
    // Keywords are for a subclass with an `__init__` of its own.
    if !args.names.is_empty() && has_init_of(vm, ty, vm.class(def)) {
        return Err(vm.type_error(format!("{}() takes no keyword arguments", def.name)));
    }
    match args.positionals() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        more => Err(vm.type_error(format!(
            "{} expected at most 1 argument, got {}",
            def.name,
            more.len()
        ))),
    }
}

fn has_init_of(vm: &Vm, ty: &Ref<PyType>, base: &Ref<PyType>) -> bool {
    match (ty.slots(vm).init, base.slots(vm).init) {
        (Some(init), Some(inherited)) => ty.is(base) || std::ptr::fn_addr_eq(init, inherited),
        (init, _) => init.is_none(),
    }
}

/// The arguments of a constructor of two optional parameters, of which the first may be positional only.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The first argument.
    pub first: Option<&'a PyRef>,
    /// The second argument.
    pub second: Option<&'a PyRef>,
}

/// Reads two optional arguments; `None` as the name of the first means that it has to be positional.
///
/// # Errors
/// `TypeError` for too many arguments, an unknown keyword, and an argument given twice.
pub fn pair<'a>(
    vm: &Vm,
    function: &str,
    names: (Option<&str>, &str),
    args: Args<'a>,
) -> PyResult<Pair<'a>> {
    if args.values.len() > 2 {
        let count = args.values.len();
        return Err(vm.type_error(format!(
            "{function}() takes at most 2 arguments ({count} given)"
        )));
    }
    let positionals = args.positionals();
    let mut found = Pair {
        first: positionals.first(),
        second: positionals.get(1),
    };
    for (name, value) in args.keywords() {
        let text = match name.downcast_ref::<PyStr>() {
            Some(name) => name.to_text().into_owned(),
            None => return Err(vm.type_error("keywords must be strings")),
        };
        let (place, position) = if text == names.1 {
            (&mut found.second, 2)
        } else if names.0 == Some(&text) {
            (&mut found.first, 1)
        } else {
            return Err(vm.type_error(format!(
                "{function}() got an unexpected keyword argument '{text}'"
            )));
        };
        if place.replace(value).is_some() {
            let message = format!(
                "argument for {function}() given by name ('{text}') and position ({position})"
            );
            return Err(vm.type_error(message));
        }
    }
    Ok(found)
}
