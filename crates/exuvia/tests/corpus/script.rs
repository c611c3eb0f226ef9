//! One script of the corpus: running it in a runtime of its own, and checking all memory on the way out.

use crate::capture::{self, Written};
use exuvia_vm::types::exception::report::format_exception;
use exuvia_vm::types::exception::{SYSTEM_EXIT, fields};
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::module::namespace_of;
use exuvia_vm::{PyErr, PyResult, Settings, Vm};
use rustpython_compiler::Mode;
use std::path::{Path, PathBuf};

/// A script and what CPython 3.14 made of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file, relative to the corpus.
    pub name: String,
    path: PathBuf,
}

/// What a script did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub out: String,
    pub err: String,
    pub status: i32,
    /// What is wrong with the memory, if anything.
    pub memory: Option<String>,
}

impl Script {
    /// All scripts of the corpus, in order of their names.
    pub fn all() -> Vec<Script> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
        let mut found = Vec::new();
        for topic in folder(&root).into_iter().filter(|path| path.is_dir()) {
            for path in folder(&topic) {
                let has_record = path.with_extension("out").exists();
                if path.extension().is_some_and(|extension| extension == "py") && has_record {
                    let name = path.strip_prefix(&root).expect("found below it");
                    let name = name.display().to_string();
                    found.push(Script { name, path });
                }
            }
        }
        found
    }

    /// The program.
    pub fn source(&self) -> String {
        std::fs::read_to_string(&self.path).expect("a script is text in UTF-8")
    }

    /// What is recorded beside it.
    pub fn expected(&self) -> Outcome {
        let read = |extension| std::fs::read_to_string(self.path.with_extension(extension));
        Outcome {
            out: without_addresses(&read("out").expect("only recorded scripts are run")),
            err: without_addresses(&read("err").unwrap_or_default()),
            status: read("status").map_or(0, |text| text.trim().parse().expect("a number")),
            memory: None,
        }
    }

    /// Runs it, and checks the memory before and after the end of the runtime.
    ///
    /// # Errors
    /// What is wrong with the memory.
    pub fn run(&self, settings: Settings) -> Result<Outcome, String> {
        let folder = self.path.parent().expect("it lies in a folder");
        let settings = Settings {
            path: vec![folder.display().to_string()],
            argv: vec![self.name.clone()],
            warnoptions: vec!["ignore".to_owned()],
            ..settings
        };
        run_source(&self.source(), &self.name, settings)
    }
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .expect("the corpus is there")
        .map(|entry| entry.expect("can be read").path())
        .collect();
    entries.sort();
    entries
}

/// A virtual machine with the library, and streams that keep what is written to them.
///
/// # Errors
/// What is to be told of the error.
pub fn start(settings: Settings) -> Result<Box<Vm>, String> {
    let no_start = |_| "there is not enough memory to start".to_owned();
    let mut vm = Vm::new(settings).map_err(no_start)?;
    exuvia_stdlib::install(&mut vm);
    let started = vm
        .native_module("sys")
        .and_then(|_| vm.start_import_system())
        .and_then(|()| capture::install(&mut vm));
    match started {
        Ok(()) => Ok(vm),
        Err(error) => {
            let report = report_of(&mut vm, error);
            end(vm)?;
            Err(report)
        }
    }
}

/// Runs source text in `__main__`, which is made if there is none.
///
/// # Errors
/// What the program raises.
pub fn execute(vm: &mut Vm, source: &str, name: &str) -> PyResult<()> {
    vm.sources.add(name, source);
    let main = match vm
        .loaded_module("__main__")?
        .and_then(|main| namespace_of(&main))
    {
        Some(main) => main,
        None => {
            let main = vm.new_module("__main__")?;
            vm.register_module("__main__", &main)?;
            let builtins = vm.import("builtins")?;
            vm.add_attribute(&main, "__builtins__", builtins)?;
            main.dict().clone()
        }
    };
    let code = vm.compile(source, name, Mode::Exec)?;
    exuvia_vm::eval::call::run_code(vm, &code, &main, None, None)?;
    drop((code, main));
    vm.safepoint()
}

/// What is printed about an error that nobody handled.
pub fn report_of(vm: &mut Vm, error: PyErr) -> String {
    let exception = error.into_exception(vm);
    format_exception(vm, &exception).unwrap_or_else(|_| "MemoryError\n".to_owned())
}

/// Runs a program in a virtual machine of its own, and checks the memory before and after its end.
///
/// # Errors
/// That it did not start.
pub fn run_source(source: &str, name: &str, settings: Settings) -> Result<Outcome, String> {
    // The start of the library is the same for all: it is not run under stress each time.
    let collect_always = settings.collect_always;
    let mut vm = start(Settings {
        collect_always: false,
        ..settings
    })?;
    vm.set_collect_always(collect_always);
    let mut outcome = run_in(&mut vm, source, name);
    let ended = end(vm);
    outcome.memory = outcome.memory.or(ended.err());
    Ok(outcome)
}

/// Runs a program to its end, and checks the memory before and after the modules are emptied.
fn run_in(vm: &mut Vm, source: &str, name: &str) -> Outcome {
    let (report, status) = match execute(vm, source, name) {
        Ok(()) => (String::new(), 0),
        Err(error) if error.is(vm, &SYSTEM_EXIT) => exit_of(vm, error),
        Err(error) => (report_of(vm, error), 1),
    };
    let before = check(vm, "when the program was done");
    vm.extensions
        .get::<Written>()
        .err
        .extend(report.into_bytes());
    vm.shut_down();
    let after = check(vm, "when the modules were emptied");
    let written = std::mem::take(vm.extensions.get::<Written>());
    Outcome {
        out: without_addresses(&String::from_utf8_lossy(&written.out)),
        err: without_addresses(&String::from_utf8_lossy(&written.err)),
        status,
        memory: before.and(after).err(),
    }
}

/// What a `SystemExit` prints, and the status it asks for.
fn exit_of(vm: &mut Vm, error: PyErr) -> (String, i32) {
    let exception = error.into_exception(vm);
    let code = exception
        .field(vm, fields::SYSTEM_EXIT_CODE)
        .filter(|code| !vm.is_none(code));
    let Some(code) = code else {
        return (String::new(), 0);
    };
    match int_i64(&code) {
        Some(status) => (String::new(), i32::try_from(status & 0xff).unwrap_or(1)),
        None => {
            let text = vm.str(&code).map(|text| text.to_text().into_owned());
            (format!("{}\n", text.unwrap_or_default()), 1)
        }
    }
}

/// The text with every address replaced by dots.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
        result.push_str(" at 0x...");
        result.push_str(rest);
    }
    result
}

/// Ends a virtual machine and tells what is left of it.
///
/// # Errors
/// What is left.
#[allow(unsafe_code, reason = "the tests keep no handles")]
pub fn end(vm: Box<Vm>) -> Result<(), String> {
    // SAFETY: handles stay within the functions of this file.
    unsafe { vm.free() }.map_err(|remains| format!("after the end: {remains}"))
}

/// Checks every count, and the heap's and the collector's invariants.
///
/// # Errors
/// What is wrong.
pub fn check(vm: &Vm, when: &str) -> Result<(), String> {
    if let Err(mismatches) = vm.audit() {
        let shown: Vec<String> = mismatches
            .iter()
            .take(8)
            .map(|one| format!("{} {one}", vm.name_of_class_at(one.class)))
            .collect();
        return Err(format!(
            "{when}: {} counts are wrong: {}",
            mismatches.len(),
            shown.join("; ")
        ));
    }
    vm.heap()
        .verify()
        .map_err(|violation| format!("{when}: {violation}"))?;
    vm.memory
        .collector
        .verify(vm.space())
        .map_err(|violation| format!("{when}: {violation}"))
}
