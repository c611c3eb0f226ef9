//! Verification: every reachable instruction finds the stack that it expects.
//!
//! The code is executed abstractly, one basic block at a time, until nothing changes any more. An abstract stack
//! says of each entry only whether it may be null. Stacks are linked lists that share their tails, so that following a branch
//! costs nothing and joining two branches costs what they differ in.

use super::error::CodeError;
use super::exception_table::{self, Handler};
use super::instruction::{Instr, Op};

/// What verification learned about reachable code.
pub(super) struct Flow {
    pub(super) blocks: Blocks,
    entries: Vec<Option<State>>,
    pub(super) stack_size: u32,
    pub(super) is_generator: bool,
}

impl Flow {
    /// The depth of the stack at the start of a block; none if that is unreachable.
    pub(super) fn entry_depth(&self, block: u32) -> Option<u32> {
        self.entries[block as usize].map(|state| state.depth)
    }
}

pub(super) fn verify(
    instrs: &[Instr],
    handlers: &[Handler],
    stack_limit: u32,
) -> Result<Flow, CodeError> {
    if instrs.is_empty() {
        return Err(CodeError::FallsOffEnd { at: 0 });
    }
    let blocks = split_into_blocks(instrs, handlers);
    let mut verifier = Verifier {
        instrs,
        handlers,
        stack_limit,
        entries: vec![None; blocks.len()],
        blocks,
        pending: Vec::new(),
        stacks: Stacks::new(instrs.len()),
        stack_size: 0,
        is_generator: false,
    };
    verifier.run()?;
    Ok(Flow {
        blocks: verifier.blocks,
        entries: verifier.entries,
        stack_size: verifier.stack_size,
        is_generator: verifier.is_generator,
    })
}

/// The basic blocks: ranges of instructions that are executed from first to last. They are numbered in order.
pub(super) struct Blocks {
    /// The first instruction of each block, and the number of instructions.
    starts: Vec<u32>,
    /// The block that starts at an instruction, if one does.
    block_at: Vec<u32>,
}

impl Blocks {
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The first instruction of a block, and the one after its last.
    pub(super) fn range(&self, block: u32) -> (u32, u32) {
        let block = block as usize;
        (self.starts[block], self.starts[block + 1])
    }

    /// The block that starts at an instruction. None past the last one; any other must start a block.
    pub(super) fn starting_at(&self, index: u32) -> Option<u32> {
        self.block_at.get(index as usize).copied()
    }
}

/// Splits code after each jump and before each target.
pub(super) fn split_into_blocks(instrs: &[Instr], handlers: &[Handler]) -> Blocks {
    let mut is_start = vec![false; instrs.len() + 1];
    is_start[0] = true;
    for (instr, next) in instrs.iter().zip(1..) {
        if instr.op.is_jump() {
            is_start[instr.arg as usize] = true;
        }
        if instr.op.is_jump() || instr.op.is_terminator() {
            is_start[next] = true;
        }
    }
    for handler in handlers {
        is_start[handler.target as usize] = true;
    }
    is_start[instrs.len()] = true;
    let mut starts = Vec::new();
    let mut block_at = vec![u32::MAX; instrs.len()];
    for (index, _) in (0..).zip(is_start).filter(|&(_, is_start)| is_start) {
        if let Some(block) = block_at.get_mut(index as usize) {
            *block = u32::try_from(starts.len()).expect("no more blocks than instructions");
        }
        starts.push(index);
    }
    Blocks { starts, block_at }
}

/// What is known before an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    stack: NodeId,
    depth: u32,
    /// Whether the frame belongs to a generator already.
    is_generator: bool,
}

struct Verifier<'a> {
    instrs: &'a [Instr],
    handlers: &'a [Handler],
    stack_limit: u32,
    blocks: Blocks,
    /// What is known at the start of each block that is reachable.
    entries: Vec<Option<State>>,
    /// Blocks to execute (again).
    pending: Vec<u32>,
    stacks: Stacks,
    stack_size: u32,
    is_generator: bool,
}

impl Verifier<'_> {
    fn run(&mut self) -> Result<(), CodeError> {
        let start = State {
            stack: EMPTY,
            depth: 0,
            is_generator: false,
        };
        self.enter(0, 0, start)?;
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
        let mut covered_by = None;
        for at in start..end {
            let handler = exception_table::find(self.handlers, at).copied();
            if let Some(handler) = handler.filter(|_| handler != covered_by) {
                self.enter_handler(at, handler, state)?;
            }
            let before = state;
            state = self.step(at, before, handler)?;
            // A SWAP may change what the handler would find.
            covered_by = handler.filter(|_| self.instrs[at as usize].op != Op::Swap);
            self.follow_jump(at, before, state)?;
        }
        if self.instrs[end as usize - 1].op.is_terminator() {
            return Ok(());
        }
        self.enter(end - 1, end, state)
    }

    /// Adds a way into a block.
    fn enter(&mut self, from: u32, to: u32, state: State) -> Result<(), CodeError> {
        let Some(block) = self.blocks.starting_at(to) else {
            return Err(CodeError::FallsOffEnd { at: from });
        };
        let entry = &mut self.entries[block as usize];
        let joined = match *entry {
            None => state,
            Some(known) if known.depth != state.depth => {
                return Err(CodeError::UnevenStack { at: to });
            }
            Some(known) if known.is_generator != state.is_generator => {
                return Err(CodeError::NoGenerator { at: to });
            }
            Some(known) => State {
                stack: self.stacks.join(known.stack, state.stack)?,
                ..known
            },
        };
        if *entry != Some(joined) {
            *entry = Some(joined);
            self.pending.push(block);
        }
        Ok(())
    }

    fn follow_jump(&mut self, at: u32, before: State, after: State) -> Result<(), CodeError> {
        let instr = self.instrs[at as usize];
        if !instr.op.is_jump() {
            return Ok(());
        }
        // An exhausted iterator stays, and there is no value.
        let state = if instr.op == Op::ForIter {
            before
        } else {
            after
        };
        self.enter(at, instr.arg, state)
    }

    fn enter_handler(&mut self, at: u32, handler: Handler, state: State) -> Result<(), CodeError> {
        if handler.depth > state.depth {
            return Err(CodeError::HandlerTooDeep { at });
        }
        let mut entry = State {
            stack: self.stacks.at_depth(state.stack, handler.depth),
            depth: handler.depth,
            ..state
        };
        for _ in handler.depth..handler.entry_depth() {
            self.push(at, &mut entry, Entry::Object)?;
        }
        self.enter(at, handler.target, entry)
    }

    /// Executes one instruction that does not jump.
    fn step(
        &mut self,
        at: u32,
        before: State,
        handler: Option<Handler>,
    ) -> Result<State, CodeError> {
        let Instr { op, arg, .. } = self.instrs[at as usize];
        let effect = op.effect(arg);
        if effect.peeks > before.depth {
            return Err(CodeError::StackUnderflow { at });
        }
        let left = op.depth_when_raising(arg, before.depth);
        if handler.is_some_and(|handler| handler.depth > left) {
            return Err(CodeError::HandlerTooDeep { at });
        }
        self.check_operands(at, op, arg, before)?;
        let mut state = self.check_generator(at, op, before, handler.is_some())?;
        match op {
            Op::Copy => {
                let entry = self.stacks.peek(state.stack, arg);
                self.push(at, &mut state, entry)?;
            }
            Op::Swap => self.swap(at, &mut state, arg)?,
            _ => {
                self.pop(&mut state, effect.pops);
                for nth in 0..effect.pushes {
                    self.push(at, &mut state, pushed_entry(op, nth))?;
                }
            }
        }
        Ok(state)
    }

    /// Checks that no operand may be null, but for those that are allowed to be.
    fn check_operands(&mut self, at: u32, op: Op, arg: u32, state: State) -> Result<(), CodeError> {
        let mut require =
            |from: u32, count: u32| match self.stacks.all_objects(state.stack, from, count)? {
                true => Ok(()),
                false => Err(CodeError::NullOperand { at }),
            };
        match op {
            Op::Copy
            | Op::EndFor
            | Op::PopTop
            | Op::StoreFast
            | Op::StoreFastLoadFast
            | Op::StoreFastStoreFast
            | Op::Swap => Ok(()),
            // callable, self, arguments
            Op::Call => require(1, arg).and_then(|()| require(arg + 2, 1)),
            // callable, self, arguments, names
            Op::CallKw => require(1, arg + 1).and_then(|()| require(arg + 3, 1)),
            // callable, self, arguments, keywords
            Op::CallFunctionEx => require(2, 1).and_then(|()| require(4, 1)),
            // exit, self, lasti, previous, exception
            Op::WithExceptStart => require(1, 1).and_then(|()| require(5, 1)),
            // callable, self, arguments, dict, …, more
            Op::DictMerge => require(1, 1).and_then(|()| require(arg + 1, 1)),
            Op::DictUpdate | Op::ListAppend | Op::ListExtend | Op::SetAdd | Op::SetUpdate => {
                require(1, 1).and_then(|()| require(arg + 1, 1))
            }
            Op::MapAdd => require(1, 2).and_then(|()| require(arg + 2, 1)),
            // lasti, …, exception
            Op::Reraise => require(1, 1).and_then(|()| require(arg + 1, 1)),
            _ => require(1, op.effect(arg).peeks),
        }
    }

    fn check_generator(
        &mut self,
        at: u32,
        op: Op,
        state: State,
        is_covered: bool,
    ) -> Result<State, CodeError> {
        match op {
            // A handler could not tell whether there is a generator yet.
            Op::ReturnGenerator if state.is_generator || state.depth != 0 || is_covered => {
                Err(CodeError::NoGenerator { at })
            }
            Op::ReturnGenerator => {
                self.is_generator = true;
                Ok(State {
                    is_generator: true,
                    ..state
                })
            }
            Op::YieldValue if !state.is_generator => Err(CodeError::NoGenerator { at }),
            _ => Ok(state),
        }
    }

    fn push(&mut self, at: u32, state: &mut State, entry: Entry) -> Result<(), CodeError> {
        if state.depth >= self.stack_limit {
            return Err(CodeError::StackTooDeep {
                at,
                declared: self.stack_limit,
            });
        }
        state.stack = self.stacks.push(state.stack, entry)?;
        state.depth += 1;
        self.stack_size = self.stack_size.max(state.depth);
        Ok(())
    }

    fn pop(&self, state: &mut State, count: u32) {
        state.depth -= count;
        state.stack = self.stacks.at_depth(state.stack, state.depth);
    }

    fn swap(&mut self, at: u32, state: &mut State, distance: u32) -> Result<(), CodeError> {
        let top = self.stacks.peek(state.stack, 1);
        let other = self.stacks.peek(state.stack, distance);
        if top == other {
            return Ok(());
        }
        let mut entries = self.stacks.top(state.stack, distance)?;
        entries.swap(0, distance as usize - 1);
        self.pop(state, distance);
        for entry in entries.into_iter().rev() {
            self.push(at, state, entry)?;
        }
        Ok(())
    }
}

/// What the `nth` value that an instruction pushes is, the lowest first.
fn pushed_entry(op: Op, nth: u32) -> Entry {
    match op {
        Op::PushNull | Op::LoadFastAndClear => Entry::MaybeNull,
        Op::LoadGlobal | Op::LoadAttr | Op::LoadSuperAttr | Op::LoadSpecial if nth == 1 => {
            Entry::MaybeNull
        }
        _ => Entry::Object,
    }
}

/// What is known of a stack entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Object,
    MaybeNull,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct NodeId(u32);

const EMPTY: NodeId = NodeId(0);

/// The topmost entry of a stack, and where the rest is.
struct Node {
    entry: Entry,
    depth: u32,
    below: NodeId,
    /// A node further down, chosen so that any depth is found in logarithmic time (Myers's skew-binary jump pointers).
    jump: NodeId,
}

/// All abstract stacks, as a tree that grows from the empty stack.
struct Stacks {
    nodes: Vec<Node>,
    /// How much work is left; a linear bound on what hostile code can cost.
    budget: usize,
}

impl Stacks {
    fn new(instr_count: usize) -> Self {
        let empty = Node {
            entry: Entry::Object,
            depth: 0,
            below: EMPTY,
            jump: EMPTY,
        };
        Self {
            nodes: vec![empty],
            budget: instr_count.saturating_mul(64).saturating_add(4096),
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn spend(&mut self, steps: u32) -> Result<(), CodeError> {
        let left = self.budget.checked_sub(steps as usize);
        self.budget = left.ok_or(CodeError::TooComplex)?;
        Ok(())
    }

    fn push(&mut self, below: NodeId, entry: Entry) -> Result<NodeId, CodeError> {
        self.spend(1)?;
        let id = u32::try_from(self.nodes.len()).map_err(|_| CodeError::TooComplex)?;
        let rest = self.node(below);
        let jumped = self.node(rest.jump);
        let is_balanced = rest.depth - jumped.depth == jumped.depth - self.node(jumped.jump).depth;
        self.nodes.push(Node {
            entry,
            depth: rest.depth + 1,
            below,
            jump: if is_balanced { jumped.jump } else { below },
        });
        Ok(NodeId(id))
    }

    /// The lowest `depth` entries of a stack that has at least as many.
    fn at_depth(&self, stack: NodeId, depth: u32) -> NodeId {
        let mut id = stack;
        while self.node(id).depth > depth {
            let node = self.node(id);
            id = match self.node(node.jump).depth >= depth {
                true => node.jump,
                false => node.below,
            };
        }
        id
    }

    /// The entry at a distance from the top, which is at distance one.
    fn peek(&self, stack: NodeId, distance: u32) -> Entry {
        let depth = self.node(stack).depth + 1 - distance;
        self.node(self.at_depth(stack, depth)).entry
    }

    /// The topmost entries, the uppermost first.
    fn top(&mut self, stack: NodeId, count: u32) -> Result<Vec<Entry>, CodeError> {
        self.spend(count)?;
        let mut id = stack;
        let mut entries = Vec::with_capacity(count as usize);
        for _ in 0..count {
            entries.push(self.node(id).entry);
            id = self.node(id).below;
        }
        Ok(entries)
    }

    /// Whether none of `count` entries, going down from distance `from`, may be null.
    fn all_objects(&mut self, stack: NodeId, from: u32, count: u32) -> Result<bool, CodeError> {
        self.spend(count)?;
        let mut id = self.at_depth(stack, self.node(stack).depth + 1 - from);
        for _ in 0..count {
            if self.node(id).entry == Entry::MaybeNull {
                return Ok(false);
            }
            id = self.node(id).below;
        }
        Ok(true)
    }

    /// A stack that tells what two stacks of the same depth have in common: the first one, if it says no more than that.
    fn join(&mut self, known: NodeId, other: NodeId) -> Result<NodeId, CodeError> {
        let (mut a, mut b) = (known, other);
        let mut entries = Vec::new();
        let mut changed = 0;
        while a != b {
            self.spend(1)?;
            let (node, more) = (self.node(a), self.node(b));
            let entry = match more.entry {
                Entry::MaybeNull => Entry::MaybeNull,
                Entry::Object => node.entry,
            };
            entries.push(entry);
            (a, b) = (node.below, more.below);
            if entry != node.entry {
                changed = entries.len();
            }
        }
        // Below the last change the known stack is as good.
        let Some(kept) = u32::try_from(changed).ok().filter(|&changed| changed > 0) else {
            return Ok(known);
        };
        let mut stack = self.at_depth(known, self.node(known).depth - kept);
        for &entry in entries[..changed].iter().rev() {
            stack = self.push(stack, entry)?;
        }
        Ok(stack)
    }
}
