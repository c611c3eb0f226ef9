//! How values are shown: text, and what their `_repr_html_` and its like give; the function `display`.

use super::document::lines_of;
use crate::streams::StreamName;
use exuvia_vm::import::Extension;
use exuvia_vm::table::{Method, Rest};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Vm, function};
use serde_json::{Map, Value};
use std::rc::Rc;

/// A value's representations, by media type. The first is always plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeBundle {
    representations: Vec<(&'static str, String)>,
}

/// The methods that give other representations than text, and their media types.
const METHODS: [(&str, &str); 5] = [
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_latex_", "text/latex"),
    ("_repr_javascript_", "application/javascript"),
];

impl MimeBundle {
    /// The representations of a value.
    ///
    /// # Errors
    /// What its `__repr__` raises. A representation other than text that raises is left out, as in Jupyter.
    pub(crate) fn of(vm: &mut Vm, value: &PyRef) -> PyResult<Self> {
        let text = vm.repr(value)?.to_text().into_owned();
        let mut representations = vec![("text/plain", text)];
        for (method, media_type) in METHODS {
            if let Ok(Some(text)) = representation(vm, value, method) {
                representations.push((media_type, text));
            }
        }
        Ok(Self { representations })
    }

    /// The plain text.
    pub fn text(&self) -> &str {
        &self.representations[0].1
    }

    /// The representation of a media type such as `text/html`.
    pub fn get(&self, media_type: &str) -> Option<&str> {
        let found = self
            .representations
            .iter()
            .find(|(known, _)| *known == media_type);
        found.map(|(_, text)| text.as_str())
    }

    pub(super) fn to_json(&self) -> Value {
        let entries = self.representations.iter();
        let entries = entries.map(|(media_type, text)| ((*media_type).to_owned(), lines_of(text)));
        Value::Object(entries.collect::<Map<_, _>>())
    }
}

/// What a method of the value's type gives, if it has it and it gives text.
fn representation(vm: &mut Vm, value: &PyRef, method: &str) -> PyResult<Option<String>> {
    let name = vm.intern(method)?;
    let given = vm.call_special(value, &name, &[])?;
    let text = given
        .as_ref()
        .and_then(|given| given.downcast_ref::<PyStr>());
    Ok(text.map(|text| text.to_text().into_owned()))
}

/// Where `display` puts values while a cell runs.
#[derive(Default)]
pub(super) struct DisplayTarget(pub(super) Option<Rc<dyn Fn(MimeBundle)>>);

impl Extension for DisplayTarget {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// The function that notebooks find among the built-in names.
pub(super) static FUNCTIONS: &[Method] = &[function!(
    "display",
    "($module, /, *objects)",
    display,
    "Shows values as a cell shows the value of its last expression."
)];

fn display(vm: &mut Vm, objects: Rest) -> PyResult<()> {
    for object in &objects.0 {
        let bundle = MimeBundle::of(vm, object)?;
        match vm.extensions.get::<DisplayTarget>().0.clone() {
            Some(target) => target(bundle),
            None => print(vm, bundle.text())?,
        }
    }
    Ok(())
}

/// Without a cell that runs, the text goes to standard output.
fn print(vm: &mut Vm, text: &str) -> PyResult<()> {
    let key = vm.intern(StreamName::Stdout.as_str())?;
    let text = vm.new_str(&format!("{text}\n"))?.into_any();
    match vm.sys().get_str(vm, &key) {
        Some(stdout) => vm.call_method_str(&stdout, "write", &[text]).map(drop),
        None => Ok(()),
    }
}
