//! Repair: exception ranges as the compiler meant them.
//!
//! `rustpython-codegen` 0.5 gets two things wrong in the exception table, and both would make a correct program misbehave:
//!
//! - Where `__exit__` has suppressed an exception, the code goes on under the handler that was there for `__exit__`,
//!   though the entries of the stack that this handler expects are gone. Everything after such a `with` whose body
//!   never ends normally inherits the mistake; at the end of a `try` around it the wrong handler is taken off.
//! - The handler that restores the variables of an inlined comprehension counts one entry too many, the iterator.
//!
//! Both show where a covered instruction takes away an entry that its handler needs, which never happens in code from
//! CPython; so this runs only when verification has found such a place. It follows the handlers in force along the control
//! flow: the difference between the ranges of one instruction and the next says what was entered and left, and a handler whose
//! entries are gone is left.

use std::collections::HashMap;

use super::error::CodeError;
use super::exception_table::{self, Handler};
use super::instruction::{Instr, Op};
use super::verify::{Ranges, split_into_ranges};

/// Exception ranges in which no instruction takes away an entry that its handler needs.
///
/// # Errors
/// If the stack underflows, or following the code takes too long.
pub(super) fn repair(instrs: &[Instr], handlers: &[Handler]) -> Result<Vec<Handler>, CodeError> {
    let mut repair = Repair::new(instrs, handlers);
    repair.run()?;
    Ok(repair.ranges())
}

/// A handler apart from what it covers: an index into [`Repair::kinds`].
type Kind = u32;

/// What is known at the start of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    depth: u32,
    /// The handlers in force, the innermost first.
    active: List,
}

struct Repair<'a> {
    instrs: &'a [Instr],
    /// Handlers with the range of the first table entry that names them.
    kinds: Vec<Handler>,
    /// Whether a kind counts one entry too many.
    is_one_too_deep: Vec<bool>,
    /// For each instruction, the handlers that the table puts around it.
    declared: Vec<List>,
    /// For each instruction, the handler found to be in force.
    effective: Vec<Option<Kind>>,
    lists: Lists,
    blocks: Ranges,
    entries: Vec<Option<State>>,
    pending: Vec<u32>,
    /// How many steps are left.
    budget: usize,
}

impl<'a> Repair<'a> {
    fn new(instrs: &'a [Instr], handlers: &[Handler]) -> Self {
        let mut kinds: Vec<Handler> = Vec::new();
        let mut known = HashMap::new();
        let kind_of: Vec<Kind> = handlers
            .iter()
            .map(|handler| {
                let key = (handler.target, handler.depth, handler.push_lasti);
                *known.entry(key).or_insert_with(|| {
                    kinds.push(*handler);
                    kinds.len() as Kind - 1
                })
            })
            .collect();
        let mut lists = Lists::new();
        let mut chains = Chains {
            handlers,
            kinds: &kinds,
            kind_of: &kind_of,
            done: vec![None; kinds.len()],
        };
        let declared = (0..)
            .zip(instrs)
            .map(|(index, _)| match chains.kind_at(index) {
                Some(kind) => chains.chain(kind, &mut lists),
                None => List::EMPTY,
            })
            .collect();
        let blocks = split_into_ranges(instrs, handlers);
        Self {
            instrs,
            is_one_too_deep: vec![false; kinds.len()],
            kinds,
            declared,
            effective: vec![None; instrs.len()],
            lists,
            entries: vec![None; blocks.len()],
            blocks,
            pending: Vec::new(),
            budget: instrs.len().saturating_mul(64).saturating_add(4096),
        }
    }

    fn run(&mut self) -> Result<(), CodeError> {
        let active = self.declared[0];
        self.enter(0, State { depth: 0, active })?;
        while let Some(block) = self.pending.pop() {
            self.execute(block)?;
        }
        Ok(())
    }

    fn execute(&mut self, block: u32) -> Result<(), CodeError> {
        let (start, end) = self.blocks.range(block);
        let Some(mut state) = self.entries[block as usize] else {
            return Ok(());
        };
        let mut covered_by = List::EMPTY;
        for at in start..end {
            self.spend(1)?;
            let Instr { op, arg, .. } = self.instrs[at as usize];
            let effect = op.effect(arg);
            if effect.peeks > state.depth {
                return Err(CodeError::StackUnderflow { at });
            }
            let left = op.depth_when_raising(arg, state.depth);
            state.active = self.leave_handlers(op, state, left);
            self.effective[at as usize] = self.lists.first(state.active);
            if state.active != covered_by {
                self.enter_handler(state.active)?;
                covered_by = state.active;
            }
            let before = state;
            state.depth = (state.depth - effect.pops).saturating_add(effect.pushes);
            if op.is_jump() {
                let depth = if op == Op::ForIter {
                    before.depth
                } else {
                    state.depth
                };
                self.follow(at, arg, State { depth, ..state })?;
            }
            if op.is_terminator() {
                return Ok(());
            }
            if at + 1 == end {
                return self.follow(at, end, state);
            }
            state.active = self.across(state.active, at, at + 1)?;
        }
        Ok(())
    }

    /// Goes on at another instruction.
    fn follow(&mut self, from: u32, to: u32, state: State) -> Result<(), CodeError> {
        if to as usize >= self.instrs.len() {
            return Err(CodeError::FallsOffEnd { at: from });
        }
        let active = self.across(state.active, from, to)?;
        self.enter(to, State { active, ..state })
    }

    /// Adds a way into a block. Where ways disagree, a handler is in force only if it is so on all of them.
    fn enter(&mut self, to: u32, state: State) -> Result<(), CodeError> {
        self.spend(1)?;
        let block = self.blocks.starting_at(to);
        let entry = &mut self.entries[block as usize];
        let joined = match *entry {
            None => state,
            Some(known) => State {
                active: self.lists.common(known.active, state.active),
                ..known
            },
        };
        if *entry != Some(joined) {
            *entry = Some(joined);
            self.pending.push(block);
        }
        Ok(())
    }

    fn enter_handler(&mut self, active: List) -> Result<(), CodeError> {
        let Some(kind) = self.lists.first(active) else {
            return Ok(());
        };
        let handler = self.kinds[kind as usize];
        let state = State {
            depth: handler.entry_depth(),
            active: self.lists.rest(active),
        };
        self.enter(handler.target, state)
    }

    /// The handlers in force that still find their entries when an instruction leaves `left` of them.
    fn leave_handlers(&mut self, op: Op, state: State, left: u32) -> List {
        let mut active = state.active;
        while let Some(kind) = self.lists.first(active) {
            let handler = self.kinds[kind as usize];
            if handler.depth <= left || self.is_one_too_deep[kind as usize] {
                break;
            }
            let ends_loop = op == Op::PopIter && handler.depth == state.depth;
            if ends_loop && self.restores_variables(handler.target) {
                self.is_one_too_deep[kind as usize] = true;
                break;
            }
            active = self.lists.rest(active);
        }
        active
    }

    /// Whether a handler is that of an inlined comprehension: it drops the collection, moves the exception below the
    /// saved variables, and puts those back.
    fn restores_variables(&self, target: u32) -> bool {
        let code = &self.instrs[target as usize..];
        let [drop, pop, bury, stores @ ..] = code else {
            return false;
        };
        let is_start =
            (drop.op, drop.arg) == (Op::Swap, 2) && pop.op == Op::PopTop && bury.op == Op::Swap;
        let mut stored = 1;
        for instr in stores {
            stored += match instr.op {
                Op::StoreFast => 1,
                Op::StoreFastStoreFast => 2,
                op => return is_start && op == Op::Reraise && stored == bury.arg,
            };
        }
        false
    }

    /// The handlers in force after going from one instruction to another: the table says which were left and entered.
    fn across(&mut self, active: List, from: u32, to: u32) -> Result<List, CodeError> {
        let (before, after) = (self.declared[from as usize], self.declared[to as usize]);
        if before == after {
            return Ok(active);
        }
        let common = self.lists.common(before, after);
        let mut result = active;
        let mut left = before;
        while left != common {
            self.spend(1)?;
            left = self.lists.rest(left);
            result = self.lists.rest(result);
        }
        let mut entered = Vec::new();
        let mut rest = after;
        while rest != common {
            self.spend(1)?;
            entered.extend(self.lists.first(rest));
            rest = self.lists.rest(rest);
        }
        for kind in entered.into_iter().rev() {
            result = self.lists.add(kind, result);
        }
        Ok(result)
    }

    fn spend(&mut self, steps: usize) -> Result<(), CodeError> {
        let left = self.budget.checked_sub(steps);
        self.budget = left.ok_or(CodeError::TooComplex)?;
        Ok(())
    }

    /// The effective handlers as a table.
    fn ranges(&self) -> Vec<Handler> {
        let mut ranges: Vec<Handler> = Vec::new();
        let mut last = None;
        for (index, &kind) in (0..).zip(&self.effective) {
            match ranges.last_mut() {
                Some(range) if kind.is_some() && kind == last => range.end = index + 1,
                _ => ranges.extend(kind.map(|kind| self.range(kind, index))),
            }
            last = kind;
        }
        ranges
    }

    fn range(&self, kind: Kind, index: u32) -> Handler {
        let handler = self.kinds[kind as usize];
        let excess = u32::from(self.is_one_too_deep[kind as usize]);
        Handler {
            start: index,
            end: index + 1,
            depth: handler.depth.saturating_sub(excess),
            ..handler
        }
    }
}

/// Finds the handlers around each handler: those that cover its code.
struct Chains<'a> {
    handlers: &'a [Handler],
    kinds: &'a [Handler],
    /// The kind of each handler.
    kind_of: &'a [Kind],
    done: Vec<Option<List>>,
}

impl Chains<'_> {
    fn kind_at(&self, index: u32) -> Option<Kind> {
        exception_table::position(self.handlers, index).map(|position| self.kind_of[position])
    }

    /// The handler and those around it. A handler around itself (no compiler makes that) ends the list.
    fn chain(&mut self, kind: Kind, lists: &mut Lists) -> List {
        let mut path = Vec::new();
        let mut next = Some(kind);
        let mut list = List::EMPTY;
        while let Some(kind) = next {
            if let Some(done) = self.done[kind as usize] {
                list = done;
                break;
            }
            // Until its list is known, to notice when it comes by again.
            self.done[kind as usize] = Some(List::EMPTY);
            path.push(kind);
            next = self.kind_at(self.kinds[kind as usize].target);
        }
        for kind in path.into_iter().rev() {
            list = lists.add(kind, list);
            self.done[kind as usize] = Some(list);
        }
        list
    }
}

/// A list of handlers; equal lists have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct List(u32);

impl List {
    const EMPTY: List = List(0);
}

struct Node {
    first: Option<Kind>,
    rest: List,
    length: u32,
}

struct Lists {
    nodes: Vec<Node>,
    known: HashMap<(Kind, List), List>,
}

impl Lists {
    fn new() -> Self {
        let empty = Node {
            first: None,
            rest: List::EMPTY,
            length: 0,
        };
        Self {
            nodes: vec![empty],
            known: HashMap::new(),
        }
    }

    fn node(&self, list: List) -> &Node {
        &self.nodes[list.0 as usize]
    }

    fn first(&self, list: List) -> Option<Kind> {
        self.node(list).first
    }

    /// The list without its first element; the empty list is its own rest.
    fn rest(&self, list: List) -> List {
        self.node(list).rest
    }

    fn add(&mut self, first: Kind, rest: List) -> List {
        let length = self.node(rest).length + 1;
        *self.known.entry((first, rest)).or_insert_with(|| {
            self.nodes.push(Node {
                first: Some(first),
                rest,
                length,
            });
            List(self.nodes.len() as u32 - 1)
        })
    }

    /// The longest list that both end in.
    fn common(&self, mut a: List, mut b: List) -> List {
        while a != b {
            let (long, short) = (self.node(a).length, self.node(b).length);
            if long >= short {
                a = self.rest(a);
            }
            if short >= long {
                b = self.rest(b);
            }
        }
        a
    }
}
