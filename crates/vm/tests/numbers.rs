//! Numbers do what CPython's do, in thousands of expressions.
//!
//! `numbers/expected.txt` was recorded with `python3.14 -X utf8 numbers/record.py > numbers/expected.txt`.

use exuvia_vm::eval::call::run_code;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::{PyErr, PyResult, Ref, Settings, Vm};
use rustpython_compiler::Mode;

const CLASSES: &str = include_str!("numbers/classes.py");
const EXPECTED: &str = include_str!("numbers/expected.txt");

/// How many differences are shown when the test fails.
const SHOWN_MAX: usize = 40;

fn evaluate(vm: &mut Vm, globals: &Ref<PyDict>, source: &str) -> PyResult<String> {
    let code = vm.compile(source, "<string>", Mode::Eval)?;
    let value = run_code(vm, &code, globals, None, None)?;
    let name = vm.type_name(&value);
    Ok(format!("{name} {}", vm.repr(&value)?.to_text()))
}

fn outcome(vm: &mut Vm, globals: &Ref<PyDict>, source: &str) -> String {
    let error: PyErr = match evaluate(vm, globals, source) {
        Ok(text) => return text,
        Err(error) => error,
    };
    let exception = error.into_exception(vm).into_any();
    let message = vm.str(&exception).expect("an exception has a text");
    format!("{}: {}", vm.type_name(&exception), message.to_text())
}

#[test]
fn numbers_do_what_they_do_in_cpython() {
    let mut vm = Vm::new(Settings::default()).expect("a runtime starts");
    let globals = vm.new_dict().expect("there is memory");
    let classes = vm
        .compile(CLASSES, "classes.py", Mode::Exec)
        .expect("it compiles");
    run_code(&mut vm, &classes, &globals, None, None).expect("classes are made");
    let differences: Vec<String> = EXPECTED
        .lines()
        .filter_map(|line| {
            let (source, expected) = line
                .split_once('\t')
                .expect("an expression, a tab, an outcome");
            let found = outcome(&mut vm, &globals, source);
            (found != expected)
                .then(|| format!("{source}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    let shown = differences[..differences.len().min(SHOWN_MAX)].join("\n");
    assert!(
        differences.is_empty(),
        "{} differences:\n{shown}",
        differences.len()
    );
}
