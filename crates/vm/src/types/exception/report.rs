//! How exceptions are reported: the traceback text, chained, with notes and groups, as CPython 3.14 prints it.

use super::{PyException, carets, fields, group};
use crate::code::Location;
use crate::types::exception as exc;
use crate::types::list::PyList;
use crate::types::str::PyStr;
use crate::types::traceback::PyTraceback;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use std::collections::{HashMap, HashSet};
use std::io::Write;

/// Entries of one place in a row that are shown before the rest is only counted.
const REPEATS_SHOWN: usize = 3;
/// How many exceptions of a group are shown, and how deep groups are.
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;
/// A chain longer than this is cut (a guard against endless ones).
const CHAIN_MAX: usize = 1000;

const CAUSE_TEXT: &str =
    "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT_TEXT: &str =
    "\nDuring handling of the above exception, another exception occurred:\n\n";

/// Source text by file name, for reports about what is not in files: notebook cells, `-c`, the prompt.
#[derive(Debug, Default)]
pub struct Sources {
    texts: HashMap<String, String>,
}

impl Sources {
    /// Remembers the source text of a file name.
    pub fn add(&mut self, filename: &str, text: &str) {
        self.texts.insert(filename.to_owned(), text.to_owned());
    }

    fn find(&self, filename: &str) -> Option<String> {
        if let Some(text) = self.texts.get(filename) {
            return Some(text.clone());
        }
        if filename.starts_with('<') {
            return None;
        }
        let bytes = std::fs::read(filename).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The report of an exception: traceback, type, message, notes, and those of its causes before it.
///
/// # Errors
/// None for odd exceptions: what cannot be shown is said so; `OutOfMemory`.
pub fn format_exception(vm: &mut Vm, exception: &Ref<PyException>) -> PyResult<String> {
    let mut text = String::new();
    Report {
        files: HashMap::new(),
        seen: HashSet::new(),
    }
    .chain(vm, exception, &mut text, 0)?;
    Ok(text)
}

struct Report {
    /// The lines of the files seen.
    files: HashMap<String, Option<String>>,
    /// The addresses of the exceptions shown: a cause or context is shown once.
    seen: HashSet<usize>,
}

impl Report {
    fn chain(
        &mut self,
        vm: &mut Vm,
        last: &Ref<PyException>,
        out: &mut String,
        depth: usize,
    ) -> PyResult<()> {
        let mut links: Vec<(Ref<PyException>, &str)> = Vec::new();
        let mut current = last.clone();
        let mut joint = "";
        loop {
            if links.len() > CHAIN_MAX {
                break;
            }
            self.seen.insert(current.address());
            links.push((current.clone(), joint));
            let next = match (current.cause(), current.context()) {
                (Some(cause), _) => Some((cause, CAUSE_TEXT)),
                (None, Some(context)) if !current.suppresses_context() => {
                    Some((context, CONTEXT_TEXT))
                }
                _ => None,
            };
            match next.filter(|(next, _)| !self.seen.contains(&next.address())) {
                Some((next, text)) => {
                    current = next;
                    joint = text;
                }
                None => break,
            }
        }
        for index in (0..links.len()).rev() {
            let (exception, joint) = links[index].clone();
            self.single(vm, &exception, out, depth)?;
            if index > 0 || !joint.is_empty() {
                indent_into(joint, out, depth);
            }
        }
        Ok(())
    }

    fn single(
        &mut self,
        vm: &mut Vm,
        exception: &Ref<PyException>,
        out: &mut String,
        depth: usize,
    ) -> PyResult<()> {
        if group::is_group(vm, exception.as_any()) {
            return self.group(vm, exception, out, depth);
        }
        let mut text = String::new();
        self.traceback(
            exception,
            "Traceback (most recent call last):\n",
            &mut text,
            vm,
        );
        text.push_str(&self.headline(vm, exception)?);
        indent_into(&text, out, depth);
        Ok(())
    }

    fn group(
        &mut self,
        vm: &mut Vm,
        exception: &Ref<PyException>,
        out: &mut String,
        depth: usize,
    ) -> PyResult<()> {
        let inner = depth.max(1);
        let mut text = String::new();
        self.traceback(
            exception,
            "Exception Group Traceback (most recent call last):\n",
            &mut text,
            vm,
        );
        text.push_str(&self.headline(vm, exception)?);
        if depth == 0 && exception.traceback().is_some() {
            // The first line of an outermost group opens the frame.
            let mut lines = text.splitn(2, '\n');
            let first = lines.next().unwrap_or_default();
            out.push_str(&format!("  + {first}\n"));
            indent_into(lines.next().unwrap_or_default(), out, inner);
        } else {
            indent_into(&text, out, inner);
        }
        let members = group::members(vm, exception);
        let shown = members.len().min(GROUP_WIDTH);
        if inner > GROUP_DEPTH {
            indent_into(
                &format!("... (max_group_depth is {GROUP_DEPTH})\n"),
                out,
                inner,
            );
            return Ok(());
        }
        for (index, member) in members.iter().take(shown).enumerate() {
            let lead = if index == 0 { "+-" } else { "  " };
            let dashes = "-".repeat(16);
            out.push_str(&format!(
                "{}{lead}+{dashes} {} {dashes}\n",
                "  ".repeat(inner),
                index + 1
            ));
            if let Some(member) = member.downcast_ref::<PyException>() {
                self.chain(vm, member, out, inner + 1)?;
            }
        }
        let margin = "  ".repeat(inner);
        if members.len() > shown {
            let more = members.len() - shown;
            out.push_str(&format!(
                "{margin}  +{} ... {}\n",
                "-".repeat(16),
                "-".repeat(16)
            ));
            let plural = if more == 1 { "" } else { "s" };
            indent_into(
                &format!("and {more} more exception{plural}\n"),
                out,
                inner + 1,
            );
        }
        let ends_with_group =
            members.last().is_some_and(|last| group::is_group(vm, last)) && members.len() <= shown;
        if !ends_with_group {
            out.push_str(&format!("{margin}  +{}\n", "-".repeat(36)));
        }
        Ok(())
    }

    fn traceback(
        &mut self,
        exception: &Ref<PyException>,
        headline: &str,
        out: &mut String,
        vm: &Vm,
    ) {
        let Some(first) = exception.traceback() else {
            return;
        };
        out.push_str(headline);
        let mut entry = Some(first);
        let mut previous: Option<(String, u32, String)> = None;
        let mut repeats = 0;
        while let Some(current) = entry {
            let code = current.frame().code();
            let key = (
                code.filename.to_text().into_owned(),
                current.line(),
                code.name.to_text().into_owned(),
            );
            repeats = if previous.as_ref() == Some(&key) {
                repeats + 1
            } else {
                end_repeats(repeats, out);
                1
            };
            if repeats <= REPEATS_SHOWN {
                self.entry(&current, &key, out, vm);
            }
            previous = Some(key);
            entry = current.next();
        }
        end_repeats(repeats, out);
    }

    fn entry(
        &mut self,
        entry: &Ref<PyTraceback>,
        (file, line, name): &(String, u32, String),
        out: &mut String,
        vm: &Vm,
    ) {
        let shown = shown_filename(file);
        out.push_str(&format!("  File \"{shown}\", line {line}, in {name}\n"));
        let location = entry
            .location()
            .filter(|location| location.line == Some(*line));
        let location = location.unwrap_or(Location {
            line: Some(*line),
            end_line: None,
            column: None,
            end_column: None,
        });
        let text = self
            .files
            .entry(file.clone())
            .or_insert_with(|| vm.sources.find(file));
        if let Some(text) = text {
            let lines: Vec<&str> = text.lines().collect();
            out.push_str(&carets::source_lines(&lines, location).unwrap_or_default());
        }
    }

    /// Type and message, and the notes.
    fn headline(&mut self, vm: &mut Vm, exception: &Ref<PyException>) -> PyResult<String> {
        let ty = vm.type_of(exception).clone();
        let mut name = crate::types::type_::methods::full_name(vm, &ty);
        if let Some(short) = name.strip_prefix("__main__.") {
            name = short.to_owned();
        }
        if vm.is_instance_of_def(exception.as_any(), &exc::SYNTAX_ERROR) {
            let mut text = self.syntax_error(vm, exception, &name)?;
            text.push_str(&notes(vm, exception)?);
            return Ok(text);
        }
        let message = match vm.str(exception.as_any()) {
            Ok(message) => message.to_text().into_owned(),
            Err(PyErr::OutOfMemory) => String::new(),
            Err(PyErr::Raised(_)) => "<exception str() failed>".to_owned(),
        };
        let mut text = if message.is_empty() {
            name
        } else {
            format!("{name}: {message}")
        };
        if let Some(hint) = suggestion(vm, exception)? {
            let end = if message.ends_with('.') { "" } else { "." };
            text.push_str(&format!("{end} Did you mean: '{hint}'?"));
        }
        text.push('\n');
        text.push_str(&notes(vm, exception)?);
        Ok(text)
    }

    /// Place, line and marks of a syntax error, then its message.
    fn syntax_error(
        &mut self,
        vm: &mut Vm,
        exception: &Ref<PyException>,
        name: &str,
    ) -> PyResult<String> {
        let field = |index| {
            exception
                .field(vm, index)
                .filter(|value| !vm.is_none(value))
        };
        let [message, file, line, offset, text] = [0, 1, 2, 3, 4].map(field);
        let [end_line, end_offset] = [5, 6].map(field);
        let number = |value: &Option<PyRef>| value.as_ref().and_then(crate::types::int::int_i64);
        let (line, offset, end_line, end_offset) = (
            number(&line),
            number(&offset),
            number(&end_line),
            number(&end_offset),
        );
        let mut shown = String::new();
        if let Some(line) = line {
            let file = file.as_ref().and_then(|file| file.downcast_ref::<PyStr>());
            let file =
                file.map_or_else(|| "<string>".to_owned(), |file| file.to_text().into_owned());
            let file = shown_filename(&file);
            shown.push_str(&format!("  File \"{file}\", line {line}\n"));
        }
        if let Some(text) = text.as_ref().and_then(|text| text.downcast_ref::<PyStr>()) {
            let text = text.to_text().into_owned();
            let source = text.trim_end_matches('\n');
            let trimmed = source.trim_start_matches([' ', '\n', '\x0c', '\t']);
            shown.push_str(&format!("    {trimmed}\n"));
            let spaces = source.chars().count() - trimmed.chars().count();
            if let Some(offset) = offset.filter(|&offset| offset >= 1) {
                let start = usize::try_from(offset).unwrap_or(1) - 1;
                let end = match (end_line == line, end_offset) {
                    (true, Some(end)) if end > 0 => usize::try_from(end).unwrap_or(1) - 1,
                    _ if end_line.is_some_and(|end| Some(end) != line) => source.chars().count(),
                    _ => start + 1,
                };
                let end = if end <= start { start + 1 } else { end };
                if let Some(start) = start.checked_sub(spaces) {
                    shown.push_str(&format!(
                        "    {}{}\n",
                        " ".repeat(start),
                        "^".repeat(end - spaces - start)
                    ));
                }
            }
        }
        let message = match message {
            Some(message) => vm.str(&message)?.to_text().into_owned(),
            None => "<no detail available>".to_owned(),
        };
        shown.push_str(&format!("{name}: {message}\n"));
        Ok(shown)
    }
}

/// A file name as reports show it: each statement of a prompt has a name of its own, `<stdin-0>` and so on.
fn shown_filename(file: &str) -> &str {
    if file.starts_with("<stdin-") {
        "<stdin>"
    } else {
        file
    }
}

fn end_repeats(repeats: usize, out: &mut String) {
    if repeats > REPEATS_SHOWN {
        let more = repeats - REPEATS_SHOWN;
        let plural = if more == 1 { "" } else { "s" };
        out.push_str(&format!(
            "  [Previous line repeated {more} more time{plural}]\n"
        ));
    }
}

/// Adds text inside of as many frames of groups.
fn indent_into(text: &str, out: &mut String, depth: usize) {
    if depth == 0 {
        out.push_str(text);
        return;
    }
    let margin = format!("{}| ", "  ".repeat(depth));
    for line in text.split_inclusive('\n') {
        out.push_str(&margin);
        out.push_str(line);
    }
}

/// The notes of an exception, a line each (PEP 678).
fn notes(vm: &mut Vm, exception: &Ref<PyException>) -> PyResult<String> {
    let key = vm.names().notes.clone();
    let Some(notes) = crate::object::attribute::instance_value(vm, exception.as_any(), &key) else {
        return Ok(String::new());
    };
    if !notes.is_a::<PyList>() && !notes.is_a::<crate::types::tuple::PyTuple>() {
        return Ok(format!("{}\n", vm.repr(&notes)?.to_text()));
    }
    let mut text = String::new();
    for note in vm.to_vec(&notes)? {
        text.push_str(&vm.str(&note)?.to_text());
        text.push('\n');
    }
    Ok(text)
}

/// A name that the one that was not found is like.
fn suggestion(vm: &mut Vm, exception: &Ref<PyException>) -> PyResult<Option<String>> {
    let is = |vm: &Vm, def| vm.is_instance_of_def(exception.as_any(), def);
    let wrong = |vm: &Vm, index| {
        let name = exception.field(vm, index)?;
        name.downcast_ref::<PyStr>()
            .map(|name| name.to_text().into_owned())
    };
    let (wrong, known) = if is(vm, &exc::ATTRIBUTE_ERROR) {
        let object = exception.field(vm, fields::ATTRIBUTE_ERROR_OBJ);
        let (Some(wrong), Some(object)) = (wrong(vm, fields::ATTRIBUTE_ERROR_NAME), object) else {
            return Ok(None);
        };
        let Ok(names) = vm.dir(&object).and_then(|names| vm.to_vec(&names)) else {
            return Ok(None);
        };
        (wrong, names)
    } else if is(vm, &exc::NAME_ERROR) {
        let (Some(wrong), Some(entry)) =
            (wrong(vm, fields::NAME_ERROR_NAME), exception.traceback())
        else {
            return Ok(None);
        };
        (wrong, names_in_scope(vm, &entry))
    } else if is(vm, &exc::IMPORT_ERROR) {
        let module = wrong(vm, fields::IMPORT_ERROR_NAME);
        let (Some(wrong), Some(module)) = (wrong(vm, fields::IMPORT_ERROR_NAME_FROM), module)
        else {
            return Ok(None);
        };
        let Some(module) = vm.loaded_module(&module)? else {
            return Ok(None);
        };
        let Ok(names) = vm.dir(&module).and_then(|names| vm.to_vec(&names)) else {
            return Ok(None);
        };
        (wrong, names)
    } else {
        return Ok(None);
    };
    let known = known.iter().filter_map(|name| {
        name.downcast_ref::<PyStr>()
            .map(|name| name.to_text().into_owned())
    });
    let known = known.filter(|name| wrong.starts_with('_') || !name.starts_with('_'));
    Ok(crate::eval::bind::closest(&wrong, known))
}

/// Locals, globals and built-ins of the frame that raised.
fn names_in_scope(vm: &Vm, entry: &Ref<PyTraceback>) -> Vec<PyRef> {
    let mut innermost = entry.clone();
    while let Some(next) = innermost.next() {
        innermost = next;
    }
    let frame = innermost.frame();
    let mut names: Vec<PyRef> = frame
        .locals(vm)
        .into_iter()
        .map(|(name, _)| name.into_any())
        .collect();
    for dict in [frame.globals().clone(), vm.builtins()] {
        let mut position = 0;
        names.extend(
            std::iter::from_fn(|| dict.next_entry(vm, &mut position)).map(|(name, _)| name),
        );
    }
    names
}

impl Vm {
    /// Prints the report of an exception to `sys.stderr`.
    pub fn print_exception(&mut self, exception: &Ref<PyException>) {
        match format_exception(self, exception) {
            Ok(text) => self.write_stderr(&text),
            Err(_) => self.write_stderr("MemoryError: the exception could not be shown\n"),
        }
    }

    /// Writes text to `sys.stderr`, or to the process's standard error if there is none that works.
    pub fn write_stderr(&mut self, text: &str) {
        let written = self.names.is_some() && self.try_write_stderr(text).unwrap_or(false);
        if !written {
            // Nobody is left to tell if this fails.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }

    fn try_write_stderr(&mut self, text: &str) -> PyResult<bool> {
        let Some(sys) = self.sys.clone() else {
            return Ok(false);
        };
        let key = self.names().stderr.clone();
        let Some(stream) = sys
            .get_str(self, &key)
            .filter(|stream| !self.is_none(stream))
        else {
            return Ok(false);
        };
        let text = self.new_str(text)?.into_any();
        self.call_method_str(&stream, "write", &[text])?;
        Ok(true)
    }

    /// Reports an error that nobody can handle, through `sys.unraisablehook`.
    pub fn write_unraisable(
        &mut self,
        error: PyErr,
        message: Option<&str>,
        object: Option<&PyRef>,
    ) {
        let exception = error.into_exception(self);
        if self
            .call_unraisable_hook(&exception, message, object)
            .is_err()
        {
            self.write_unraisable_default(&exception, message, object);
        }
    }

    fn call_unraisable_hook(
        &mut self,
        exception: &Ref<PyException>,
        message: Option<&str>,
        object: Option<&PyRef>,
    ) -> PyResult<()> {
        let key = self.names().unraisablehook.clone();
        let hook = self
            .sys
            .clone()
            .and_then(|sys| sys.get_str(self, &key))
            .filter(|hook| !self.is_none(hook));
        let Some(hook) = hook else {
            self.write_unraisable_default(exception, message, object);
            return Ok(());
        };
        let none = self.none();
        let message = match message {
            Some(message) => self.new_str(message)?.into_any(),
            None => none.clone(),
        };
        let fields = [
            ("exc_type", self.type_of(exception).clone().into_any()),
            ("exc_value", exception.clone().into_any()),
            (
                "exc_traceback",
                exception
                    .traceback()
                    .map_or_else(|| none.clone(), Ref::into_any),
            ),
            ("err_msg", message),
            ("object", object.cloned().unwrap_or(none)),
        ];
        let args = crate::types::namespace::make(self, &fields)?;
        self.call_positional(&hook, &[args]).map(drop)
    }

    /// What `sys.unraisablehook` does by itself.
    pub fn write_unraisable_default(
        &mut self,
        exception: &Ref<PyException>,
        message: Option<&str>,
        object: Option<&PyRef>,
    ) {
        let shown = object
            .filter(|object| !self.is_none(object))
            .cloned()
            .map(|object| {
                self.repr(&object).map_or_else(
                    |_| "<object repr() failed>".to_owned(),
                    |text| text.to_text().into_owned(),
                )
            });
        let headline = match (message, shown) {
            (Some(message), Some(shown)) => format!("{message}: {shown}\n"),
            (Some(message), None) => format!("{message}:\n"),
            (None, Some(shown)) => format!("Exception ignored in: {shown}\n"),
            (None, None) => String::new(),
        };
        let report = format_exception(self, exception).unwrap_or_default();
        self.write_stderr(&format!("{headline}{report}"));
    }
}
