//! Warnings from native code: the filters, and how a warning is shown (PEP 230).

use crate::table::TypeDef;
use crate::types::exception::RESOURCE_WARNING;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Vm};

impl Vm {
    /// Issues a warning of a category, about the frame `stacklevel` levels up; `source` is the object it is about.
    ///
    /// Goes through the `warnings` module, so that the program's filters and hooks decide.
    ///
    /// # Errors
    /// The warning itself, if a filter turns it into an exception; what a hook raises.
    pub fn warn(
        &mut self,
        category: &'static TypeDef,
        message: &str,
        stacklevel: i64,
        source: Option<&PyRef>,
    ) -> PyResult<()> {
        let Ok(warnings) = self.import("warnings") else {
            return self.show_plainly(category, message);
        };
        let text = self.new_str(message)?.into_any();
        let category = self.class(category).clone().into_any();
        let level = self.new_int(stacklevel)?;
        let source = source.cloned().unwrap_or_else(|| self.none());
        self.call_method_str(&warnings, "warn", &[text, category, level, source])
            .map(drop)
    }

    /// What is said when the `warnings` module cannot be had: early at start, late at exit.
    fn show_plainly(&mut self, category: &'static TypeDef, message: &str) -> PyResult<()> {
        if std::ptr::eq(category, &raw const RESOURCE_WARNING) {
            // Ignored by default, and nobody can have said otherwise.
            return Ok(());
        }
        let (file, line) = match self.frame_summary(0) {
            Some((file, _, line)) => (file.to_text().into_owned(), line),
            None => ("<sys>".to_owned(), 0),
        };
        self.write_stderr(&format!("{file}:{line}: {}: {message}\n", category.name));
        Ok(())
    }

    /// The module name of the running frame, as a warning's registry wants it.
    pub fn current_module_name(&mut self) -> Option<String> {
        let key = self.names().name.clone();
        let name = self.current_globals()?.get_str(self, &key)?;
        name.downcast_ref::<PyStr>()
            .map(|name| name.to_text().into_owned())
    }
}
