//! A runtime starts, and runs expressions without any module.

use exuvia_vm::{Settings, Vm};
use rustpython_compiler::Mode;

fn eval(source: &str) -> String {
    let mut vm = Vm::new(Settings::default()).expect("a runtime starts");
    let code = vm
        .compile(source, "<test>", Mode::Eval)
        .expect("it compiles");
    let globals = vm.new_dict().expect("there is memory");
    let result = exuvia_vm::eval::call::run_code(&mut vm, &code, &globals, None, None);
    match result {
        Ok(value) => vm
            .repr(&value)
            .expect("it has a repr")
            .to_text()
            .into_owned(),
        Err(error) => {
            let exception = error.into_exception(&vm);
            exuvia_vm::types::exception::report::format_exception(&mut vm, &exception)
                .expect("it can be shown")
        }
    }
}

#[test]
fn evaluates_expressions() {
    assert_eq!(eval("1 + 2 * 3"), "7");
    assert_eq!(eval("'a' + 'b' * 3"), "'abbb'");
    assert_eq!(eval("[x * x for x in range(5) if x % 2]"), "[1, 9]");
    assert_eq!(eval("{'a': 1, 2: (3, 4.5)}"), "{'a': 1, 2: (3, 4.5)}");
    assert_eq!(
        eval("(lambda a, b=2, *c, **d: (a, b, c, d))(1, 3, 4, e=5)"),
        "(1, 3, (4,), {'e': 5})"
    );
}
