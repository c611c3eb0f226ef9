//! Repair: exception ranges as the compiler meant them.
//!
//! `rustpython-codegen` 0.5 gets four things wrong in the exception table:
//!
//! - Where `__exit__` has suppressed an exception, the way out of the `with` statement is still under the handler for
//!   `__exit__`, though the stack entries that this handler expects are gone. (It would be so for everything after
//!   the statement too, if its body never ended normally; [`prepare`](super::prepare) sees to it that it does.)
//! - The handler that restores the variables of an inlined comprehension counts one entry too many, the iterator.
//! - Backward jumps that it inserts late are under no handler at all. It never interrupts those, but we do.
//! - The `RERAISE` of an exception that `__exit__` did not suppress is not under the handler for `__exit__`, which ends
//!   the handling of that exception.
//!
//! The first two show where a covered instruction takes away an entry that its handler needs. Code from CPython has no
//! such place, so their repair runs only when verification has found one.

use std::collections::HashSet;

use super::error::CodeError;
use super::exception_table::{self, Handler};
use super::instruction::{Instr, Op};
use super::verify::{Blocks, split_into_blocks};

/// Puts inserted backward jumps under the handlers that hold both before them and where they lead.
pub(super) fn cover_jumps(instrs: &[Instr], jumps: &[u32], handlers: &mut Vec<Handler>) {
    let mut added = Vec::new();
    for &jump in jumps {
        let is_covered = exception_table::find(handlers, jump).is_some();
        let Some(before) = jump.checked_sub(1).filter(|_| !is_covered) else {
            continue;
        };
        if instrs[before as usize].op.is_terminator() {
            continue;
        }
        let around_target: Vec<_> = around(handlers, instrs[jump as usize].arg)
            .map(identity)
            .collect();
        let common = around(handlers, before).find(|&h| around_target.contains(&identity(h)));
        added.extend(common.map(|handler| Handler {
            start: jump,
            end: jump + 1,
            ..*handler
        }));
    }
    if !added.is_empty() {
        handlers.extend(added);
        handlers.sort_by_key(|handler| handler.start);
    }
}

/// Puts what raises an exception again that `__exit__` did not suppress under the handler of the call of `__exit__`.
pub(super) fn cover_reraises(instrs: &[Instr], handlers: &mut Vec<Handler>) {
    // An `async with` waits between the two, which takes some instructions.
    const DISTANCE: usize = 32;
    for (call, _) in instrs
        .iter()
        .enumerate()
        .filter(|(_, instr)| instr.op == Op::WithExceptStart)
    {
        let Some(&wanted) = exception_table::find(handlers, call as u32) else {
            continue;
        };
        let mut behind = instrs.iter().enumerate().skip(call).take(DISTANCE);
        let Some((reraise, _)) =
            behind.find(|(_, instr)| instr.op == Op::Reraise && instr.arg == 2)
        else {
            continue;
        };
        let reraise = reraise as u32;
        let found = exception_table::find(handlers, reraise);
        if found.is_some_and(|found| identity(found) == identity(&wanted)) {
            continue;
        }
        cut_out(handlers, reraise);
        handlers.push(Handler {
            start: reraise,
            end: reraise + 1,
            ..wanted
        });
        handlers.sort_by_key(|handler| handler.start);
    }
}

/// Takes one instruction out of the range that holds it.
fn cut_out(handlers: &mut Vec<Handler>, index: u32) {
    let Some(holder) = handlers
        .iter()
        .position(|handler| (handler.start..handler.end).contains(&index))
    else {
        return;
    };
    let holder = handlers.remove(holder);
    let parts = [
        Handler {
            end: index,
            ..holder
        },
        Handler {
            start: index + 1,
            ..holder
        },
    ];
    handlers.extend(parts.into_iter().filter(|part| part.start < part.end));
}

/// Exception ranges in which no instruction takes away an entry that its handler needs.
///
/// # Errors
/// If the stack underflows.
pub(super) fn shrink_ranges(
    instrs: &[Instr],
    handlers: &[Handler],
) -> Result<Vec<Handler>, CodeError> {
    let blocks = split_into_blocks(instrs, handlers);
    let mut repair = Repair {
        instrs,
        handlers,
        entry_depth: vec![None; blocks.len()],
        blocks,
        pending: Vec::new(),
        effective: vec![None; instrs.len()],
        too_deep: HashSet::new(),
    };
    repair.enter(0, 0);
    while let Some(block) = repair.pending.pop() {
        repair.execute(block)?;
    }
    Ok(repair.ranges())
}

/// Follows the depth of the stack through the code.
struct Repair<'a> {
    instrs: &'a [Instr],
    handlers: &'a [Handler],
    blocks: Blocks,
    /// For each block, the depth of the stack at its start, once known.
    entry_depth: Vec<Option<u32>>,
    pending: Vec<u32>,
    /// For each instruction, the handler that it can use.
    effective: Vec<Option<&'a Handler>>,
    /// Targets of handlers that count one entry too many.
    too_deep: HashSet<u32>,
}

impl<'a> Repair<'a> {
    fn execute(&mut self, block: u32) -> Result<(), CodeError> {
        let (start, end) = self.blocks.range(block);
        let Some(mut depth) = self.entry_depth[block as usize] else {
            return Ok(());
        };
        for at in start..end {
            let Instr { op, arg, .. } = self.instrs[at as usize];
            let effect = op.effect(arg);
            if effect.peeks > depth {
                return Err(CodeError::StackUnderflow { at });
            }
            if let Some(handler) = self.usable_handler(at, depth) {
                self.effective[at as usize] = Some(handler);
                self.enter(handler.target, handler.entry_depth());
            }
            let before = depth;
            depth = (depth - effect.pops).saturating_add(effect.pushes);
            if op.is_jump() {
                self.enter(arg, if op == Op::ForIter { before } else { depth });
            }
        }
        if !self.instrs[end as usize - 1].op.is_terminator() {
            self.enter(end, depth);
        }
        Ok(())
    }

    fn enter(&mut self, to: u32, depth: u32) {
        // Whether there is an instruction, and only one depth, is for verification to say.
        if let Some(block) = self.blocks.starting_at(to) {
            let known = &mut self.entry_depth[block as usize];
            if known.is_none() {
                *known = Some(depth);
                self.pending.push(block);
            }
        }
    }

    /// The innermost handler whose entries are there when the instruction raises.
    fn usable_handler(&mut self, at: u32, depth: u32) -> Option<&'a Handler> {
        let Instr { op, arg, .. } = self.instrs[at as usize];
        let left = op.depth_when_raising(arg, depth);
        for handler in around(self.handlers, at) {
            if op == Op::PopIter
                && handler.depth == depth
                && restores_variables(&self.instrs[handler.target as usize..])
            {
                self.too_deep.insert(handler.target);
                return Some(handler);
            }
            if handler.depth <= left {
                return Some(handler);
            }
        }
        None
    }

    /// The effective handlers as a table.
    fn ranges(&self) -> Vec<Handler> {
        let mut ranges: Vec<Handler> = Vec::new();
        for (index, handler) in (0..).zip(&self.effective) {
            let Some(handler) = handler else {
                continue;
            };
            let excess = u32::from(self.too_deep.contains(&handler.target));
            let range = Handler {
                start: index,
                end: index + 1,
                depth: handler.depth.saturating_sub(excess),
                ..**handler
            };
            match ranges.last_mut() {
                Some(last) if last.end == index && identity(last) == identity(&range) => {
                    last.end = range.end;
                }
                _ => ranges.push(range),
            }
        }
        ranges
    }
}

/// Whether code is the handler of an inlined comprehension: it drops the collection, moves the exception below the
/// saved variables, and puts those back.
fn restores_variables(code: &[Instr]) -> bool {
    let [drop, pop, bury, stores @ ..] = code else {
        return false;
    };
    let is_start =
        (drop.op, drop.arg) == (Op::Swap, 2) && pop.op == Op::PopTop && bury.op == Op::Swap;
    let mut stored = 0;
    for instr in stores {
        match instr.op {
            Op::StoreFast => stored += 1,
            Op::StoreFastStoreFast => stored += 2,
            op => return is_start && op == Op::Reraise && bury.arg == stored + 1,
        }
    }
    false
}

/// The handler of an instruction, then the handler of that handler's code, and so on outwards.
fn around(handlers: &[Handler], index: u32) -> impl Iterator<Item = &Handler> {
    // More than the compiler can nest; a handler that covers itself would go on for ever.
    const NESTING_LIMIT: usize = 64;
    let innermost = exception_table::find(handlers, index);
    std::iter::successors(innermost, |handler| {
        exception_table::find(handlers, handler.target)
    })
    .take(NESTING_LIMIT)
}

/// What two ranges of the same handler have in common.
fn identity(handler: &Handler) -> (u32, u32, bool) {
    (handler.target, handler.depth, handler.push_lasti)
}
