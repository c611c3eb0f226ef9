//! Modules packed into the binary: found by name, unpacked into code objects.

use crate::types::code::{self, PyCode};
use crate::types::exception;
use crate::{PyResult, Ref, Vm};
use rustpython_compiler_core::bytecode::{BasicBag, CodeObject, ConstantData};
use rustpython_compiler_core::marshal;
use std::borrow::Cow;

/// One packed module.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The code, as the compiler's `marshal` writes it.
    pub code: Cow<'static, [u8]>,
    /// Whether the module is a package.
    pub is_package: bool,
}

/// Where packed modules are found.
pub trait FrozenModules: std::fmt::Debug {
    /// The module of this full name.
    fn find(&self, name: &str) -> Option<Frozen>;

    /// Whether there is a module of this full name, and whether it is a package, without unpacking it.
    fn contains(&self, name: &str) -> Option<bool> {
        self.find(name).map(|frozen| frozen.is_package)
    }

    /// The source text of a module, for tracebacks and `inspect`; `None` if it is not packed.
    fn source(&self, name: &str) -> Option<String>;
}

/// The code object of a packed module.
///
/// # Errors
/// `ImportError` if there is none of this name; `OutOfMemory`.
pub fn code(vm: &mut Vm, name: &str) -> PyResult<Ref<PyCode>> {
    let found = vm
        .native_modules
        .frozen
        .as_ref()
        .and_then(|frozen| frozen.find(name));
    let Some(frozen) = found else {
        return Err(vm.error(
            &exception::IMPORT_ERROR,
            format!("No such frozen object named {name}"),
        ));
    };
    let unpacked: Result<CodeObject<ConstantData>, _> =
        marshal::deserialize_code(&mut &frozen.code[..], BasicBag);
    match unpacked {
        Ok(unpacked) => code::from_compiled(vm, &unpacked),
        Err(error) => Err(vm.error(
            &exception::IMPORT_ERROR,
            format!("Frozen object named {name} is invalid: {error:?}"),
        )),
    }
}
