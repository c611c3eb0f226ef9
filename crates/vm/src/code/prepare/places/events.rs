//! What the compiler emits, with which range, and the range that it should have had.

use std::ops::Range;

use ruff_text_size::TextRange;
use rustpython_compiler_core::bytecode::Instruction;

/// The instructions whose places are repaired: most of those that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    BinaryOp,
    BuildInterpolation,
    BuildMap,
    BuildSet,
    Call,
    CallFunctionEx,
    CallIntrinsic,
    CallKw,
    CheckEgMatch,
    CheckExcMatch,
    CleanupThrow,
    CompareOp,
    ConvertValue,
    DeleteAttr,
    DeleteName,
    DeleteSubscr,
    DictMerge,
    DictUpdate,
    EndAsyncFor,
    EndSend,
    Extend,
    ForIter,
    Format,
    GetAIter,
    GetANext,
    GetAwaitable,
    GetIter,
    GetLen,
    GetYieldFromIter,
    InplaceOp,
    LoadAttr,
    LoadName,
    LoadSpecial,
    LoadSuperAttr,
    MapAdd,
    MatchClass,
    MatchKeys,
    RaiseVarargs,
    Send,
    SetAdd,
    StoreAttr,
    StoreName,
    StoreSubscr,
    ToBool,
    UnpackSequence,
    WithExceptStart,
    YieldValue,
}

impl Kind {
    /// The kind of an instruction. `arg` is the low byte of its argument.
    pub(super) fn of(instruction: Instruction, arg: u8) -> Option<Self> {
        // The operators that assign are between these.
        const FIRST_INPLACE: u8 = 13;
        const SUBSCRIPT: u8 = 26;
        Some(match instruction {
            Instruction::BinaryOp { .. } => match arg {
                FIRST_INPLACE..SUBSCRIPT => Self::InplaceOp,
                _ => Self::BinaryOp,
            },
            Instruction::BinarySlice => Self::BinaryOp,
            Instruction::BuildInterpolation { .. } => Self::BuildInterpolation,
            Instruction::BuildMap { .. } => Self::BuildMap,
            Instruction::BuildSet { .. } => Self::BuildSet,
            Instruction::Call { .. } => Self::Call,
            Instruction::CallFunctionEx => Self::CallFunctionEx,
            Instruction::CallIntrinsic1 { .. } => Self::CallIntrinsic,
            Instruction::CallKw { .. } => Self::CallKw,
            Instruction::CheckEgMatch => Self::CheckEgMatch,
            Instruction::CheckExcMatch => Self::CheckExcMatch,
            Instruction::CleanupThrow => Self::CleanupThrow,
            Instruction::CompareOp { .. } => Self::CompareOp,
            Instruction::ConvertValue { .. } => Self::ConvertValue,
            Instruction::DeleteAttr { .. } => Self::DeleteAttr,
            Instruction::DeleteName { .. }
            | Instruction::DeleteFast { .. }
            | Instruction::DeleteDeref { .. }
            | Instruction::DeleteGlobal { .. } => Self::DeleteName,
            Instruction::DeleteSubscr => Self::DeleteSubscr,
            Instruction::DictMerge { .. } => Self::DictMerge,
            Instruction::DictUpdate { .. } => Self::DictUpdate,
            Instruction::EndAsyncFor => Self::EndAsyncFor,
            Instruction::EndSend => Self::EndSend,
            Instruction::ListExtend { .. } | Instruction::SetUpdate { .. } => Self::Extend,
            Instruction::ForIter { .. } => Self::ForIter,
            Instruction::FormatSimple | Instruction::FormatWithSpec => Self::Format,
            Instruction::GetAIter => Self::GetAIter,
            Instruction::GetANext => Self::GetANext,
            Instruction::GetAwaitable { .. } => Self::GetAwaitable,
            Instruction::GetIter => Self::GetIter,
            Instruction::GetLen => Self::GetLen,
            Instruction::GetYieldFromIter => Self::GetYieldFromIter,
            Instruction::LoadAttr { .. } => Self::LoadAttr,
            Instruction::LoadName { .. }
            | Instruction::LoadGlobal { .. }
            | Instruction::LoadDeref { .. }
            | Instruction::LoadFast { .. }
            | Instruction::LoadFastBorrow { .. }
            | Instruction::LoadFastCheck { .. }
            | Instruction::LoadFromDictOrDeref { .. }
            | Instruction::LoadFastLoadFast { .. }
            | Instruction::LoadFastBorrowLoadFastBorrow { .. } => Self::LoadName,
            Instruction::LoadSpecial { .. } => Self::LoadSpecial,
            Instruction::LoadSuperAttr { .. } => Self::LoadSuperAttr,
            Instruction::MapAdd { .. } => Self::MapAdd,
            Instruction::MatchClass { .. } => Self::MatchClass,
            Instruction::MatchKeys => Self::MatchKeys,
            Instruction::RaiseVarargs { .. } => Self::RaiseVarargs,
            Instruction::Send { .. } => Self::Send,
            Instruction::SetAdd { .. } => Self::SetAdd,
            Instruction::StoreAttr { .. } => Self::StoreAttr,
            Instruction::StoreName { .. } | Instruction::StoreGlobal { .. } => Self::StoreName,
            Instruction::StoreSubscr | Instruction::StoreSlice => Self::StoreSubscr,
            Instruction::ToBool => Self::ToBool,
            Instruction::UnpackSequence { .. } | Instruction::UnpackEx { .. } => {
                Self::UnpackSequence
            }
            Instruction::WithExceptStart => Self::WithExceptStart,
            Instruction::YieldValue { .. } => Self::YieldValue,
            _ => return None,
        })
    }
}

/// One instruction that the compiler emits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) kind: Kind,
    /// The range that the compiler notes.
    pub(super) noted: TextRange,
    /// How many functions and the like it is in.
    pub(super) depth: u32,
    /// The range that it should note.
    pub(super) place: TextRange,
}

impl Event {
    fn key(&self) -> (Kind, u32, u32) {
        key(self.kind, self.noted)
    }
}

fn key(kind: Kind, noted: TextRange) -> (Kind, u32, u32) {
    (kind, noted.start().to_u32(), noted.end().to_u32())
}

/// The events of a whole tree, to be looked up.
pub(super) struct Events {
    /// Sorted by kind, noted range and depth; otherwise in the order in which they happen.
    events: Vec<Event>,
    /// For the first of equal ones, how many of them have been looked up.
    used: Vec<usize>,
}

impl Events {
    pub(super) fn new(mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| (event.key(), event.depth));
        let used = vec![0; events.len()];
        Self { events, used }
    }

    /// The place of the next instruction of a kind, noted range and depth. A `finally` body is compiled several times,
    /// so after the last of them comes the first again.
    pub(super) fn next(&mut self, kind: Kind, noted: TextRange, depth: u32) -> Option<TextRange> {
        let wanted = key(kind, noted);
        let start = self.events.partition_point(|event| event.key() < wanted);
        let run = |start: usize, is_equal: &dyn Fn(&Event) -> bool| -> Range<usize> {
            let count = self.events[start..]
                .iter()
                .take_while(|event| is_equal(event));
            start..start + count.count()
        };
        let all = run(start, &|event| event.key() == wanted);
        // Which comprehensions are functions is not known for certain. Where it matters not, it is not asked.
        let skipped = self.events[all.clone()].partition_point(|event| event.depth < depth);
        let same = run(start + skipped, &|event| {
            event.key() == wanted && event.depth == depth
        });
        let choice = if same.is_empty() { all } else { same };
        let used = self.used.get_mut(choice.start)?;
        let event = self.events[choice.clone()].get(*used % choice.len().max(1))?;
        *used += 1;
        Some(event.place)
    }
}
