//! `sys.stdin`, `sys.stdout` and `sys.stderr`: text over the descriptors 0, 1 and 2.

use super::{buffered, fileio, text};
use crate::descriptors;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// A standard stream of the process.
struct Standard {
    fd: i32,
    name: &'static str,
    writes: bool,
}

static STANDARD: [Standard; 3] = [
    Standard {
        fd: 0,
        name: "stdin",
        writes: false,
    },
    Standard {
        fd: 1,
        name: "stdout",
        writes: true,
    },
    Standard {
        fd: 2,
        name: "stderr",
        writes: true,
    },
];

/// Gives the module `sys` its standard streams.
///
/// # Errors
/// `OutOfMemory`.
pub fn install(vm: &mut Vm, sys: &Ref<PyModule>) -> PyResult<()> {
    vm.native_module("_io")?;
    vm.write_text = Some(text::write_to_stream);
    vm.flush_streams = Some(flush_all);
    for standard in &STANDARD {
        let stream = match descriptors::find(vm, standard.fd) {
            Some(_) => open(vm, standard)?,
            // The process was started without it.
            None => vm.none(),
        };
        vm.add_attribute(sys, standard.name, stream.clone())?;
        vm.add_attribute(sys, &format!("__{}__", standard.name), stream)?;
    }
    Ok(())
}

/// Differs from CPython: the default encoding is always UTF-8 (`sys.flags.utf8_mode` says so).
fn open(vm: &mut Vm, standard: &Standard) -> PyResult {
    let file = fileio::over_descriptor(vm, standard.fd, standard.writes)?;
    let is_terminal = fileio::is_terminal(vm, &file)?;
    let raw = file.into_any();
    let name = vm.new_str(&format!("<{}>", standard.name))?.into_any();
    vm.set_attr_str(&raw, "name", &name)?;
    let unbuffered = vm.settings.flags.unbuffered && standard.writes;
    let buffer = match unbuffered {
        true => raw,
        false => buffered::over(
            vm,
            &raw,
            super::DEFAULT_BUFFER_SIZE,
            !standard.writes,
            standard.writes,
        )?,
    };
    let is_error = standard.fd == 2;
    let options = text::Options {
        encoding: None,
        errors: Some(vm.intern(if is_error {
            "backslashreplace"
        } else {
            "surrogateescape"
        })?),
        newline: match standard.writes {
            true => Some(vm.intern("\n")?),
            false => None,
        },
        line_buffering: !unbuffered && (is_terminal || is_error),
        write_through: unbuffered,
    };
    let stream = text::over(vm, &buffer, &options)?;
    let mode = vm
        .intern(if standard.writes { "w" } else { "r" })?
        .into_any();
    vm.set_attr_str(&stream, "mode", &mode)?;
    Ok(stream)
}

/// Gives the standard streams the encoding that `PYTHONIOENCODING` names (`encoding:errors`, either may be missing).
///
/// The registry of codecs must be reachable: the import system is started.
///
/// # Errors
/// `LookupError` for an unknown encoding.
pub fn set_encoding(vm: &mut Vm, wanted: &str) -> PyResult<()> {
    let (encoding, errors) = wanted.split_once(':').unwrap_or((wanted, ""));
    for standard in &STANDARD {
        let key = vm.intern(standard.name)?;
        let Some(stream) = vm
            .sys()
            .get_str(vm, &key)
            .filter(|stream| !vm.is_none(stream))
        else {
            continue;
        };
        let encoding = if encoding.is_empty() {
            "utf-8"
        } else {
            encoding
        };
        // What goes to standard error is always shown.
        let errors = match errors {
            _ if standard.fd == 2 => "backslashreplace",
            "" => "strict",
            errors => errors,
        };
        reconfigure(vm, &stream, encoding, errors)?;
    }
    Ok(())
}

fn reconfigure(vm: &mut Vm, stream: &PyRef, encoding: &str, errors: &str) -> PyResult<()> {
    let values = [
        vm.new_str(encoding)?.into_any(),
        vm.new_str(errors)?.into_any(),
    ];
    let names: [Ref<PyStr>; 2] = [vm.intern("encoding")?, vm.intern("errors")?];
    let names = names.map(Ref::into_any);
    let reconfigure = vm.get_attr_str(stream, "reconfigure")?;
    let args = exuvia_vm::Args {
        values: &values,
        names: &names,
    };
    vm.call(&reconfigure, args).map(drop)
}

/// Writes what the open streams of a program keep, at its end.
fn flush_all(vm: &mut Vm) {
    let mut streams = Vec::new();
    let collector = std::rc::Rc::clone(&vm.memory.collector);
    collector.for_each_object(vm.space(), None, |object| {
        if object.is_a::<text::PyTextIO>() || object.is_a::<buffered::PyBuffered>() {
            streams.push(object.clone());
        }
    });
    // Text first: what it keeps goes to a buffer.
    streams.sort_by_key(|stream| !stream.is_a::<text::PyTextIO>());
    for stream in streams {
        let keeps = match stream.downcast_ref::<text::PyTextIO>() {
            Some(text) => text.keeps_bytes(vm),
            None => stream
                .downcast_ref::<buffered::PyBuffered>()
                .is_some_and(|buffered| buffered.pending() > 0),
        };
        if !keeps || is_standard(vm, &stream) {
            continue;
        }
        if let Err(error) = vm.call_method_str(&stream, "flush", &[]) {
            let what = "Exception ignored while finalizing file";
            vm.write_unraisable(error, Some(what), Some(&stream));
        }
    }
}

/// Whether a stream is over a standard descriptor: it was flushed before, and an error was told.
pub(super) fn is_standard(vm: &mut Vm, stream: &PyRef) -> bool {
    let number = vm
        .call_method_str(stream, "fileno", &[])
        .and_then(|number| vm.index_i64(&number));
    matches!(number, Ok(0..=2))
}
