//! Completion of names and attributes. Only attributes are looked up; nothing is called.

use super::super::program::main_namespace;
use exuvia::Runtime;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Vm};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use std::cell::RefCell;

const KEYWORDS: [&str; 38] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "type", "while", "with", "yield",
];

/// What the Tab key inserts where there is nothing to complete.
const INDENTATION: &str = "    ";

/// What the line editor asks while a line is being typed, when no Python runs.
pub(super) struct Assistant<'a> {
    runtime: &'a RefCell<&'a mut Runtime>,
}

impl<'a> Assistant<'a> {
    pub(super) fn new(runtime: &'a RefCell<&'a mut Runtime>) -> Self {
        Self { runtime }
    }
}

impl Helper for Assistant<'_> {}
impl Highlighter for Assistant<'_> {}
impl Validator for Assistant<'_> {}

impl Hinter for Assistant<'_> {
    type Hint = String;
}

impl Completer for Assistant<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        if typed.trim().is_empty() {
            return Ok((position, vec![INDENTATION.to_owned()]));
        }
        let start = typed
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .map_or(0, |at| {
                at + typed[at..].chars().next().map_or(1, char::len_utf8)
            });
        let Ok(mut runtime) = self.runtime.try_borrow_mut() else {
            return Ok((position, Vec::new()));
        };
        // What a program's own attribute lookup raises is no answer, and nothing to report either.
        let found = candidates(&mut runtime.vm(), &typed[start..]).unwrap_or_default();
        Ok((start, found))
    }
}

/// The names that a word can become, in order.
fn candidates(vm: &mut Vm, word: &str) -> PyResult<Vec<String>> {
    let mut names = match word.rsplit_once('.') {
        Some((owner, prefix)) => attributes(vm, owner, prefix)?,
        None => names(vm, word)?,
    };
    names.sort();
    names.dedup();
    Ok(names)
}

fn names(vm: &mut Vm, prefix: &str) -> PyResult<Vec<String>> {
    let main = main_namespace(vm)?;
    let mut keys = main.keys_to_vec(vm);
    keys.extend(vm.builtins().keys_to_vec(vm));
    let mut names = texts(&keys, prefix);
    names.extend(
        KEYWORDS
            .iter()
            .filter(|word| word.starts_with(prefix))
            .map(|word| (*word).to_owned()),
    );
    if prefix.is_empty() {
        names.retain(|name| !name.starts_with('_'));
    }
    Ok(names)
}

fn attributes(vm: &mut Vm, owner: &str, prefix: &str) -> PyResult<Vec<String>> {
    let mut parts = owner.split('.');
    let first = vm.intern(parts.next().unwrap_or_default())?;
    let found = match main_namespace(vm)?.get_str(vm, &first) {
        Some(found) => Some(found),
        None => vm.builtins().get_str(vm, &first),
    };
    let Some(mut object) = found else {
        return Ok(Vec::new());
    };
    for part in parts {
        object = vm.get_attr_str(&object, part)?;
    }
    let names = vm.dir(&object)?;
    let names = vm.to_vec(&names)?;
    let mut names = texts(&names, prefix);
    if prefix.is_empty() {
        names.retain(|name| !name.starts_with('_'));
    }
    Ok(names
        .into_iter()
        .map(|name| format!("{owner}.{name}"))
        .collect())
}

/// The strings among objects that begin with a prefix.
fn texts(objects: &[PyRef], prefix: &str) -> Vec<String> {
    let texts = objects
        .iter()
        .filter_map(|object| object.downcast_ref::<PyStr>());
    let texts = texts.map(|text| text.to_text().into_owned());
    texts.filter(|text| text.starts_with(prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exuvia::Settings;

    #[test]
    fn completes_names_and_attributes() {
        let mut runtime = Runtime::new(Settings::default()).unwrap();
        runtime
            .run(
                "class Engine:\n    speed = 1\n    _hidden = 2\nengine = Engine()",
                "t.py",
            )
            .unwrap();
        let vm = &mut *runtime.vm();
        assert_eq!(candidates(vm, "engi").unwrap(), ["engine"]);
        assert_eq!(candidates(vm, "engine.").unwrap(), ["engine.speed"]);
        assert_eq!(candidates(vm, "engine._h").unwrap(), ["engine._hidden"]);
        assert!(candidates(vm, "pri").unwrap().contains(&"print".to_owned()));
        assert!(
            candidates(vm, "lam")
                .unwrap()
                .contains(&"lambda".to_owned())
        );
        assert!(candidates(vm, "nothing.at").unwrap().is_empty());
        assert!(candidates(vm, "engine.speed.nothing.x").is_err());
    }
}
