//! Streams, codecs, signals and the system, by programs that pass on CPython 3.14 too.

use exuvia_vm::{PyErr, PyResult, Settings, Vm};
use rustpython_compiler::Mode;

/// Runs a program in a runtime of its own; what it raises fails the test. Ends with an audit of the counts.
fn run(name: &str, source: &str) {
    let mut vm = Vm::new(Settings::default()).expect("there is memory");
    exuvia_stdlib::install(&mut vm);
    if let Err(error) = execute(&mut vm, name, source) {
        let exception = error.into_exception(&vm);
        let report = exuvia_vm::types::exception::report::format_exception(&mut vm, &exception);
        panic!("{}", report.unwrap_or_else(|_| "MemoryError".to_owned()));
    }
    vm.run_pending();
    if let Err(mismatches) = vm.audit() {
        panic!("{name}: counts do not fit: {mismatches:?}");
    }
}

fn execute(vm: &mut Vm, name: &str, source: &str) -> PyResult<()> {
    vm.native_module("sys")?;
    vm.start_import_system()?;
    let main = vm.new_module("__main__")?;
    vm.register_module("__main__", &main)?;
    let builtins = vm.builtins().into_any();
    vm.add_attribute(&main, "__builtins__", builtins)?;
    vm.sources.add(name, source);
    let code = vm.compile(source, name, Mode::Exec)?;
    exuvia_vm::eval::call::run_code(vm, &code, main.dict(), None, None)?;
    Ok::<(), PyErr>(())
}

macro_rules! programs {
    ($($(#[$attribute:meta])* $test:ident = $file:literal;)+) => {
        $($(#[$attribute])* #[test]
        fn $test() {
            run($file, include_str!(concat!("io/", $file)));
        })+
    };
}
programs! {
    files_are_read_and_written = "files.py";
    streams_in_memory_keep_what_is_written = "memory.py";
    text_is_encoded_and_decoded = "text.py";
    codecs_are_registered_and_found = "codecs.py";
    the_system_answers = "system.py";
    signals_reach_their_handlers = "signals.py";
}
