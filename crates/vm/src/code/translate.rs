//! Translation: code units to instructions.
//!
//! `EXTENDED_ARG` prefixes and `CACHE` units are folded away, `NOT_TAKEN` (which only tools listen to) is left out, jumps
//! become absolute, exception-table entries become ranges of instructions. Then the result is verified, and the
//! borrowed loads are chosen anew.

use std::collections::HashSet;

use super::borrow;
use super::error::CodeError;
use super::exception_table::{self, Handler};
use super::group_cleanup;
use super::instruction::{ArgKind, Instr, Op};
use super::repair;
use super::verify;

/// The parts of a code object that its execution depends on.
#[derive(Clone, Copy, Debug)]
pub struct CodeSource<'a> {
    /// CPython's `co_code`: two bytes for each code unit.
    pub code: &'a [u8],
    /// CPython's `co_exceptiontable`.
    pub exception_table: &'a [u8],
    /// How many constants there are.
    pub const_count: u32,
    /// How many names there are.
    pub name_count: u32,
    /// How many fast locals there are: variables, cells and free variables.
    pub local_count: u32,
    /// How many of them are free variables; they are the last ones.
    pub free_count: u32,
    /// CPython's `co_stacksize`: code that needs more is refused.
    pub stack_size: u32,
    /// Whether `co_flags` says generator, coroutine or asynchronous generator.
    pub is_generator: bool,
}

/// Verified instructions. The promises are listed in the [module's documentation](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    pub instrs: Box<[Instr]>,
    /// Sorted, without overlap.
    pub handlers: Box<[Handler]>,
    /// How many instructions have an inline cache entry; their indexes are below this.
    pub cache_count: u16,
    /// The greatest depth that the stack reaches.
    pub stack_size: u32,
    /// Whether a call makes a generator (or coroutine, or asynchronous generator) instead of running to the end.
    pub is_generator: bool,
    /// Whether something uses the namespace of local names (`LOAD_NAME`, `LOAD_LOCALS`, `import *` …). A function that
    /// does needs a dict for it.
    pub uses_namespace: bool,
}

impl Executable {
    /// The handler that covers an instruction.
    pub fn handler(&self, index: u32) -> Option<&Handler> {
        exception_table::find(&self.handlers, index)
    }
}

/// Makes a code object executable.
///
/// # Errors
/// If the code, run on any arguments, might do something that the evaluation loop does not check for.
pub fn translate(source: &CodeSource<'_>) -> Result<Executable, CodeError> {
    let mut code = Decoded::new(source)?;
    let unchecked_jumps = code.resolve_jumps()?;
    let mut handlers = code.resolve_handlers(exception_table::decode(source.exception_table)?)?;
    let mut instrs = code.instrs;
    repair::cover_jumps(&instrs, &unchecked_jumps, &mut handlers);
    repair::cover_reraises(&instrs, &mut handlers);
    swap_instead_of_tuples(&mut instrs, &handlers);
    let mut stack_limit = source.stack_size;
    if group_cleanup::add(&mut instrs, &mut handlers) {
        stack_limit = stack_limit.saturating_add(group_cleanup::STACK);
    }
    if source.is_generator && add_generator_start(&mut instrs, &mut handlers) {
        stack_limit = stack_limit.saturating_add(1);
    }
    let flow = match verify::verify(&instrs, &handlers, stack_limit) {
        Err(CodeError::HandlerTooDeep { .. }) => {
            handlers = repair::shrink_ranges(&instrs, &handlers)?;
            verify::verify(&instrs, &handlers, stack_limit)?
        }
        result => result?,
    };
    borrow::choose_borrowed_loads(&mut instrs, &handlers, &flow);
    Ok(Executable {
        cache_count: number_caches(&mut instrs),
        stack_size: flow.stack_size,
        is_generator: flow.is_generator,
        uses_namespace: instrs.iter().any(|&instr| uses_namespace(instr)),
        handlers: handlers.into_boxed_slice(),
        instrs: instrs.into_boxed_slice(),
    })
}

/// The compiler forgets to let an asynchronous comprehension that is a function of its own start as a coroutine. Its
/// `RESUME` becomes the `RETURN_GENERATOR`; the value that the first `send` pushes stays at the bottom of the stack, below
/// everything that the code knows of.
fn add_generator_start(instrs: &mut [Instr], handlers: &mut [Handler]) -> bool {
    let prologue = |instr: &&mut Instr| !matches!(instr.op, Op::CopyFreeVars | Op::MakeCell);
    let has = |op| instrs.iter().any(|instr| instr.op == op);
    if has(Op::ReturnGenerator) || !has(Op::YieldValue) {
        return false;
    }
    let Some(start) = instrs.iter_mut().find(prologue) else {
        return false;
    };
    if start.op != Op::Resume {
        return false;
    }
    *start = Instr::new(Op::ReturnGenerator, 0);
    for handler in handlers {
        handler.depth = handler.depth.saturating_add(1);
    }
    true
}

/// `a, b = b, a` needs no tuple. CPython's compiler knows that; ours does not.
fn swap_instead_of_tuples(instrs: &mut [Instr], handlers: &[Handler]) {
    let is_pair = |pair: &[Instr]| {
        (pair[0].op, pair[1].op) == (Op::BuildTuple, Op::UnpackSequence)
            && pair[0].arg == pair[1].arg
            && matches!(pair[0].arg, 2 | 3)
    };
    let mut pairs: Vec<usize> = (1..instrs.len())
        .filter(|&at| is_pair(&instrs[at - 1..=at]))
        .collect();
    if pairs.is_empty() {
        return;
    }
    let targets: HashSet<u32> = instrs
        .iter()
        .filter(|instr| instr.op.is_jump())
        .map(|instr| instr.arg)
        .chain(handlers.iter().map(|handler| handler.target))
        .collect();
    pairs.retain(|&at| !targets.contains(&(at as u32)));
    for at in pairs {
        instrs[at - 1] = Instr::new(Op::Nop, 0);
        instrs[at] = Instr::new(Op::Swap, instrs[at].arg);
    }
}

/// The code unit of an instruction (of its opcode, not of its prefixes): CPython's `lasti`, in units.
pub fn unit_of_index(code: &[u8], index: u32) -> Option<u32> {
    instructions(code).nth(index as usize).map(|unit| unit.at)
}

/// The instruction that a code unit belongs to, be it a prefix, the opcode or a cache unit. A `NOT_TAKEN` belongs to the
/// instruction after it.
pub fn index_of_unit(code: &[u8], unit: u32) -> Option<u32> {
    let index = instructions(code).position(|instr| unit < instr.end)?;
    u32::try_from(index).ok()
}

fn instructions(code: &[u8]) -> impl Iterator<Item = Unit> {
    let units = Units { code, next: 0 };
    units
        .map_while(Result::ok)
        .filter(|unit| unit.code != NOT_TAKEN)
}

const CACHE: u8 = 0;
const NOT_TAKEN: u8 = 28;
const EXTENDED_ARG: u8 = 69;

/// An opcode with its prefixes and cache units; positions are in code units.
struct Unit {
    start: u32,
    at: u32,
    end: u32,
    code: u8,
    arg: u32,
}

struct MalformedUnit;

struct Units<'a> {
    code: &'a [u8],
    next: usize,
}

impl Units<'_> {
    fn unit(&self, at: usize) -> Option<(u8, u8)> {
        let pair = self.code.get(2 * at..2 * at + 2)?;
        Some((pair[0], pair[1]))
    }

    fn read(&self) -> Option<Unit> {
        let mut at = self.next;
        let mut arg = 0_u32;
        let (code, low) = loop {
            let (code, byte) = self.unit(at)?;
            if code != EXTENDED_ARG {
                break (code, byte);
            }
            if at - self.next == 3 {
                return None;
            }
            arg = arg << 8 | u32::from(byte);
            at += 1;
        };
        let caches = Op::from_code(code).map_or(0, Op::cache_units);
        let end = at + 1 + caches;
        if (at + 1..end).any(|cache| self.unit(cache).is_none_or(|(code, _)| code != CACHE)) {
            return None;
        }
        Some(Unit {
            start: u32::try_from(self.next).ok()?,
            at: u32::try_from(at).ok()?,
            end: u32::try_from(end).ok()?,
            code,
            arg: arg << 8 | u32::from(low),
        })
    }
}

impl Iterator for Units<'_> {
    type Item = Result<Unit, MalformedUnit>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next * 2 >= self.code.len() {
            return None;
        }
        let unit = self.read();
        // After an error there is nothing more to read.
        self.next = unit
            .as_ref()
            .map_or(self.code.len(), |unit| unit.end as usize);
        Some(unit.ok_or(MalformedUnit))
    }
}

/// In [`Decoded::index_at`]: no instruction starts at this unit.
const INSIDE: u32 = u32::MAX;

struct Decoded {
    instrs: Vec<Instr>,
    /// The unit after each instruction: what its jump is counted from.
    ends: Vec<u32>,
    /// For each unit, the instruction that starts there.
    index_at: Vec<u32>,
}

impl Decoded {
    fn new(source: &CodeSource<'_>) -> Result<Self, CodeError> {
        let unit_count = source.code.len() / 2;
        if u32::try_from(unit_count).is_err() {
            return Err(CodeError::TooLong);
        }
        let mut this = Self {
            instrs: Vec::with_capacity(unit_count / 2),
            ends: Vec::with_capacity(unit_count / 2),
            index_at: vec![INSIDE; unit_count],
        };
        let units = Units {
            code: source.code,
            next: 0,
        };
        for unit in units {
            let at = this.len();
            let unit = unit.map_err(|MalformedUnit| CodeError::Malformed { at })?;
            this.index_at[unit.start as usize] = at;
            if unit.code == NOT_TAKEN {
                continue;
            }
            let op = Op::from_code(unit.code).ok_or(CodeError::UnknownOpcode {
                at,
                code: unit.code,
            })?;
            if !is_valid_arg(op, unit.arg, source) {
                let arg = unit.arg;
                return Err(CodeError::BadArgument { at, op, arg });
            }
            this.instrs.push(Instr::new(op, unit.arg));
            this.ends.push(unit.end);
        }
        Ok(this)
    }

    fn len(&self) -> u32 {
        // There are no more instructions than units, and those were counted.
        u32::try_from(self.instrs.len()).expect("fits the index type")
    }

    /// The instruction that starts at a unit.
    fn index_at(&self, unit: u32) -> Option<u32> {
        let index = *self.index_at.get(unit as usize)?;
        (index < self.len()).then_some(index)
    }

    /// Makes jumps absolute. The compiler turns the backward jump of some loops into one that never looks for signals and
    /// garbage; only the one that drives a sub-iterator may do without. Those that were changed are returned.
    fn resolve_jumps(&mut self) -> Result<Vec<u32>, CodeError> {
        let mut changed = Vec::new();
        for at in 0..self.len() {
            let Instr { op, arg, .. } = self.instrs[at as usize];
            if !op.is_jump() {
                continue;
            }
            let target = self.target(at, op, arg).ok_or(CodeError::BadJump { at })?;
            let drives_loop =
                op == Op::JumpBackwardNoInterrupt && self.instrs[target as usize].op != Op::Send;
            if drives_loop {
                changed.push(at);
            }
            let op = if drives_loop { Op::JumpBackward } else { op };
            self.instrs[at as usize] = Instr::new(op, target);
        }
        Ok(changed)
    }

    fn target(&self, at: u32, op: Op, arg: u32) -> Option<u32> {
        let end = self.ends[at as usize];
        let unit = match op.arg_kind() {
            ArgKind::Backward => end.checked_sub(arg)?,
            _ => end.checked_add(arg)?,
        };
        let target = self.index_at(unit)?;
        if op != Op::ForIter {
            return Some(target);
        }
        // An exhausted FOR_ITER leaves no value to remove, so it skips the END_FOR that it leads to.
        let after = target.checked_add(1).filter(|&after| after < self.len());
        after.filter(|_| self.instrs[target as usize].op == Op::EndFor)
    }

    /// Turns positions from units into instructions.
    fn resolve_handlers(&self, handlers: Vec<Handler>) -> Result<Vec<Handler>, CodeError> {
        let mut resolved: Vec<Handler> = Vec::with_capacity(handlers.len());
        for handler in handlers {
            let handler = self
                .resolve_handler(handler)
                .ok_or(CodeError::BadExceptionTable)?;
            if resolved.last().is_some_and(|last| last.end > handler.start) {
                return Err(CodeError::BadExceptionTable);
            }
            if handler.start < handler.end {
                resolved.push(handler);
            }
        }
        Ok(resolved)
    }

    fn resolve_handler(&self, handler: Handler) -> Option<Handler> {
        let boundary = |unit: u32| {
            let index = match unit as usize == self.index_at.len() {
                true => self.len(),
                false => *self.index_at.get(unit as usize)?,
            };
            (index != INSIDE).then_some(index)
        };
        Some(Handler {
            start: boundary(handler.start)?,
            end: boundary(handler.end)?,
            target: self.index_at(handler.target)?,
            ..handler
        })
    }
}

fn is_valid_arg(op: Op, arg: u32, source: &CodeSource<'_>) -> bool {
    match op.arg_kind() {
        // Jumps are checked when they are resolved.
        ArgKind::Ignored | ArgKind::Any | ArgKind::Forward | ArgKind::Backward => true,
        ArgKind::Range(low, high) => (low..=high).contains(&arg),
        ArgKind::PowerOfTwo(highest) => arg.is_power_of_two() && arg <= highest,
        ArgKind::Const => arg < source.const_count,
        ArgKind::Name(flag_bits) => arg >> flag_bits < source.name_count,
        ArgKind::Local => arg < source.local_count,
        ArgKind::LocalPair => arg >> 4 < source.local_count && arg & 15 < source.local_count,
        ArgKind::FreeCount => arg == source.free_count && arg <= source.local_count,
    }
}

/// Gives out inline cache entries and returns their number. The instructions that come too late do without.
fn number_caches(instrs: &mut [Instr]) -> u16 {
    let mut count = 0;
    for instr in instrs.iter_mut().filter(|instr| instr.op.has_cache()) {
        if count == Instr::NO_CACHE {
            break;
        }
        instr.cache = count;
        count += 1;
    }
    count
}

fn uses_namespace(instr: Instr) -> bool {
    const IMPORT_STAR: u32 = 2;
    match instr.op {
        Op::LoadName | Op::StoreName | Op::DeleteName | Op::LoadLocals | Op::SetupAnnotations => {
            true
        }
        Op::CallIntrinsic1 => instr.arg == IMPORT_STAR,
        _ => false,
    }
}
