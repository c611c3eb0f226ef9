//! `traceback`: the frames that an exception passed through.

use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::exception::{self, PyException};
use crate::types::frame::PyFrame;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Slot, Vm};
use exuvia_object::{Class, Traverse};
use std::cell::Cell;

/// One frame that an exception passed through, and those further in.
#[derive(Debug, Traverse)]
pub struct PyTraceback {
    next: Slot<PyTraceback>,
    frame: Ref<PyFrame>,
    /// The index of the instruction.
    instruction: u32,
    /// The line, if it was given; else it is worked out from the instruction.
    line: Cell<u32>,
}

impl PyPayload for PyTraceback {
    const DEF: &'static TypeDef = &TRACEBACK;
}

impl PyTraceback {
    /// The frame.
    pub fn frame(&self) -> &Ref<PyFrame> {
        &self.frame
    }

    /// The next entry, further in.
    pub fn next(&self) -> Option<Ref<PyTraceback>> {
        self.next.get()
    }

    /// The line that raised or called.
    pub fn line(&self) -> u32 {
        match self.line.get() {
            0 => self.frame.code().line(self.instruction),
            line => line,
        }
    }

    /// The source location that raised or called.
    pub fn location(&self) -> Option<crate::code::Location> {
        self.frame.code().location(self.instruction)
    }
}

/// Puts the innermost frame in front of an exception's traceback. Without memory for it, the entry is left out.
#[cold]
pub(crate) fn add(vm: &mut Vm, exception: &Ref<PyException>, instruction: u32) {
    if exception.is_shared_memory_error(vm) {
        return;
    }
    let Ok(Some(frame)) = vm.frame_object(0) else {
        return;
    };
    let entry = PyTraceback {
        next: Slot::new(exception.traceback()),
        frame,
        instruction,
        line: Cell::new(0),
    };
    if let Ok(entry) = vm.new_object(entry) {
        exception.set_traceback(Some(entry));
    }
}

/// Takes the import system's own frames out of an exception's traceback: all of them from an `ImportError`, else those on
/// the way to code that it ran for somebody, which tell nothing (CPython `Python/import.c`, `remove_importlib_frames`).
#[cold]
pub(crate) fn hide_import_system(vm: &Vm, exception: &Ref<PyException>) {
    let hides_all = vm.is_instance_of_def(exception.as_any(), &exception::IMPORT_ERROR);
    let mut kept: Vec<Ref<PyTraceback>> = Vec::new();
    // The entries of the import system since the last one of other code.
    let mut run: Vec<Ref<PyTraceback>> = Vec::new();
    let mut next = exception.traceback();
    while let Some(entry) = next {
        next = entry.next();
        let (file, name) = {
            let code = entry.frame.code();
            (code.filename.to_text().into_owned(), code.name.clone())
        };
        if !file.starts_with("<frozen importlib._bootstrap") {
            kept.append(&mut run);
            kept.push(entry);
            continue;
        }
        let is_handing_over = &*name.to_text() == "_call_with_frames_removed";
        run.push(entry);
        if hides_all || is_handing_over {
            run.clear();
        }
    }
    kept.append(&mut run);
    for pair in kept.windows(2) {
        pair[0].next.set(Some(pair[1].clone()));
    }
    if let Some(last) = kept.last() {
        last.next.set(None);
    }
    exception.set_traceback(kept.first().cloned());
}

/// `traceback`
pub static TRACEBACK: TypeDef = TypeDef {
    doc: "The frames that an exception passed through.",
    class: Some(Class::of::<PyTraceback>),
    flags: TypeFlags::NONE,
    slots: Slots {
        new: Some(new),
        ..Slots::EMPTY
    },
    getset: GETSET,
    ..TypeDef::new("traceback")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&TRACEBACK];

fn traceback(this: &PyRef) -> &Ref<PyTraceback> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [next, frame, lasti, line] = args.positionals() else {
        return Err(vm.type_error(format!(
            "traceback expected 4 arguments, got {}",
            args.values.len()
        )));
    };
    let next = if vm.is_none(next) {
        None
    } else {
        match next.clone().downcast::<PyTraceback>() {
            Ok(next) => Some(next),
            Err(other) => {
                let message = format!(
                    "expected traceback object or None, got '{}'",
                    vm.type_name(&other)
                );
                return Err(vm.type_error(message));
            }
        }
    };
    let frame = frame.clone().downcast::<PyFrame>().map_err(|other| {
        let found = vm.type_name(&other);
        vm.type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {found}"
        ))
    })?;
    let unit = vm.index_i64(lasti)? / 2;
    let instruction = u32::try_from(unit)
        .ok()
        .and_then(|unit| crate::code::index_of_unit(frame.code().code.as_slice(), unit))
        .unwrap_or(0);
    let line = u32::try_from(vm.index_i64(line)?).unwrap_or(0);
    let entry = PyTraceback {
        next: Slot::new(next),
        frame,
        instruction,
        line: Cell::new(line),
    };
    Ok(vm.new_instance(ty, entry)?.into_any())
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "tb_next",
        doc: "The next entry, further in, or None.",
        get: |vm, this| {
            Ok(traceback(this)
                .next()
                .map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(set_next),
    },
    GetSet {
        name: "tb_frame",
        doc: "The frame.",
        get: |_, this| Ok(traceback(this).frame.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "tb_lineno",
        doc: "The line that raised or called.",
        get: |vm, this| vm.new_int(traceback(this).line().into()),
        set: None,
    },
    GetSet {
        name: "tb_lasti",
        doc: "The index of the instruction in the bytecode, in bytes.",
        get: |vm, this| {
            let entry = traceback(this);
            let unit =
                crate::code::unit_of_index(entry.frame.code().code.as_slice(), entry.instruction)
                    .unwrap_or(0);
            vm.new_int(i64::from(unit) * 2)
        },
        set: None,
    },
];

fn set_next(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(vm.type_error("can't delete tb_next attribute"));
    };
    if vm.is_none(value) {
        traceback(this).next.set(None);
        return Ok(());
    }
    let Some(next) = value.downcast_ref::<PyTraceback>() else {
        let message = format!("expected traceback object, got '{}'", vm.type_name(value));
        return Err(vm.type_error(message));
    };
    let mut entry = Some(next.clone());
    while let Some(current) = entry {
        if current.as_any().is(this) {
            return Err(vm.value_error("traceback loop detected"));
        }
        entry = current.next();
    }
    traceback(this).next.set(Some(next.clone()));
    Ok(())
}
