//! A machine that executes instructions without knowing what they compute, takes any branch, raises anywhere, and
//! checks the promises that the module makes to the evaluation loop.

use std::ops::Range;

use super::super::{Executable, Instr, Op};

/// A stack entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Null,
    Counted,
    /// Borrowed from a local when that had been changed this many times.
    Borrowed {
        local: usize,
        change: u32,
    },
}

/// A fast local.
#[derive(Clone, Copy)]
struct Local {
    is_bound: bool,
    changes: u32,
}

pub(super) struct Machine<'a> {
    code: &'a Executable,
    name: &'a str,
    at: u32,
    stack: Vec<Entry>,
    locals: Vec<Local>,
    is_generator: bool,
}

impl<'a> Machine<'a> {
    pub(super) fn new(code: &'a Executable, name: &'a str, local_count: u32) -> Self {
        let local = Local {
            is_bound: true,
            changes: 0,
        };
        Self {
            code,
            name,
            at: 0,
            stack: Vec::new(),
            locals: vec![local; local_count as usize],
            is_generator: false,
        }
    }

    pub(super) fn run(mut self, random: &mut Random) {
        for _ in 0..300 {
            if !self.step(random) {
                return;
            }
            self.check();
        }
    }

    fn check(&self) {
        assert!(
            self.stack.len() <= self.code.stack_size as usize,
            "{}",
            self.name
        );
        for entry in &self.stack {
            if let Entry::Borrowed { local, change } = *entry {
                let owner = self.locals[local];
                assert!(
                    owner.is_bound && owner.changes == change,
                    "{}: a borrowed value lost its owner before instruction {}",
                    self.name,
                    self.at
                );
            }
        }
    }

    /// Executes one instruction; false at the end.
    fn step(&mut self, random: &mut Random) -> bool {
        let instr = self.code.instrs[self.at as usize];
        let effect = instr.op.effect(instr.arg);
        assert!(self.stack.len() >= effect.peeks as usize, "{}", self.name);
        self.check_operands(instr);
        let raises = random.below(12) == 0 && !matches!(instr.op, Op::Swap | Op::YieldValue);
        if raises || self.needs_unbound(instr) {
            let left = self.stack.len() - effect.pops as usize;
            self.stack.truncate(left);
            return self.unwind();
        }
        match instr.op {
            Op::ReturnValue | Op::RaiseVarargs | Op::Reraise => {
                self.stack.truncate(self.stack.len() - effect.pops as usize);
                return instr.op != Op::ReturnValue && self.unwind();
            }
            op => self.execute(instr, op),
        }
        if instr.op == Op::YieldValue && random.below(3) == 0 {
            return self.unwind();
        }
        self.at = self.next(instr, random);
        true
    }

    fn next(&mut self, instr: Instr, random: &mut Random) -> u32 {
        let jumps = match instr.op {
            Op::JumpForward | Op::JumpBackward | Op::JumpBackwardNoInterrupt => true,
            op => op.is_jump() && random.below(2) == 0,
        };
        if jumps && instr.op == Op::ForIter {
            self.stack.pop();
        }
        if jumps { instr.arg } else { self.at + 1 }
    }

    fn unwind(&mut self) -> bool {
        let Some(handler) = self.code.handler(self.at) else {
            return false;
        };
        assert!(handler.depth as usize <= self.stack.len(), "{}", self.name);
        self.stack.truncate(handler.depth as usize);
        self.stack
            .extend((0..=u8::from(handler.push_lasti)).map(|_| Entry::Counted));
        self.at = handler.target;
        true
    }

    fn check_operands(&self, instr: Instr) {
        let arg = instr.arg as usize;
        let effect = instr.op.effect(instr.arg);
        let may_be_null: &[usize] = match instr.op {
            Op::PopTop | Op::EndFor | Op::StoreFast | Op::StoreFastLoadFast => &[1],
            Op::StoreFastStoreFast => &[1, 2],
            Op::Swap | Op::Copy | Op::Reraise | Op::DictMerge => return,
            Op::ListAppend | Op::ListExtend | Op::SetAdd | Op::SetUpdate | Op::DictUpdate => return,
            Op::MapAdd => return,
            Op::Call => &[arg + 1],
            Op::CallKw => &[arg + 2],
            Op::CallFunctionEx => &[1, 3],
            Op::WithExceptStart => &[2, 3, 4],
            _ => &[],
        };
        for distance in 1..=effect.peeks as usize {
            let entry = self.stack[self.stack.len() - distance];
            assert!(
                entry != Entry::Null || may_be_null.contains(&distance),
                "{}: {instr} takes null",
                self.name
            );
        }
    }

    /// Whether the instruction loads or deletes an unbound local, which raises.
    fn needs_unbound(&self, instr: Instr) -> bool {
        let is_unbound = |local: u32| !self.locals[local as usize].is_bound;
        let (first, second) = instr.local_pair();
        match instr.op {
            Op::LoadFast | Op::LoadFastBorrow | Op::LoadFastCheck | Op::DeleteFast => {
                is_unbound(instr.arg)
            }
            Op::LoadFastLoadFast | Op::LoadFastBorrowLoadFastBorrow => {
                is_unbound(first) || is_unbound(second)
            }
            Op::StoreFastLoadFast => is_unbound(second),
            _ => false,
        }
    }

    fn execute(&mut self, instr: Instr, op: Op) {
        let arg = instr.arg as usize;
        let (first, second) = instr.local_pair();
        match op {
            Op::LoadFastBorrow => self.borrow(instr.arg),
            Op::LoadFastBorrowLoadFastBorrow => {
                self.borrow(first);
                self.borrow(second);
            }
            Op::StoreFast => self.store(instr.arg),
            Op::StoreFastStoreFast => {
                self.store(first);
                // In between, the other value must still be good.
                self.check();
                self.store(second);
            }
            Op::StoreFastLoadFast => {
                self.store(first);
                self.stack.push(Entry::Counted);
            }
            Op::LoadFastAndClear => {
                let was_bound = self.locals[arg].is_bound;
                self.change(instr.arg, false);
                self.stack.push(if was_bound {
                    Entry::Counted
                } else {
                    Entry::Null
                });
            }
            Op::DeleteFast => self.change(instr.arg, false),
            Op::MakeCell => self.change(instr.arg, true),
            Op::CopyFreeVars => {
                for local in self.locals.len() - arg..self.locals.len() {
                    self.change(local as u32, true);
                }
            }
            Op::Copy => self.stack.push(self.stack[self.stack.len() - arg]),
            Op::Swap => {
                let top = self.stack.len() - 1;
                self.stack.swap(top, top + 1 - arg);
            }
            Op::LoadAttr | Op::LoadSuperAttr | Op::LoadSpecial
                if op == Op::LoadSpecial || arg & 1 != 0 =>
            {
                let receiver = self.stack.pop().expect("checked");
                let rest = op.effect(instr.arg).pops as usize - 1;
                self.stack.truncate(self.stack.len() - rest);
                self.stack.extend([Entry::Counted, receiver]);
            }
            Op::FormatSimple | Op::ConvertValue | Op::GetAwaitable | Op::GetYieldFromIter => {}
            Op::EndSend | Op::SetFunctionAttribute => {
                let kept = self.stack.pop().expect("checked");
                self.stack.pop();
                self.stack.push(kept);
            }
            _ => self.replace(instr),
        }
        self.suspend(op);
    }

    fn replace(&mut self, instr: Instr) {
        let effect = instr.op.effect(instr.arg);
        self.stack.truncate(self.stack.len() - effect.pops as usize);
        for nth in 0..effect.pushes {
            let is_null = instr.op == Op::PushNull || instr.op == Op::LoadGlobal && nth == 1;
            self.stack
                .push(if is_null { Entry::Null } else { Entry::Counted });
        }
    }

    fn suspend(&mut self, op: Op) {
        match op {
            Op::ReturnGenerator => {
                assert!(!self.is_generator && self.stack.len() == 1, "{}", self.name);
                self.is_generator = true;
            }
            Op::YieldValue => {
                assert!(self.is_generator, "{}", self.name);
                let borrowed = |entry: &Entry| matches!(entry, Entry::Borrowed { .. });
                assert!(!self.stack.iter().any(borrowed), "{}", self.name);
            }
            _ => {}
        }
    }

    fn borrow(&mut self, local: u32) {
        let local = local as usize;
        let change = self.locals[local].changes;
        self.stack.push(Entry::Borrowed { local, change });
    }

    fn store(&mut self, local: u32) {
        let value = self.stack.pop().expect("checked");
        self.change(local, value != Entry::Null);
    }

    fn change(&mut self, local: u32, is_bound: bool) {
        let local = &mut self.locals[local as usize];
        local.changes += 1;
        local.is_bound = is_bound;
    }
}

/// Xorshift: the same numbers for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 16).expect("48 bits") % limit
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[1]
    }

    /// Well-formed units of likely instructions with small arguments, ending in a return.
    pub(super) fn code(&mut self, lengths: Range<usize>) -> Vec<u8> {
        let mut code = Vec::new();
        let length = lengths.start + self.below(lengths.len());
        for _ in 0..length {
            let op = match self.below(3) {
                0 => Op::BASE[self.below(Op::BASE.len())],
                1 => Op::LoadFast,
                _ => [
                    Op::LoadConst,
                    Op::LoadFastLoadFast,
                    Op::PopJumpIfTrue,
                    Op::StoreFast,
                    Op::PopTop,
                ][self.below(5)],
            };
            let arg = if self.below(10) == 0 {
                self.byte()
            } else {
                self.byte() & 3
            };
            code.extend([op.code(), arg]);
            code.extend(std::iter::repeat_n(0, 2 * op.cache_units()));
        }
        code.extend([Op::LoadConst.code(), 0, Op::ReturnValue.code(), 0]);
        code
    }

    pub(super) fn exception_table(&mut self) -> Vec<u8> {
        match self.below(3) {
            0 => (0..self.below(12)).map(|_| self.byte()).collect(),
            1 => vec![
                0x80 | self.byte() & 3,
                self.byte() & 7,
                self.byte() & 15,
                self.byte() & 3,
            ],
            _ => Vec::new(),
        }
    }

    /// Changes a few bytes.
    pub(super) fn mutate(&mut self, bytes: &mut [u8]) {
        if bytes.is_empty() {
            return;
        }
        for _ in 0..=self.below(3) {
            let position = self.below(bytes.len());
            bytes[position] = match self.below(3) {
                0 => self.byte(),
                1 => bytes[position].wrapping_add(1),
                _ => bytes[self.below(bytes.len())],
            };
        }
    }
}
