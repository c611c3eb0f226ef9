//! Borrowed loads: which `LOAD_FAST` may push its local without counting a reference.
//!
//! The compiler marks such loads, but code can come from anywhere, so the marks are ignored and set again here. A load
//! may borrow if, in its basic block and on every way out of it, the value is taken off the stack
//!
//! - before the local is stored to, deleted, cleared or made a cell,
//! - before the frame is suspended,
//! - before the block ends, and not by the exception handler of an instruction in between.
//!
//! What the evaluation loop owes in return:
//!
//! - An instruction that keeps an operand (in a container, a frame, a cell, a local, as a return value) counts it.
//! - Every value that an instruction pushes is counted, except where an operand goes back to the stack as it is: `COPY`,
//!   `SWAP`, the self that `LOAD_ATTR`, `LOAD_SUPER_ATTR` and `LOAD_SPECIAL` push, and the results of `FORMAT_SIMPLE`,
//!   `CONVERT_VALUE`, `GET_AWAITABLE`, `GET_YIELD_FROM_ITER`, `END_SEND` and `SET_FUNCTION_ATTRIBUTE` may be the borrowed operand.
//! - A local that something else than the running code replaces (a debugger, `frame.f_locals`) keeps its old value
//!   alive until the frame ends.

use std::collections::HashMap;

use super::exception_table::{self, Handler};
use super::instruction::{Instr, Op};
use super::verify::Flow;

/// Sets every `LOAD_FAST` and `LOAD_FAST_LOAD_FAST` to the borrowing or the counting form.
pub(super) fn choose_borrowed_loads(instrs: &mut [Instr], handlers: &[Handler], flow: &Flow) {
    let mut simulation = Simulation::default();
    for block in (0..).take(flow.blocks.len()) {
        simulation.run(instrs, handlers, flow, block);
        let (start, end) = flow.blocks.range(block);
        let block = &mut instrs[start as usize..end as usize];
        for (instr, &escapes) in block.iter_mut().zip(&simulation.escapes) {
            instr.op = match (instr.op, escapes) {
                (Op::LoadFast | Op::LoadFastBorrow, false) => Op::LoadFastBorrow,
                (Op::LoadFast | Op::LoadFastBorrow, true) => Op::LoadFast,
                (Op::LoadFastLoadFast | Op::LoadFastBorrowLoadFastBorrow, false) => {
                    Op::LoadFastBorrowLoadFastBorrow
                }
                (Op::LoadFastLoadFast | Op::LoadFastBorrowLoadFastBorrow, true) => {
                    Op::LoadFastLoadFast
                }
                (op, _) => op,
            };
        }
    }
}

/// A value that a load pushed.
struct Loaded {
    /// The load, counted from the start of the block.
    load: usize,
    /// How many entries of the stack hold the value.
    copies: u32,
}

/// An index into [`Simulation::values`].
type ValueId = usize;

/// Follows loaded values through one basic block.
#[derive(Default)]
struct Simulation {
    /// For each instruction of the block, whether a value that it loads must be counted.
    escapes: Vec<bool>,
    values: Vec<Loaded>,
    /// The values loaded from each local since it last changed.
    loaded_from: HashMap<u32, Vec<ValueId>>,
    /// The stack above `base` entries that nothing is known of.
    stack: Vec<Option<ValueId>>,
    base: u32,
    /// Below this position of `stack` no entry is known.
    unknown_below: usize,
}

impl Simulation {
    fn run(&mut self, instrs: &[Instr], handlers: &[Handler], flow: &Flow, block: u32) {
        self.values.clear();
        self.loaded_from.clear();
        self.stack.clear();
        self.escapes.clear();
        let (start, end) = flow.blocks.range(block);
        let length = (end - start) as usize;
        let Some(base) = flow.entry_depth(block) else {
            self.escapes.resize(length, true);
            return;
        };
        self.escapes.resize(length, false);
        self.base = base;
        self.unknown_below = 0;
        let mut covered_by = None;
        for index in start..end {
            let handler = exception_table::find(handlers, index);
            if let Some(handler) = handler.filter(|_| handler != covered_by) {
                self.escape_below(handler.depth);
            }
            let instr = instrs[index as usize];
            self.step((index - start) as usize, instr);
            // A SWAP may change what the handler would find.
            covered_by = handler.filter(|_| instr.op != Op::Swap);
        }
        self.escape_all();
    }

    fn step(&mut self, at: usize, instr: Instr) {
        let arg = instr.arg;
        let (first, second) = instr.local_pair();
        match instr.op {
            Op::LoadFast | Op::LoadFastBorrow => self.load(at, arg),
            Op::LoadFastLoadFast | Op::LoadFastBorrowLoadFastBorrow => {
                self.load(at, first);
                self.load(at, second);
            }
            Op::StoreFast => self.store(arg),
            Op::StoreFastStoreFast => {
                self.store(first);
                self.store(second);
            }
            Op::StoreFastLoadFast => {
                self.store(first);
                self.push(None);
            }
            Op::LoadFastAndClear => {
                self.change_local(arg);
                self.push(None);
            }
            Op::DeleteFast | Op::MakeCell => self.change_local(arg),
            Op::CopyFreeVars => self.escape_all(),
            Op::ReturnGenerator | Op::YieldValue | Op::Send => {
                self.apply_effect(instr);
                self.escape_all();
            }
            Op::Copy => self.copy(arg as usize),
            Op::Swap => self.swap(arg as usize),
            Op::FormatSimple | Op::ConvertValue | Op::GetAwaitable | Op::GetYieldFromIter => {}
            Op::LoadAttr | Op::LoadSuperAttr if arg & 1 != 0 => self.push_back(instr, 1),
            Op::LoadSpecial => self.push_back(instr, 1),
            Op::EndSend | Op::SetFunctionAttribute => self.push_back(instr, 0),
            _ => self.apply_effect(instr),
        }
    }

    fn load(&mut self, at: usize, local: u32) {
        let id = self.values.len();
        self.values.push(Loaded {
            load: at,
            copies: 0,
        });
        self.loaded_from.entry(local).or_default().push(id);
        self.push(Some(id));
    }

    fn store(&mut self, local: u32) {
        self.pop();
        self.change_local(local);
    }

    /// The values loaded from a local that still lie on the stack lose their owner.
    fn change_local(&mut self, local: u32) {
        for id in self.loaded_from.remove(&local).unwrap_or_default() {
            if self.values[id].copies > 0 {
                self.escape(id);
            }
        }
    }

    fn apply_effect(&mut self, instr: Instr) {
        let effect = instr.op.effect(instr.arg);
        for _ in 0..effect.pops {
            self.pop();
        }
        for _ in 0..effect.pushes {
            self.push(None);
        }
    }

    /// The topmost operand is on the stack afterwards, above `results` of the results.
    fn push_back(&mut self, instr: Instr, results: u32) {
        let effect = instr.op.effect(instr.arg);
        let operand = self.pop();
        for _ in 1..effect.pops {
            self.pop();
        }
        for _ in 0..results {
            self.push(None);
        }
        self.push(operand);
    }

    fn copy(&mut self, distance: usize) {
        let position = self.stack.len().checked_sub(distance);
        self.push(position.and_then(|position| self.stack[position]));
    }

    fn swap(&mut self, distance: usize) {
        let length = self.stack.len();
        if let Some(position) = length.checked_sub(distance) {
            self.unknown_below = self.unknown_below.min(position);
            self.stack.swap(length - 1, position);
        } else if length > 0 {
            // Where the value goes it is not followed any more.
            self.forget(length - 1);
        }
    }

    fn push(&mut self, value: Option<ValueId>) {
        if let Some(id) = value {
            self.values[id].copies += 1;
        }
        self.stack.push(value);
    }

    fn pop(&mut self) -> Option<ValueId> {
        let Some(value) = self.stack.pop() else {
            self.base -= 1;
            return None;
        };
        self.unknown_below = self.unknown_below.min(self.stack.len());
        if let Some(id) = value {
            self.values[id].copies -= 1;
        }
        value
    }

    fn escape(&mut self, id: ValueId) {
        self.escapes[self.values[id].load] = true;
    }

    fn escape_all(&mut self) {
        for position in 0..self.stack.len() {
            self.forget(position);
        }
    }

    /// A handler would find the entries below this depth.
    fn escape_below(&mut self, depth: u32) {
        let end = self
            .stack
            .len()
            .min(depth.saturating_sub(self.base) as usize);
        for position in self.unknown_below..end {
            self.forget(position);
        }
        self.unknown_below = self.unknown_below.max(end);
    }

    fn forget(&mut self, position: usize) {
        if let Some(id) = self.stack[position].take() {
            self.values[id].copies -= 1;
            self.escape(id);
        }
    }
}
