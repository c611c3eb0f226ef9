//! The instruction set: what an instruction is, and one table of facts about every opcode.
//!
//! The instructions are CPython 3.14's, under its names. An [`Instr`] is eight bytes, with its whole argument in it, so
//! there are no `EXTENDED_ARG` prefixes and no inline `CACHE` units; [`translate`](super::translate()) makes them.

use std::fmt;

/// One executable instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Instr {
    /// What to do.
    pub op: Op,
    /// Free for the evaluation loop (a warm-up counter, say); zero after translation.
    pub flag: u8,
    /// Index of this instruction's inline cache entry, or [`Instr::NO_CACHE`].
    pub cache: u16,
    /// CPython's argument, but for jumps: those hold the absolute index of the instruction to go to.
    pub arg: u32,
}

impl Instr {
    /// The `cache` of an instruction that has no inline cache entry.
    pub const NO_CACHE: u16 = u16::MAX;

    /// An instruction without a cache entry.
    pub const fn new(op: Op, arg: u32) -> Self {
        Self {
            op,
            flag: 0,
            cache: Self::NO_CACHE,
            arg,
        }
    }

    /// The two locals of a paired instruction such as `LOAD_FAST_LOAD_FAST`, in the order of its name.
    pub const fn local_pair(self) -> (u32, u32) {
        (self.arg >> 4, self.arg & 15)
    }
}

impl fmt::Display for Instr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op.name(), self.arg)
    }
}

/// What an instruction's argument names, for programs that read bytecode (`dis`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// There is no argument.
    None,
    /// A number: a count, an operator, flags.
    Number,
    /// A constant.
    Const,
    /// A name.
    Name,
    /// A fast local, or two.
    Local,
    /// The instruction to go to.
    Target,
}

/// What an argument may be. The translator refuses everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgKind {
    /// Not used.
    Ignored,
    /// A count, a stack position or a flag: its effect on the stack is what limits it.
    Any,
    /// Between the two numbers, both included.
    Range(u32, u32),
    /// A single bit not above the given one.
    PowerOfTwo(u32),
    /// An index into the constants.
    Const,
    /// An index into the names, above this many bits of flags.
    Name(u32),
    /// An index into the fast locals.
    Local,
    /// Two indexes into the fast locals, the second in the low four bits.
    LocalPair,
    /// The number of free variables.
    FreeCount,
    /// A jump by this many code units, counted from the end of the instruction and its cache units.
    Forward,
    /// The same, towards the start.
    Backward,
}

/// The facts about an opcode that do not depend on its argument.
#[derive(Clone, Copy, Debug)]
struct OpInfo {
    name: &'static str,
    code: u8,
    cache_units: u8,
    has_cache: bool,
    arg: ArgKind,
}

macro_rules! opcodes {
    (
        base { $($op:ident $name:ident = $code:literal, $units:literal, $cached:ident, $arg:expr;)* }
        specialized { $($special:ident $special_name:ident of $general:ident;)* }
    ) => {
        /// The operation of an [`Instr`]: CPython 3.14's opcodes, and specialized forms that the evaluation loop
        /// writes over a general one when it has seen its operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = concat!("`", stringify!($name), "`")] $op,)*
            $(#[doc = concat!("`", stringify!($special_name), "`")] $special,)*
        }

        const INFO: &[OpInfo] = &[
            $(OpInfo {
                name: stringify!($name),
                code: $code,
                cache_units: $units,
                has_cache: opcodes!(@cached $cached),
                arg: $arg,
            },)*
            $(OpInfo { name: stringify!($special_name), ..*Op::$general.info() },)*
        ];

        impl Op {
            /// Every opcode that can come out of the translator.
            pub const BASE: &'static [Op] = &[$(Op::$op),*];

            /// The general form of a specialized opcode; any other opcode itself.
            pub const fn general(self) -> Op {
                match self {
                    $(Op::$special => Op::$general,)*
                    other => other,
                }
            }
        }
    };
    (@cached cached) => { true };
    (@cached plain) => { false };
}

use ArgKind::{
    Any, Backward, Const, Forward, FreeCount, Ignored, Local, LocalPair, Name, PowerOfTwo, Range,
};

// Columns: opcode, CPython's name = its number, code units of inline cache after it in a code string, whether we keep an
// inline cache entry for it, its argument.
opcodes! {
    base {
        BinarySlice BINARY_SLICE = 1, 0, plain, Ignored;
        BuildTemplate BUILD_TEMPLATE = 2, 0, plain, Ignored;
        CallFunctionEx CALL_FUNCTION_EX = 4, 0, plain, Ignored;
        CheckEgMatch CHECK_EG_MATCH = 5, 0, plain, Ignored;
        CheckExcMatch CHECK_EXC_MATCH = 6, 0, plain, Ignored;
        CleanupThrow CLEANUP_THROW = 7, 0, plain, Ignored;
        DeleteSubscr DELETE_SUBSCR = 8, 0, plain, Ignored;
        EndFor END_FOR = 9, 0, plain, Ignored;
        EndSend END_SEND = 10, 0, plain, Ignored;
        FormatSimple FORMAT_SIMPLE = 12, 0, plain, Ignored;
        FormatWithSpec FORMAT_WITH_SPEC = 13, 0, plain, Ignored;
        GetAiter GET_AITER = 14, 0, plain, Ignored;
        GetAnext GET_ANEXT = 15, 0, plain, Ignored;
        GetIter GET_ITER = 16, 0, plain, Ignored;
        GetLen GET_LEN = 18, 0, plain, Ignored;
        GetYieldFromIter GET_YIELD_FROM_ITER = 19, 0, plain, Ignored;
        LoadBuildClass LOAD_BUILD_CLASS = 21, 0, plain, Ignored;
        LoadLocals LOAD_LOCALS = 22, 0, plain, Ignored;
        MakeFunction MAKE_FUNCTION = 23, 0, plain, Ignored;
        MatchKeys MATCH_KEYS = 24, 0, plain, Ignored;
        MatchMapping MATCH_MAPPING = 25, 0, plain, Ignored;
        MatchSequence MATCH_SEQUENCE = 26, 0, plain, Ignored;
        Nop NOP = 27, 0, plain, Ignored;
        PopExcept POP_EXCEPT = 29, 0, plain, Ignored;
        PopIter POP_ITER = 30, 0, plain, Ignored;
        PopTop POP_TOP = 31, 0, plain, Ignored;
        PushExcInfo PUSH_EXC_INFO = 32, 0, plain, Ignored;
        PushNull PUSH_NULL = 33, 0, plain, Ignored;
        ReturnGenerator RETURN_GENERATOR = 34, 0, plain, Ignored;
        ReturnValue RETURN_VALUE = 35, 0, plain, Ignored;
        SetupAnnotations SETUP_ANNOTATIONS = 36, 0, plain, Ignored;
        StoreSlice STORE_SLICE = 37, 0, plain, Ignored;
        StoreSubscr STORE_SUBSCR = 38, 1, cached, Ignored;
        ToBool TO_BOOL = 39, 3, cached, Ignored;
        UnaryInvert UNARY_INVERT = 40, 0, plain, Ignored;
        UnaryNegative UNARY_NEGATIVE = 41, 0, plain, Ignored;
        UnaryNot UNARY_NOT = 42, 0, plain, Ignored;
        WithExceptStart WITH_EXCEPT_START = 43, 0, plain, Ignored;
        BinaryOp BINARY_OP = 44, 5, cached, Range(0, 26);
        BuildInterpolation BUILD_INTERPOLATION = 45, 0, plain, Range(0, 15);
        BuildList BUILD_LIST = 46, 0, plain, Any;
        BuildMap BUILD_MAP = 47, 0, plain, Any;
        BuildSet BUILD_SET = 48, 0, plain, Any;
        BuildSlice BUILD_SLICE = 49, 0, plain, Range(2, 3);
        BuildString BUILD_STRING = 50, 0, plain, Any;
        BuildTuple BUILD_TUPLE = 51, 0, plain, Any;
        Call CALL = 52, 3, cached, Any;
        CallIntrinsic1 CALL_INTRINSIC_1 = 53, 0, plain, Range(1, 11);
        CallIntrinsic2 CALL_INTRINSIC_2 = 54, 0, plain, Range(1, 5);
        CallKw CALL_KW = 55, 3, cached, Any;
        CompareOp COMPARE_OP = 56, 1, cached, Range(0, 191);
        ContainsOp CONTAINS_OP = 57, 1, cached, Range(0, 1);
        ConvertValue CONVERT_VALUE = 58, 0, plain, Range(1, 3);
        Copy COPY = 59, 0, plain, Range(1, u32::MAX);
        CopyFreeVars COPY_FREE_VARS = 60, 0, plain, FreeCount;
        DeleteAttr DELETE_ATTR = 61, 0, plain, Name(0);
        DeleteDeref DELETE_DEREF = 62, 0, plain, Local;
        DeleteFast DELETE_FAST = 63, 0, plain, Local;
        DeleteGlobal DELETE_GLOBAL = 64, 0, plain, Name(0);
        DeleteName DELETE_NAME = 65, 0, plain, Name(0);
        DictMerge DICT_MERGE = 66, 0, plain, Range(1, u32::MAX);
        DictUpdate DICT_UPDATE = 67, 0, plain, Range(1, u32::MAX);
        EndAsyncFor END_ASYNC_FOR = 68, 0, plain, Ignored;
        ForIter FOR_ITER = 70, 1, cached, Forward;
        GetAwaitable GET_AWAITABLE = 71, 0, plain, Any;
        ImportFrom IMPORT_FROM = 72, 0, plain, Name(0);
        ImportName IMPORT_NAME = 73, 0, plain, Name(0);
        IsOp IS_OP = 74, 0, plain, Range(0, 1);
        JumpBackward JUMP_BACKWARD = 75, 1, plain, Backward;
        JumpBackwardNoInterrupt JUMP_BACKWARD_NO_INTERRUPT = 76, 0, plain, Backward;
        JumpForward JUMP_FORWARD = 77, 0, plain, Forward;
        ListAppend LIST_APPEND = 78, 0, plain, Range(1, u32::MAX);
        ListExtend LIST_EXTEND = 79, 0, plain, Range(1, u32::MAX);
        LoadAttr LOAD_ATTR = 80, 9, cached, Name(1);
        LoadCommonConstant LOAD_COMMON_CONSTANT = 81, 0, plain, Range(0, 6);
        LoadConst LOAD_CONST = 82, 0, plain, Const;
        LoadDeref LOAD_DEREF = 83, 0, plain, Local;
        LoadFast LOAD_FAST = 84, 0, plain, Local;
        LoadFastAndClear LOAD_FAST_AND_CLEAR = 85, 0, plain, Local;
        LoadFastBorrow LOAD_FAST_BORROW = 86, 0, plain, Local;
        LoadFastBorrowLoadFastBorrow LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, 0, plain, LocalPair;
        LoadFastCheck LOAD_FAST_CHECK = 88, 0, plain, Local;
        LoadFastLoadFast LOAD_FAST_LOAD_FAST = 89, 0, plain, LocalPair;
        LoadFromDictOrDeref LOAD_FROM_DICT_OR_DEREF = 90, 0, plain, Local;
        LoadFromDictOrGlobals LOAD_FROM_DICT_OR_GLOBALS = 91, 0, plain, Name(0);
        LoadGlobal LOAD_GLOBAL = 92, 4, cached, Name(1);
        LoadName LOAD_NAME = 93, 0, cached, Name(0);
        LoadSmallInt LOAD_SMALL_INT = 94, 0, plain, Range(0, 255);
        LoadSpecial LOAD_SPECIAL = 95, 0, plain, Range(0, 3);
        LoadSuperAttr LOAD_SUPER_ATTR = 96, 1, cached, Name(2);
        MakeCell MAKE_CELL = 97, 0, plain, Local;
        MapAdd MAP_ADD = 98, 0, plain, Range(1, u32::MAX);
        MatchClass MATCH_CLASS = 99, 0, plain, Any;
        PopJumpIfFalse POP_JUMP_IF_FALSE = 100, 1, plain, Forward;
        PopJumpIfNone POP_JUMP_IF_NONE = 101, 1, plain, Forward;
        PopJumpIfNotNone POP_JUMP_IF_NOT_NONE = 102, 1, plain, Forward;
        PopJumpIfTrue POP_JUMP_IF_TRUE = 103, 1, plain, Forward;
        RaiseVarargs RAISE_VARARGS = 104, 0, plain, Range(0, 2);
        Reraise RERAISE = 105, 0, plain, Any;
        Send SEND = 106, 1, cached, Forward;
        SetAdd SET_ADD = 107, 0, plain, Range(1, u32::MAX);
        SetFunctionAttribute SET_FUNCTION_ATTRIBUTE = 108, 0, plain, PowerOfTwo(32);
        SetUpdate SET_UPDATE = 109, 0, plain, Range(1, u32::MAX);
        StoreAttr STORE_ATTR = 110, 4, cached, Name(0);
        StoreDeref STORE_DEREF = 111, 0, plain, Local;
        StoreFast STORE_FAST = 112, 0, plain, Local;
        StoreFastLoadFast STORE_FAST_LOAD_FAST = 113, 0, plain, LocalPair;
        StoreFastStoreFast STORE_FAST_STORE_FAST = 114, 0, plain, LocalPair;
        StoreGlobal STORE_GLOBAL = 115, 0, plain, Name(0);
        StoreName STORE_NAME = 116, 0, plain, Name(0);
        Swap SWAP = 117, 0, plain, Range(1, u32::MAX);
        UnpackEx UNPACK_EX = 118, 0, plain, Any;
        UnpackSequence UNPACK_SEQUENCE = 119, 1, cached, Any;
        YieldValue YIELD_VALUE = 120, 0, plain, Any;
        Resume RESUME = 128, 0, plain, Any;
    }
    specialized {}
}

impl Op {
    const fn info(self) -> &'static OpInfo {
        &INFO[self as usize]
    }

    /// The opcode of a byte of a code string. None for numbers that CPython does not use or uses only at run time, and
    /// for `CACHE`, `EXTENDED_ARG` and `NOT_TAKEN`, which the translator takes out.
    pub const fn from_code(code: u8) -> Option<Op> {
        BY_CODE[code as usize]
    }

    /// CPython's number of this opcode (of its general form, if it is specialized).
    pub const fn code(self) -> u8 {
        self.info().code
    }

    /// CPython's name of this opcode.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// How many `CACHE` units follow this opcode in a code string.
    pub const fn cache_units(self) -> usize {
        self.info().cache_units as usize
    }

    /// Whether the instruction gets an inline cache entry.
    pub const fn has_cache(self) -> bool {
        self.info().has_cache
    }

    pub(super) const fn arg_kind(self) -> ArgKind {
        self.info().arg
    }

    /// Whether `arg` holds the index of an instruction.
    pub const fn is_jump(self) -> bool {
        matches!(self.arg_kind(), Forward | Backward)
    }

    /// What the argument of the instruction names in a code string.
    pub const fn operand(self) -> Operand {
        match self.arg_kind() {
            Ignored => Operand::None,
            Any | Range(..) | PowerOfTwo(_) | FreeCount => Operand::Number,
            Const => Operand::Const,
            Name(_) => Operand::Name,
            Local | LocalPair => Operand::Local,
            Forward | Backward => Operand::Target,
        }
    }

    /// Whether execution never continues at the next instruction.
    pub const fn is_terminator(self) -> bool {
        matches!(
            self.general(),
            Op::JumpForward
                | Op::JumpBackward
                | Op::JumpBackwardNoInterrupt
                | Op::ReturnValue
                | Op::RaiseVarargs
                | Op::Reraise
        )
    }

    /// What the instruction does to the stack when it goes on to the next one.
    pub const fn effect(self, arg: u32) -> Effect {
        effect(self.general(), arg)
    }

    /// How much of a stack of this depth is still there when the instruction raises.
    pub(super) const fn depth_when_raising(self, arg: u32, depth: u32) -> u32 {
        match self.general() {
            // It never raises.
            Op::Swap => depth,
            // It raises when it is resumed, with a value pushed.
            Op::YieldValue => depth,
            op => depth.saturating_sub(effect(op, arg).pops),
        }
    }
}

const BY_CODE: [Option<Op>; 256] = {
    let mut table = [None; 256];
    let mut i = 0;
    while i < Op::BASE.len() {
        table[Op::BASE[i].code() as usize] = Some(Op::BASE[i]);
        i += 1;
    }
    table
};

/// What an instruction does to the stack: it looks at `peeks` entries, removes `pops` of them and adds `pushes`.
///
/// Everything below the topmost `pops` entries stays as it is, also when the instruction raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// How many entries there must be.
    pub peeks: u32,
    /// How many are removed or replaced.
    pub pops: u32,
    /// How many there are in their place.
    pub pushes: u32,
}

impl Effect {
    const fn replace(pops: u32, pushes: u32) -> Self {
        Self {
            peeks: pops,
            pops,
            pushes,
        }
    }

    /// Adds `pushes` entries computed from the topmost `peeks`, which stay.
    const fn peek(peeks: u32, pushes: u32) -> Self {
        Self {
            peeks,
            pops: 0,
            pushes,
        }
    }

    /// Moves `pops` entries into something `depth` entries below them.
    const fn add_to(depth: u32, pops: u32) -> Self {
        Self {
            peeks: depth.saturating_add(pops),
            pops,
            pushes: 0,
        }
    }
}

const fn effect(op: Op, arg: u32) -> Effect {
    use Effect as E;
    match op {
        Op::CopyFreeVars
        | Op::DeleteDeref
        | Op::DeleteFast
        | Op::DeleteGlobal
        | Op::DeleteName
        | Op::JumpBackward
        | Op::JumpBackwardNoInterrupt
        | Op::JumpForward
        | Op::MakeCell
        | Op::Nop
        | Op::Resume
        | Op::SetupAnnotations => E::replace(0, 0),

        Op::LoadBuildClass
        | Op::LoadCommonConstant
        | Op::LoadConst
        | Op::LoadDeref
        | Op::LoadFast
        | Op::LoadFastAndClear
        | Op::LoadFastBorrow
        | Op::LoadFastCheck
        | Op::LoadLocals
        | Op::LoadName
        | Op::LoadSmallInt
        | Op::PushNull
        | Op::ReturnGenerator => E::replace(0, 1),
        Op::LoadFastBorrowLoadFastBorrow | Op::LoadFastLoadFast => E::replace(0, 2),
        Op::LoadGlobal => E::replace(0, 1 + (arg & 1)),

        Op::DeleteAttr
        | Op::EndFor
        | Op::PopExcept
        | Op::PopIter
        | Op::PopJumpIfFalse
        | Op::PopJumpIfNone
        | Op::PopJumpIfNotNone
        | Op::PopJumpIfTrue
        | Op::PopTop
        | Op::ReturnValue
        | Op::StoreDeref
        | Op::StoreFast
        | Op::StoreGlobal
        | Op::StoreName => E::replace(1, 0),
        Op::DeleteSubscr | Op::EndAsyncFor | Op::StoreAttr | Op::StoreFastStoreFast => {
            E::replace(2, 0)
        }
        Op::StoreSubscr => E::replace(3, 0),
        Op::StoreSlice => E::replace(4, 0),
        Op::RaiseVarargs => E::replace(arg, 0),

        Op::CallIntrinsic1
        | Op::ConvertValue
        | Op::FormatSimple
        | Op::GetAiter
        | Op::GetAwaitable
        | Op::GetIter
        | Op::GetYieldFromIter
        | Op::LoadFromDictOrDeref
        | Op::LoadFromDictOrGlobals
        | Op::MakeFunction
        | Op::StoreFastLoadFast
        | Op::ToBool
        | Op::UnaryInvert
        | Op::UnaryNegative
        | Op::UnaryNot
        | Op::YieldValue => E::replace(1, 1),
        Op::LoadAttr => E::replace(1, 1 + (arg & 1)),
        Op::LoadSpecial => E::replace(1, 2),
        Op::BinaryOp
        | Op::BuildTemplate
        | Op::CallIntrinsic2
        | Op::CompareOp
        | Op::ContainsOp
        | Op::EndSend
        | Op::FormatWithSpec
        | Op::ImportName
        | Op::IsOp
        | Op::SetFunctionAttribute => E::replace(2, 1),
        Op::CheckEgMatch => E::replace(2, 2),
        Op::BinarySlice | Op::MatchClass => E::replace(3, 1),
        Op::CleanupThrow => E::replace(3, 2),
        Op::LoadSuperAttr => E::replace(3, 1 + (arg & 1)),
        Op::CallFunctionEx => E::replace(4, 1),
        Op::BuildInterpolation => E::replace(2 + (arg & 1), 1),
        Op::Call => E::replace(arg.saturating_add(2), 1),
        Op::CallKw => E::replace(arg.saturating_add(3), 1),
        Op::BuildList | Op::BuildSet | Op::BuildSlice | Op::BuildString | Op::BuildTuple => {
            E::replace(arg, 1)
        }
        Op::BuildMap => E::replace(arg.saturating_mul(2), 1),
        Op::UnpackSequence => E::replace(1, arg),
        Op::UnpackEx => E::replace(1, (arg & 0xff) + (arg >> 8) + 1),
        Op::Swap => E::replace(arg, arg),

        Op::ForIter
        | Op::GetAnext
        | Op::GetLen
        | Op::ImportFrom
        | Op::MatchMapping
        | Op::MatchSequence
        | Op::PushExcInfo => E::peek(1, 1),
        Op::MatchKeys => E::peek(2, 1),
        Op::WithExceptStart => E::peek(5, 1),
        Op::Copy => E::peek(arg, 1),
        Op::CheckExcMatch | Op::Send => E {
            peeks: 2,
            pops: 1,
            pushes: 1,
        },

        Op::DictUpdate | Op::ListAppend | Op::ListExtend | Op::SetAdd | Op::SetUpdate => {
            E::add_to(arg, 1)
        }
        Op::MapAdd => E::add_to(arg, 2),
        // The function to name in the message of the error lies three below the dict.
        Op::DictMerge => E::add_to(arg.saturating_add(3), 1),
        Op::Reraise => E::add_to(arg, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustpython_compiler_core::bytecode::{Instruction, InstructionMetadata};

    #[test]
    fn an_instruction_takes_eight_bytes() {
        assert_eq!(size_of::<Instr>(), 8);
    }

    #[test]
    fn numbers_and_cache_units_agree_with_the_compiler() {
        for &op in Op::BASE {
            let theirs = Instruction::try_from(op.code()).expect("the compiler knows this opcode");
            assert_eq!(op.cache_units(), theirs.cache_entries(), "{}", op.name());
            assert_eq!(Op::from_code(op.code()), Some(op));
        }
    }

    #[test]
    fn stack_effects_agree_with_the_compiler() {
        for &op in Op::BASE {
            let theirs = Instruction::try_from(op.code()).expect("the compiler knows this opcode");
            for arg in 2..20 {
                let ours = op.effect(arg);
                let net = i64::from(ours.pushes) - i64::from(ours.pops);
                // The compiler counts what a return leaves for the caller.
                let returned = i64::from(op == Op::ReturnValue);
                let expected = i64::from(theirs.stack_effect(arg));
                assert_eq!(net + returned, expected, "{} {arg}", op.name());
                assert!(ours.peeks >= ours.pops);
            }
        }
    }

    #[test]
    fn huge_arguments_do_not_overflow() {
        for &op in Op::BASE {
            let effect = op.effect(u32::MAX);
            assert!(effect.peeks >= effect.pops, "{}", op.name());
        }
    }
}
