//! Running a cell: its streams, what it displays, the value of its last expression, and the error that ends it.

use super::display::{DisplayTarget, FUNCTIONS};
use super::{MimeBundle, Output, magic};
use crate::error::described;
use crate::streams::{self, Sink, StreamName};
use crate::{Error, Exception, Runtime};
use exuvia_vm::types::exception;
use exuvia_vm::{PyRef, PyResult, Vm};
use rustpython_compiler::ast::{Expr, Stmt};
use rustpython_compiler::{Mode, parser};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// What a cell has left.
#[derive(Clone, Debug, PartialEq)]
pub struct CellEnd {
    /// What it has put out, the error included.
    pub outputs: Vec<Output>,
    /// What it ended with, if that is not its last line.
    pub error: Option<Error>,
}

/// Collects the outputs of a cell and tells the observer of each as it comes.
struct Record {
    outputs: RefCell<Vec<Output>>,
    observe: Rc<dyn Fn(&Output)>,
}

impl Record {
    fn add(&self, output: Output) {
        (self.observe)(&output);
        let mut outputs = self.outputs.borrow_mut();
        // Text that follows text on the same stream belongs to the same output.
        if let (Some(Output::Stream(last, text)), Output::Stream(name, more)) =
            (outputs.last_mut(), &output)
            && last == name
        {
            text.push_str(more);
            return;
        }
        outputs.push(output);
    }
}

impl Sink for Record {
    fn write(&self, stream: StreamName, text: &str) {
        if !text.is_empty() {
            self.add(Output::Stream(stream, text.to_owned()));
        }
    }
}

/// Runs a cell under its number in `__main__`; the observer is told of every output as it comes.
///
/// The value of the last expression is shown unless it is `None` or the cell ends with `;`. It is not kept: there is no
/// `Out`, so showing a value does not keep it alive.
pub fn run_cell(
    runtime: &mut Runtime,
    number: usize,
    source: &str,
    observe: Rc<dyn Fn(&Output)>,
) -> CellEnd {
    let record = Rc::new(Record {
        outputs: RefCell::default(),
        observe,
    });
    let vm = runtime.inner();
    let ended = prepare(vm, &record).and_then(|before| {
        let ended = run(vm, number, source, &record);
        vm.extensions.get::<DisplayTarget>().0 = None;
        streams::release(vm, &before);
        ended
    });
    let error = ended.err().map(|error| described(vm, error));
    if let Some(Error::Exception(exception)) = &error {
        record.add(error_output(exception));
    }
    CellEnd {
        outputs: record.outputs.take(),
        error,
    }
}

fn error_output(exception: &Exception) -> Output {
    Output::Error {
        name: exception.type_name.clone(),
        message: exception.message.clone(),
        traceback: exception.report.lines().map(str::to_owned).collect(),
    }
}

/// Makes streams and `display` tell the record.
fn prepare(vm: &mut Vm, record: &Rc<Record>) -> PyResult<streams::Before> {
    let key = vm.intern("display")?;
    if vm.builtins().get_str(vm, &key).is_none() {
        let function = vm
            .new_builtin_function(&FUNCTIONS[0], None, None)?
            .into_any();
        vm.builtins().set_str(vm, &key, function)?;
    }
    let target = Rc::clone(record);
    vm.extensions.get::<DisplayTarget>().0 =
        Some(Rc::new(move |bundle| target.add(Output::Display(bundle))));
    streams::capture(vm, Rc::clone(record) as Rc<dyn Sink>)
}

fn run(vm: &mut Vm, number: usize, source: &str, record: &Record) -> PyResult<()> {
    let filename = format!("<cell {number}>");
    vm.sources.add(&filename, source);
    let shown = match parser::parse_module(source) {
        Ok(parsed) => shown_value(&parsed.syntax().body, source),
        Err(_) => match magic::explain(number, source) {
            Some(message) => return Err(vm.error(&exception::SYNTAX_ERROR, message)),
            None => Shown::Nothing,
        },
    };
    let main = crate::runtime::main_namespace(vm)?;
    let (body, mode) = match &shown {
        Shown::Nothing => (source, Mode::Exec),
        Shown::Value => (source, Mode::BlockExpr),
        Shown::Constant(range) => (&source[..range.start], Mode::Exec),
    };
    let code = match vm.compile(body, &filename, mode) {
        Ok(code) => code,
        Err(error) => return Err(explain_await(vm, error)),
    };
    let mut value = exuvia_vm::eval::call::run_code(vm, &code, &main, None, None)?;
    vm.safepoint()?;
    if let Shown::Constant(range) = &shown {
        let code = vm.compile(&source[range.clone()], &filename, Mode::Eval)?;
        value = exuvia_vm::eval::call::run_code(vm, &code, &main, None, None)?;
    }
    if shown != Shown::Nothing {
        show(vm, &value, record)?;
    }
    drop(value);
    vm.safepoint()
}

/// What a cell shows at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    /// The value of its last expression.
    Value,
    /// The constant that stands here. The compiler leaves constants out of a block of statements, so it is compiled by
    /// itself.
    Constant(Range<usize>),
}

fn shown_value(body: &[Stmt], source: &str) -> Shown {
    match body.last() {
        Some(Stmt::Expr(last)) if !is_suppressed(source) => {
            let range = last.range.start().into()..last.range.end().into();
            if is_constant(&last.value, &source[range.clone()]) {
                Shown::Constant(range)
            } else {
                Shown::Value
            }
        }
        _ => Shown::Nothing,
    }
}

/// Whether an expression is made of literals only, so that its value cannot fail.
fn is_constant(expression: &Expr, source: &str) -> bool {
    match expression {
        Expr::FString(_) => !source.contains('{'),
        other => other.is_literal_expr(),
    }
}

fn show(vm: &mut Vm, value: &PyRef, record: &Record) -> PyResult<()> {
    if !vm.is_none(value) {
        let bundle = MimeBundle::of(vm, value)?;
        record.add(Output::Value(bundle));
    }
    Ok(())
}

/// Whether a semicolon ends the cell, comments and blank lines aside.
fn is_suppressed(source: &str) -> bool {
    let last = source
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    last.is_some_and(|line| {
        line.ends_with(';')
            || line
                .split('#')
                .next()
                .is_some_and(|code| code.trim_end().ends_with(';'))
    })
}

/// Adds what to do about an `await` outside of a function, which Jupyter allows.
fn explain_await(vm: &mut Vm, error: exuvia_vm::PyErr) -> exuvia_vm::PyErr {
    let exception = error.into_exception(vm);
    let is_await = vm.str(exception.as_any()).is_ok_and(|text| {
        let text = text.to_text();
        text.contains("await") && text.contains("outside")
    });
    let error = exuvia_vm::PyErr::from(exception);
    if is_await {
        vm.with_note(
            error,
            "A cell cannot await: put it into an async function and run that with asyncio.run().",
        )
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exuvia_vm::Settings;

    fn run(source: &str) -> CellEnd {
        let mut runtime = Runtime::new(Settings::default()).unwrap();
        run_cell(&mut runtime, 1, source, Rc::new(|_| ()))
    }

    fn shown(source: &str) -> Option<String> {
        run(source)
            .outputs
            .into_iter()
            .find_map(|output| match output {
                Output::Value(bundle) => Some(bundle.text().to_owned()),
                _ => None,
            })
    }

    #[test]
    fn the_last_expression_is_shown_unless_it_is_none_or_suppressed() {
        assert_eq!(shown("x = 2\nx + 1"), Some("3".to_owned()));
        assert_eq!(shown("'text'"), Some("'text'".to_owned()));
        assert_eq!(shown("y = 1\n# then\n42  # all"), Some("42".to_owned()));
        assert_eq!(shown("y = 1; (1, 'a')"), Some("(1, 'a')".to_owned()));
        assert_eq!(shown("-1"), Some("-1".to_owned()));
        for source in [
            "None",
            "1;",
            "1;  # no",
            "x = 1",
            "1\n# done\nx = 2",
            "def f(): pass",
        ] {
            assert_eq!(shown(source), None, "{source:?}");
        }
    }

    #[test]
    fn streams_are_joined_and_kept_apart() {
        let end =
            run("import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\nprint('d')");
        let stream = |name, text: &str| Output::Stream(name, text.to_owned());
        let expected = [
            stream(StreamName::Stdout, "a\nb\n"),
            stream(StreamName::Stderr, "c\n"),
            stream(StreamName::Stdout, "d\n"),
        ];
        assert_eq!(end.outputs, expected);
    }

    #[test]
    fn display_shows_what_a_value_offers() {
        let end = run(
            "class Page:\n    def __repr__(self): return 'page'\n    def _repr_html_(self): return '<p>'\ndisplay(Page(), 2)",
        );
        let bundles: Vec<_> = end
            .outputs
            .iter()
            .filter_map(|output| match output {
                Output::Display(bundle) => Some(bundle),
                _ => None,
            })
            .collect();
        assert_eq!(bundles[0].text(), "page");
        assert_eq!(bundles[0].get("text/html"), Some("<p>"));
        assert_eq!(
            (bundles[1].text(), bundles[1].get("text/html")),
            ("2", None)
        );
    }

    #[test]
    fn an_error_is_the_last_output() {
        let end = run("print('before')\n1 / 0");
        let Some(Output::Error {
            name,
            message,
            traceback,
        }) = end.outputs.last()
        else {
            panic!("{end:?}");
        };
        assert_eq!(
            (name.as_str(), message.as_str()),
            ("ZeroDivisionError", "division by zero")
        );
        assert!(
            traceback
                .iter()
                .any(|line| line.contains("<cell 1>\", line 2"))
        );
        assert!(end.error.is_some());
    }

    #[test]
    fn commands_of_ipython_are_explained_only_where_they_are_not_python() {
        let end = run("x = (7\n% 4)\nx");
        assert_eq!(end.error, None);
        let end = run("%matplotlib inline");
        assert!(end.error.unwrap().to_string().contains("cell 1, line 1"));
    }

    #[test]
    fn a_cell_that_awaits_says_what_to_do() {
        let end = run("async def f(): pass\nawait f()");
        assert!(end.error.unwrap().to_string().contains("asyncio.run()"));
    }
}
