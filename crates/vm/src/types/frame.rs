//! `frame`: a running or finished call as an object, made only when somebody asks (D14).

#![allow(
    unsafe_code,
    reason = "a running frame's locals lie on the evaluation stack"
)]

use crate::eval::frame::visible_value;
use crate::eval::stack::StackRef;
use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::cell::PyCell;
use crate::types::code::{PyCode, flags};
use crate::types::dict::PyDict;
use crate::types::frame_locals;
use crate::types::function::PyFunction;
use crate::types::generator;
use crate::types::list::PyList;
use crate::types::str::PyStr;
use crate::{HeapVec, PyRef, PyResult, Ref, Slot, Vm, VmCell};
use exuvia_object::{Class, Header, Traverse};
use std::cell::Cell;
use std::ptr::NonNull;

/// The bit of a fast local that only the compiler uses: a comprehension's.
const HIDDEN: u8 = 0x10;
/// The bits of fast locals that lie in cells.
const SHARED: u8 = 0xC0;

/// Where a frame's locals are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// On the evaluation stack; the frame's index from the outermost.
    Running(usize),
    /// In a generator that is suspended.
    Suspended,
    /// Here, or gone.
    Done,
}

/// A running or finished call.
#[derive(Debug, Traverse)]
pub struct PyFrame {
    code: Ref<PyCode>,
    func: Ref<PyFunction>,
    namespace: Slot,
    /// The caller, once the frame is finished.
    back: Slot<PyFrame>,
    /// The locals, once the frame is finished.
    values: VmCell<HeapVec<Option<PyRef>>>,
    trace: Slot,
    /// What was assigned through `f_locals` to names that are not variables of the code.
    extra: Slot<PyDict>,
    /// Values that were replaced through `f_locals` while the frame ran: its stack may still borrow them (S1).
    replaced: Slot<PyList>,
    #[traverse(skip)]
    base: Cell<*mut StackRef>,
    #[traverse(skip)]
    state: Cell<State>,
    /// The generator in which the frame is suspended.
    #[traverse(skip)]
    owner: Cell<Option<NonNull<Header>>>,
    instruction: Cell<u32>,
    trace_lines: Cell<bool>,
    trace_opcodes: Cell<bool>,
}

impl PyPayload for PyFrame {
    const DEF: &'static TypeDef = &FRAME;
}

/// The object of the running frame at an index from the outermost.
pub(crate) fn new(vm: &Vm, index: usize) -> PyResult<Ref<PyFrame>> {
    let frame = &vm.eval.frames[index];
    vm.new_object(PyFrame {
        code: frame.code.clone(),
        func: frame.func.clone(),
        namespace: Slot::new(frame.namespace.clone()),
        back: Slot::empty(),
        values: VmCell::new(HeapVec::new()),
        trace: Slot::empty(),
        extra: Slot::empty(),
        replaced: Slot::empty(),
        base: Cell::new(frame.base),
        state: Cell::new(State::Running(index)),
        owner: Cell::new(None),
        instruction: Cell::new(0),
        trace_lines: Cell::new(true),
        trace_opcodes: Cell::new(false),
    })
}

/// The object of a frame that is suspended in its generator.
pub(crate) fn of_suspended(
    vm: &Vm,
    code: &Ref<PyCode>,
    func: &Ref<PyFunction>,
    base: *mut StackRef,
    instruction: u32,
    generator: &PyRef,
) -> PyResult<Ref<PyFrame>> {
    vm.new_object(PyFrame {
        code: code.clone(),
        func: func.clone(),
        namespace: Slot::empty(),
        back: Slot::empty(),
        values: VmCell::new(HeapVec::new()),
        trace: Slot::empty(),
        extra: Slot::empty(),
        replaced: Slot::empty(),
        base: Cell::new(base),
        state: Cell::new(State::Suspended),
        owner: Cell::new(Some(generator.as_raw())),
        instruction: Cell::new(instruction),
        trace_lines: Cell::new(true),
        trace_opcodes: Cell::new(false),
    })
}

impl PyFrame {
    pub(crate) fn set_running(&self, index: usize) {
        self.state.set(State::Running(index));
    }

    /// The frame's generator gave up control at an instruction.
    pub(crate) fn set_suspended(&self, instruction: u32, generator: &PyRef) {
        self.instruction.set(instruction);
        self.owner.set(Some(generator.as_raw()));
        self.state.set(State::Suspended);
    }

    /// The frame is over; its locals are here or gone.
    pub(crate) fn set_done(&self) {
        self.owner.set(None);
        self.base.set(std::ptr::null_mut());
        self.state.set(State::Done);
        self.replaced.set(None);
    }

    /// Takes over the locals of the frame, which is about to end.
    pub(crate) fn keep(
        &self,
        vm: &mut Vm,
        values: Vec<Option<PyRef>>,
        instruction: u32,
        back: Option<Ref<PyFrame>>,
    ) {
        let space = vm.space_handle();
        let kept = self.values.get_mut(vm);
        for value in values {
            // Without memory for them the locals are gone, as after `frame.clear()`.
            if kept.push(space.heap(), value).is_err() {
                break;
            }
        }
        self.instruction.set(instruction);
        self.back.set(back);
    }

    /// The same for a frame that is suspended in a generator, which is about to let go of the locals.
    pub(crate) fn keep_suspended(&self, vm: &mut Vm, instruction: u32) {
        let count = self.code.local_count();
        let values = (0..count).map(|index| self.raw_value(vm, index)).collect();
        self.keep(vm, values, instruction, None);
    }

    pub(crate) fn code(&self) -> &Ref<PyCode> {
        &self.code
    }

    pub(crate) fn globals(&self) -> &Ref<PyDict> {
        &self.func.globals
    }

    /// The index of the instruction that runs, or ran last.
    pub(crate) fn instruction(&self, vm: &Vm) -> u32 {
        match self.state.get() {
            State::Running(index) => vm
                .eval
                .frames
                .get(index)
                .map_or(0, crate::eval::frame::Frame::instruction),
            _ => self.instruction.get(),
        }
    }

    /// The generator in which the frame is suspended.
    fn suspended_in(&self) -> Option<PyRef> {
        let owner = self
            .owner
            .get()
            .filter(|_| self.state.get() == State::Suspended)?;
        // SAFETY: a generator tells the frame that it ends (`set_done`) before it dies.
        Some(unsafe { PyRef::from_borrowed(owner) })
    }

    fn is_running(&self) -> bool {
        matches!(self.state.get(), State::Running(_))
    }

    /// The value of a fast local, as it lies there: cells are cells.
    fn raw_value(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        if self.state.get() == State::Done {
            return self.values.get(vm).get(index).cloned().flatten();
        }
        // SAFETY: the locals of a frame that is not done are initialized; `set_done` is called when it ends.
        unsafe { &*self.base.get().add(index) }
            .duplicate()
            .into_owned()
    }

    /// The index of the variable with this name.
    pub(crate) fn variable_index(&self, name: &Ref<PyStr>) -> Option<usize> {
        (0..self.code.local_count())
            .find(|&index| !self.is_hidden(index) && self.code.local_name(index).same_text(name))
    }

    /// Whether a fast local belongs to a comprehension in a class or module, whose variables are not fast locals.
    fn is_hidden(&self, index: usize) -> bool {
        self.code.flags & flags::OPTIMIZED == 0 && self.code.local_kind(index) & HIDDEN != 0
    }

    /// The value of the variable at an index, unless it is not bound.
    pub(crate) fn variable(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        visible_value(&self.code, index, self.raw_value(vm, index))
    }

    /// Binds the variable at an index.
    ///
    /// # Errors
    /// `OutOfMemory`, with nothing changed.
    pub(crate) fn set_variable(&self, vm: &mut Vm, index: usize, value: PyRef) -> PyResult<()> {
        let old = self.raw_value(vm, index);
        let is_shared = self.code.local_kind(index) & SHARED != 0;
        if is_shared && let Some(cell) = old.as_ref().and_then(|old| old.downcast_ref::<PyCell>()) {
            cell.set(Some(value));
            return Ok(());
        }
        match self.state.get() {
            State::Done => {
                if let Some(place) = self.values.get_mut(vm).get_mut(index) {
                    *place = Some(value);
                }
            }
            state => {
                if let (State::Running(_), Some(old)) = (state, old) {
                    self.keep_replaced(vm, old)?;
                }
                // SAFETY: as in `raw_value`. What the entry held stays alive as long as the stack may borrow it (S1): a
                // running frame's in `replaced`; nothing is borrowed from the locals of a suspended one (B7).
                unsafe { *self.base.get().add(index) = StackRef::owned(value) };
            }
        }
        Ok(())
    }

    fn keep_replaced(&self, vm: &mut Vm, old: PyRef) -> PyResult<()> {
        let kept = match self.replaced.get() {
            Some(kept) => kept,
            None => {
                let kept = vm.new_list(Vec::new())?;
                self.replaced.set(Some(kept.clone()));
                kept
            }
        };
        kept.push(vm, old)
    }

    /// What was assigned to names that are not variables.
    pub(crate) fn extra(&self) -> Option<Ref<PyDict>> {
        self.extra.get()
    }

    /// The same, made if there is nothing yet.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn extra_or_new(&self, vm: &mut Vm) -> PyResult<Ref<PyDict>> {
        if let Some(extra) = self.extra.get() {
            return Ok(extra);
        }
        let extra = vm.new_dict()?;
        self.extra.set(Some(extra.clone()));
        Ok(extra)
    }

    /// Names and values of the bound locals, in order.
    pub(crate) fn locals(&self, vm: &Vm) -> Vec<(Ref<PyStr>, PyRef)> {
        let code = &self.code;
        (0..code.local_count())
            .filter(|&index| !self.is_hidden(index))
            .filter_map(|index| {
                let value = visible_value(code, index, self.raw_value(vm, index))?;
                Some((code.local_name(index).clone(), value))
            })
            .collect()
    }
}

/// `frame`
pub static FRAME: TypeDef = TypeDef {
    doc: "A running or finished call.",
    class: Some(Class::of::<PyFrame>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        repr: Some(repr),
        owned_bytes: Some(|vm, this| frame(this).values.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    },
    getset: GETSET,
    methods: &[crate::method!(
        "clear",
        "($self, /)",
        clear,
        "Drops the locals of a frame that does not run."
    )],
    ..TypeDef::new("frame")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&FRAME];

fn frame(this: &PyRef) -> &Ref<PyFrame> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let frame = frame(this);
    let text = format!(
        "<frame at {:#x}, file '{}', line {}, code {}>",
        this.address(),
        frame.code.filename.to_text(),
        frame.code.line(frame.instruction(vm)),
        frame.code.name.to_text()
    );
    Ok(vm.new_str(&text)?.into_any())
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "f_back",
        doc: "The frame that called this one, or None.",
        get: back,
        set: None,
    },
    GetSet {
        name: "f_code",
        doc: "The code that runs in the frame.",
        get: |_, this| Ok(frame(this).code.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "f_globals",
        doc: "The namespace of the module.",
        get: |_, this| Ok(frame(this).func.globals.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "f_builtins",
        doc: "The namespace of the built-ins.",
        get: |_, this| Ok(frame(this).func.builtins.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "f_locals",
        doc: "The local variables, as a mapping.",
        get: f_locals,
        set: None,
    },
    GetSet {
        name: "f_lineno",
        doc: "The line that runs.",
        get: |vm, this| {
            let frame = frame(this);
            vm.new_int(frame.code.line(frame.instruction(vm)).into())
        },
        set: Some(|vm, _, _| Err(vm.value_error("f_lineno can only be set in a trace function"))),
    },
    GetSet {
        name: "f_lasti",
        doc: "The index of the last instruction in the bytecode, in bytes.",
        get: |vm, this| {
            let frame = frame(this);
            let unit =
                crate::code::unit_of_index(frame.code.code.as_slice(), frame.instruction(vm))
                    .unwrap_or(0);
            vm.new_int(i64::from(unit) * 2)
        },
        set: None,
    },
    GetSet {
        name: "f_trace",
        doc: "The trace function of the frame, or None.",
        get: |vm, this| Ok(frame(this).trace.get().unwrap_or_else(|| vm.none())),
        set: Some(|_, this, value| {
            frame(this).trace.set(value.cloned());
            Ok(())
        }),
    },
    GetSet {
        name: "f_trace_lines",
        doc: "Whether a trace function is called for each line.",
        get: |vm, this| Ok(vm.new_bool(frame(this).trace_lines.get())),
        set: Some(|vm, this, value| {
            let value = value.is_some_and(|value| vm.is_true(value).unwrap_or(false));
            frame(this).trace_lines.set(value);
            Ok(())
        }),
    },
    GetSet {
        name: "f_trace_opcodes",
        doc: "Whether a trace function is called for each instruction.",
        get: |vm, this| Ok(vm.new_bool(frame(this).trace_opcodes.get())),
        set: Some(|vm, this, value| {
            let value = value.is_some_and(|value| vm.is_true(value).unwrap_or(false));
            frame(this).trace_opcodes.set(value);
            Ok(())
        }),
    },
    GetSet {
        name: "f_generator",
        doc: "The generator that the frame belongs to, or None.",
        get: |vm, this| {
            let running = match frame(this).state.get() {
                State::Running(index) => vm
                    .eval
                    .frames
                    .get(index)
                    .and_then(|frame| frame.generator.clone()),
                State::Suspended => frame(this).suspended_in(),
                State::Done => None,
            };
            Ok(running.unwrap_or_else(|| vm.none()))
        },
        set: None,
    },
];

fn back(vm: &mut Vm, this: &PyRef) -> PyResult {
    let frame = frame(this).clone();
    let back = match frame.state.get() {
        State::Running(0) | State::Suspended => None,
        State::Running(index) => Some(vm.frame_object_at(index - 1)?),
        State::Done => frame.back.get(),
    };
    Ok(back.map_or_else(|| vm.none(), Ref::into_any))
}

fn f_locals(vm: &mut Vm, this: &PyRef) -> PyResult {
    let frame = frame(this).clone();
    if frame.code.flags & flags::OPTIMIZED == 0
        && let Some(namespace) = frame.namespace.get()
    {
        return Ok(namespace);
    }
    frame_locals::new(vm, &frame)
}

fn clear(vm: &mut Vm, this: Ref<PyFrame>) -> PyResult<()> {
    match this.state.get() {
        State::Running(_) => Err(vm.runtime_error("cannot clear an executing frame")),
        State::Suspended => match this.suspended_in() {
            Some(generator) if generator::is_unstarted(&generator) => {
                vm.call_finalizer(&generator);
                Ok(())
            }
            _ => Err(vm.runtime_error("cannot clear a suspended frame")),
        },
        State::Done => {
            let values = std::mem::take(this.values.get_mut(vm));
            drop(values);
            this.namespace.set(None);
            Ok(())
        }
    }
}

impl Vm {
    /// The local variables of the running frame, as `locals()` shows them.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn current_locals(&mut self) -> PyResult {
        let Some(index) = self.eval.frames.len().checked_sub(1) else {
            return Err(self.system_error("frame does not exist"));
        };
        let running = &self.eval.frames[index];
        if running.code.flags & flags::OPTIMIZED == 0
            && let Some(namespace) = running.namespace.clone()
        {
            return Ok(namespace);
        }
        let frame = self.frame_object_at(index)?;
        debug_assert!(frame.is_running());
        let dict = self.new_dict()?;
        for (name, value) in frame.locals(self) {
            dict.set_str(self, &name, value)?;
        }
        Ok(dict.into_any())
    }
}
