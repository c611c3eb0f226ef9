//! Programs about the language itself: each file in `language/` prints what CPython 3.14 printed into the text file
//! beside it.

use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyResult, Settings, Vm};
use rustpython_compiler::Mode;

/// Runs a program and returns what it printed.
fn output(source: &str, name: &str) -> String {
    let mut vm = Vm::new(Settings::default()).expect("there is memory");
    exuvia_stdlib::install(&mut vm);
    match execute(&mut vm, source, name) {
        Ok(text) => text,
        Err(error) => {
            let exception = error.into_exception(&vm);
            exuvia_vm::types::exception::report::format_exception(&mut vm, &exception)
                .unwrap_or_else(|_| "MemoryError".to_owned())
        }
    }
}

fn execute(vm: &mut Vm, source: &str, name: &str) -> PyResult<String> {
    vm.native_module("sys")?;
    vm.start_import_system()?;
    let main = vm.new_module("__main__")?;
    vm.register_module("__main__", &main)?;
    let builtins = vm.builtins().into_any();
    vm.add_attribute(&main, "__builtins__", builtins)?;
    let prologue = "import sys, io\nsys.stdout = io.StringIO()";
    let epilogue = "printed = sys.stdout.getvalue()\nsys.stdout = sys.__stdout__";
    for (text, name) in [(prologue, "<test>"), (source, name), (epilogue, "<test>")] {
        let code = vm.compile(text, name, Mode::Exec)?;
        exuvia_vm::eval::call::run_code(vm, &code, main.dict(), None, None)?;
    }
    let key = vm.intern("printed")?;
    let printed = main.dict().get_str(vm, &key);
    let printed = printed.and_then(|printed| printed.downcast::<PyStr>().ok());
    Ok(printed
        .map(|text| text.to_text().into_owned())
        .unwrap_or_default())
}

macro_rules! programs {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                let source = include_str!(concat!("language/", stringify!($name), ".py"));
                let expected = include_str!(concat!("language/", stringify!($name), ".txt"));
                let printed = output(source, stringify!($name));
                for (number, (printed, expected)) in printed.lines().zip(expected.lines()).enumerate() {
                    assert_eq!(printed, expected, "line {}", number + 1);
                }
                assert_eq!(printed, expected);
            }
        )+
    };
}
programs! {
    annotations compiled_trees dataclass_slots frame_locals namespaces node_classes snapshots syntax_errors syntax_trees templates tokens
    type_parameters
}
