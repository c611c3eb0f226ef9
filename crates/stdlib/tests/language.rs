//! Programs about the language itself: each file in `language/` prints what CPython 3.14 printed into the text file
//! beside it.

mod common;

use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyResult, Settings, Vm};

/// Runs a program and returns what it printed.
fn output(source: &str, name: &str) -> String {
    let mut vm = common::runtime(Settings::default());
    match execute(&mut vm, source, name) {
        Ok(text) => text,
        Err(error) => common::report(&mut vm, error),
    }
}

fn execute(vm: &mut Vm, source: &str, name: &str) -> PyResult<String> {
    let main = common::main_module(vm)?;
    let prologue = "import sys, io\nsys.stdout = io.StringIO()";
    let epilogue = "printed = sys.stdout.getvalue()\nsys.stdout = sys.__stdout__";
    for (text, name) in [(prologue, "<test>"), (source, name), (epilogue, "<test>")] {
        common::execute(vm, &main, text, name)?;
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
