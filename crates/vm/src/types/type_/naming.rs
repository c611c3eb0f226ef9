//! How messages and reprs name a type.

use crate::Vm;
use crate::types::str::PyStr;
use crate::types::type_::PyType;

impl PyType {
    /// The name as error messages give it: with the module for built-in types outside of `builtins`, without it
    /// for classes.
    pub fn full_name(&self) -> String {
        self.def()
            .map_or_else(|| self.name_text(), |def| def.name.to_owned())
    }

    /// `__module__` as text, if it is a string.
    pub fn module_text(&self, vm: &Vm) -> Option<String> {
        if let Some(def) = self.def() {
            return Some(
                def.name
                    .rsplit_once('.')
                    .map_or("builtins", |(module, _)| module)
                    .to_owned(),
            );
        }
        let module = self.dict().get_str(vm, &vm.names().module)?;
        Some(module.downcast_ref::<PyStr>()?.to_text().into_owned())
    }

    /// `module.qualname`, or the qualified name alone for `builtins`, as reprs give it.
    pub fn display_name(&self, vm: &Vm) -> String {
        let qualname = self.qualname();
        match self.module_text(vm) {
            Some(module) if module != "builtins" => format!("{module}.{}", qualname.to_text()),
            _ => qualname.to_text().into_owned(),
        }
    }
}
