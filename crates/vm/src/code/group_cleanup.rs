//! The end of `except*` clauses by an exception.
//!
//! An exception that leaves the clauses of a `try` statement ends the handling of the exception that they handle. The
//! compiler sees to that for `except`, but not for `except*`, where the matching itself can fail. Here such
//! statements get the handler that is missing: it puts back what was handled before, and raises again.

use super::exception_table::{self, Handler};
use super::instruction::{Instr, Op};

/// How much more of the stack than its statement the handler takes.
pub(super) const STACK: u32 = 4;

/// Adds the handlers. Returns whether there was need for one.
pub(super) fn add(instrs: &mut Vec<Instr>, handlers: &mut Vec<Handler>) -> bool {
    if !instrs.iter().any(|instr| instr.op == Op::CheckEgMatch) {
        return false;
    }
    let starts: Vec<u32> = (0..)
        .zip(&**instrs)
        .filter(|&(at, _)| is_start(instrs, at))
        .map(|(at, _)| at)
        .collect();
    // From the inside out: what is inside then has a handler already.
    for &start in starts.iter().rev() {
        add_one(instrs, handlers, start);
    }
    true
}

/// Whether the clauses begin here: the exception, a list for those that clauses raise, and what is still to be handled.
fn is_start(instrs: &[Instr], at: u32) -> bool {
    let at = at as usize;
    matches!(
        instrs.get(at..at + 3),
        Some([push, list, copy])
            if push.op == Op::PushExcInfo
                && (list.op, list.arg) == (Op::BuildList, 0)
                && (copy.op, copy.arg) == (Op::Copy, 2)
    )
}

fn add_one(instrs: &mut Vec<Instr>, handlers: &mut Vec<Handler>, start: u32) {
    let Some(entered) = handlers
        .iter()
        .find(|handler| handler.target == start)
        .copied()
    else {
        return;
    };
    let Ok(target) = u32::try_from(instrs.len()) else {
        return;
    };
    let outer = exception_table::find(handlers, start).copied();
    let mut covering: Vec<Option<Handler>> = (0..target)
        .map(|at| exception_table::find(handlers, at).copied())
        .collect();
    let cleanup = Handler {
        start: 0,
        end: 0,
        target,
        // What `PUSH_EXC_INFO` leaves below the exception is needed.
        depth: entered.entry_depth(),
        push_lasti: true,
    };
    for at in clauses(instrs, &covering, start + 1) {
        if identity(covering[at as usize]) == identity(outer) {
            covering[at as usize] = Some(cleanup);
        }
    }
    instrs.extend([
        Instr::new(Op::Copy, 3),
        Instr::new(Op::PopExcept, 0),
        Instr::new(Op::Reraise, 1),
    ]);
    covering.extend([outer; 3]);
    *handlers = ranges(&covering);
}

/// The instructions of clauses: from the start to where the exception counts as handled.
fn clauses(instrs: &[Instr], covering: &[Option<Handler>], start: u32) -> Vec<u32> {
    let outer = start.checked_sub(1).and_then(|at| covering[at as usize]);
    let mut levels = vec![None; instrs.len()];
    let mut pending = vec![(start, 0_u32)];
    let mut found = Vec::new();
    while let Some((at, level)) = pending.pop() {
        let Some(known) = levels.get_mut(at as usize) else {
            continue;
        };
        let Instr { op, arg, .. } = instrs[at as usize];
        if known.is_some() || op == Op::PopExcept && level == 0 {
            continue;
        }
        *known = Some(level);
        found.push(at);
        let handler = covering[at as usize];
        if let Some(handler) = handler.filter(|_| identity(handler) != identity(outer)) {
            pending.push((handler.target, level));
        }
        let level = match op {
            Op::PushExcInfo => level + 1,
            Op::PopExcept => level - 1,
            _ => level,
        };
        if op.is_jump() {
            pending.push((arg, level));
        }
        if !op.is_terminator() {
            pending.push((at + 1, level));
        }
    }
    found
}

fn identity(handler: Option<Handler>) -> Option<(u32, u32, bool)> {
    handler.map(|handler| (handler.target, handler.depth, handler.push_lasti))
}

/// The table for the handler of each instruction.
fn ranges(covering: &[Option<Handler>]) -> Vec<Handler> {
    let mut ranges: Vec<Handler> = Vec::new();
    for (at, handler) in (0..).zip(covering) {
        let Some(handler) = *handler else {
            continue;
        };
        match ranges.last_mut() {
            Some(last) if last.end == at && identity(Some(*last)) == identity(Some(handler)) => {
                last.end = at + 1;
            }
            _ => ranges.push(Handler {
                start: at,
                end: at + 1,
                ..handler
            }),
        }
    }
    ranges
}
