//! [`Window`]: the loop's view of the running frame, kept in registers.

#![allow(unsafe_code, reason = "the evaluation stack")]

use crate::code::Instr;
use crate::eval::stack::StackRef;
use crate::types::code::{Cache, Prepared, PyCode};
use crate::types::function::PyFunction;
use crate::types::str::PyStr;
use crate::{PyErr, PyRef, Ref, Vm};
use std::cell::Cell;

/// The running frame as the loop sees it.
///
/// W1: all pointers belong to the innermost frame of `vm.eval.frames`, which keeps code and function alive; the
/// window is loaded anew whenever that frame changes. W2: the code was verified ([`crate::code`], B1–B7), so
/// that the stack has what an instruction pops and room for what it pushes.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    base: *mut StackRef,
    sp: *mut StackRef,
    /// The index of the instruction that comes next.
    next: usize,
    instrs: *const Instr,
    consts: *const PyRef,
    code: *const PyCode,
    prepared: *const Prepared,
    func: *const PyFunction,
    /// [`crate::Space::attention`].
    attention: *const Cell<u32>,
}

impl Window {
    /// The view of the innermost frame, as it was last saved.
    ///
    /// # Errors
    /// `OutOfMemory`, or `SystemError` for malformed code, when the code is prepared for the first time.
    pub(crate) fn load(vm: &Vm) -> Result<Self, PyErr> {
        let frame = vm.eval.frames.last().expect("W1: a frame is running");
        let prepared = frame.code.prepared(vm)?;
        let instrs = prepared.instrs.as_ptr();
        let code: &PyCode = &frame.code;
        let func: &PyFunction = &frame.func;
        // SAFETY: the saved depth and instruction are those of this frame.
        unsafe {
            Ok(Self {
                base: frame.base,
                sp: frame.base.add(frame.depth()),
                next: frame.next_instruction(),
                instrs,
                consts: code.consts.as_ptr(),
                code,
                prepared,
                func,
                attention: vm.space().attention(),
            })
        }
    }

    /// Does on a copy of the window what is not part of the loop's own code.
    ///
    /// A window whose address is handed out would have to lie in memory. The loop's own never is, so that it lies in
    /// registers; what is too long to be inlined gets a copy, and moves the stack and the instruction by it.
    #[inline(always)]
    pub(crate) fn apart<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        f(self)
    }

    /// The next instruction; it becomes the running one.
    #[inline(always)]
    pub(crate) fn fetch(&mut self) -> Instr {
        // SAFETY: B1.
        unsafe {
            let instr = *self.instrs.add(self.next);
            *self.base.sub(1).cast::<usize>() = self.next;
            self.next += 1;
            instr
        }
    }

    /// Goes on at an instruction.
    #[inline(always)]
    pub(crate) fn jump(&mut self, index: u32) {
        self.next = index as usize;
    }

    /// Goes on at the target of the instruction that runs, a jump.
    #[inline(always)]
    pub(crate) fn jump_to_target(&mut self) {
        self.jump(self.running_instr().arg);
    }

    /// The instruction that runs.
    #[inline(always)]
    pub(crate) fn running_instr(&self) -> Instr {
        // SAFETY: B1: the instruction that was saved is one of these.
        unsafe { *self.instrs.add(self.instruction() as usize) }
    }

    /// The index of the instruction that runs.
    #[inline(always)]
    pub(crate) fn instruction(&self) -> u32 {
        // SAFETY: `fetch` stored it.
        u32::try_from(unsafe { *self.base.sub(1).cast::<usize>() }).unwrap_or(u32::MAX)
    }

    /// The next instruction, without going on.
    #[inline(always)]
    pub(crate) fn peek_instr(&self) -> Instr {
        // SAFETY: B1: control does not leave the instructions.
        unsafe { *self.instrs.add(self.next) }
    }

    /// Goes past the next instruction, which was done together with the one that runs.
    #[inline(always)]
    pub(crate) fn skip(&mut self) {
        self.next += 1;
    }

    /// Whether something waits that is done between instructions.
    #[inline(always)]
    pub(crate) fn is_attention_asked(&self) -> bool {
        // SAFETY: the space, and its attention, are there as long as the virtual machine.
        unsafe { (*self.attention).get() != 0 }
    }

    /// Saves where the frame stands: before another frame runs on top, and before anybody looks at the stack.
    #[inline(always)]
    pub(crate) fn save(&self) {
        // SAFETY: the header lies before the locals.
        unsafe { *self.base.sub(2).cast::<usize>() = self.depth() }
    }

    /// The number of entries in use, locals included.
    #[inline(always)]
    pub(crate) fn depth(&self) -> usize {
        // SAFETY: both point into the same frame.
        unsafe { self.sp.offset_from(self.base).cast_unsigned() }
    }

    /// Puts an object on the stack.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: impl Into<StackRef>) {
        // SAFETY: W2.
        unsafe {
            self.sp.write(value.into());
            self.sp = self.sp.add(1);
        }
    }

    /// Takes the top entry.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> StackRef {
        // SAFETY: W2.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    /// Takes the top entry as a counted reference.
    #[inline(always)]
    pub(crate) fn pop_owned(&mut self) -> PyRef {
        self.pop().into_object()
    }

    /// The entry at a distance from the top; 1 is the top.
    #[inline(always)]
    pub(crate) fn peek(&self, distance: usize) -> &StackRef {
        // SAFETY: W2.
        unsafe { &*self.sp.sub(distance) }
    }

    /// Replaces the entry at a distance from the top and returns the old one.
    #[inline(always)]
    pub(crate) fn replace(&mut self, distance: usize, value: impl Into<StackRef>) -> StackRef {
        // SAFETY: W2.
        unsafe { std::mem::replace(&mut *self.sp.sub(distance), value.into()) }
    }

    /// Exchanges the top with another entry.
    #[inline(always)]
    pub(crate) fn swap(&mut self, distance: usize) {
        // SAFETY: W2.
        unsafe { std::ptr::swap(self.sp.sub(1), self.sp.sub(distance)) }
    }

    /// The address of the entry at a distance from the top.
    #[inline(always)]
    pub(crate) fn address(&mut self, distance: usize) -> *mut StackRef {
        // SAFETY: W2.
        unsafe { self.sp.sub(distance) }
    }

    /// Takes the topmost entries as counted references, lowest first, one by one; what is left of them is dropped.
    /// Nothing may be pushed meanwhile.
    #[inline]
    pub(crate) fn take_many(&mut self, count: usize) -> Taken {
        let end = self.sp;
        self.forget_many(count);
        Taken { next: self.sp, end }
    }

    /// The topmost entries as counted references, lowest first.
    #[inline]
    pub(crate) fn own_many(&mut self, count: usize) -> &[PyRef] {
        // SAFETY: W2; an entry that owns its reference is just that reference (S2).
        unsafe {
            let first = self.address(count);
            for index in 0..count {
                (*first.add(index)).own();
            }
            std::slice::from_raw_parts(first.cast::<PyRef>(), count)
        }
    }

    /// Drops the topmost entries.
    #[inline(always)]
    pub(crate) fn drop_many(&mut self, count: usize) {
        for _ in 0..count {
            drop(self.pop());
        }
    }

    /// Forgets the topmost entries, whose references were moved elsewhere.
    #[inline(always)]
    pub(crate) fn forget_many(&mut self, count: usize) {
        // SAFETY: W2.
        self.sp = unsafe { self.sp.sub(count) };
    }

    /// A fast local.
    #[inline(always)]
    pub(crate) fn local(&self, index: u32) -> &StackRef {
        // SAFETY: B2.
        unsafe { &*self.base.add(index as usize) }
    }

    /// Changes a fast local and returns the old value.
    #[inline(always)]
    pub(crate) fn set_local(&mut self, index: u32, value: StackRef) -> StackRef {
        // SAFETY: B2.
        unsafe { std::mem::replace(&mut *self.base.add(index as usize), value) }
    }

    /// A constant.
    #[inline(always)]
    pub(crate) fn constant(&self, index: u32) -> &PyRef {
        // SAFETY: B2; the code keeps its constants alive.
        unsafe { &*self.consts.add(index as usize) }
    }

    /// A name.
    #[inline(always)]
    pub(crate) fn name(&self, index: u32) -> &'static Ref<PyStr> {
        // SAFETY: B2. The code object keeps the name alive as long as the frame runs; the lifetime is longer than
        // that so that a name can be used while the window changes.
        unsafe { &*std::ptr::from_ref((*self.code).name_at(index as usize)) }
    }

    /// The code that runs.
    #[inline(always)]
    pub(crate) fn code(&self) -> &'static PyCode {
        // SAFETY: W1; as for `name`.
        unsafe { &*self.code }
    }

    /// The function that runs.
    #[inline(always)]
    pub(crate) fn func(&self) -> &'static PyFunction {
        // SAFETY: W1; as for `name`.
        unsafe { &*self.func }
    }

    /// The inline cache of an instruction; `None` if it has none.
    #[inline(always)]
    pub(crate) fn cache(&self, instr: Instr) -> Option<&'static mut Cache> {
        if instr.cache == Instr::NO_CACHE {
            return None;
        }
        // SAFETY: the translator numbers the caches; each is touched by one instruction at a time, and no borrow of
        // it is kept while other code runs.
        Some(unsafe { &mut *(*self.prepared).cache(instr.cache) })
    }

    /// Cuts the stack down to a depth, dropping what was above.
    pub(crate) fn cut(&mut self, depth: usize) {
        while self.depth() > depth {
            drop(self.pop());
        }
    }
}

/// Entries that were taken off the stack: see [`Window::take_many`].
pub(crate) struct Taken {
    next: *mut StackRef,
    end: *mut StackRef,
}

impl Iterator for Taken {
    type Item = PyRef;

    #[inline]
    fn next(&mut self) -> Option<PyRef> {
        if self.next == self.end {
            return None;
        }
        // SAFETY: the entries up to `end` were taken over initialized, and each is read once.
        let entry = unsafe { self.next.read() };
        self.next = self.next.wrapping_add(1);
        Some(entry.into_object())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.end.addr() - self.next.addr()) / size_of::<StackRef>();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Taken {}

impl Drop for Taken {
    #[inline]
    fn drop(&mut self) {
        self.by_ref().for_each(drop);
    }
}
