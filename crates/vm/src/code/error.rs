//! Why a code string cannot be run.

use std::fmt;

use super::instruction::Op;

/// A reason to refuse a code object. Positions are instruction indexes: prefixes and cache units do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeError {
    /// The length is odd, or a prefix or a cache unit is missing or malformed.
    Malformed { at: u32 },
    /// There is no such opcode, or it is not one that code objects contain.
    UnknownOpcode { at: u32, code: u8 },
    /// The argument is out of range for the opcode.
    BadArgument { at: u32, op: Op, arg: u32 },
    /// The jump does not lead to an instruction.
    BadJump { at: u32 },
    /// The exception table is malformed, overlaps itself, or names what is not an instruction.
    BadExceptionTable,
    /// Execution can run past the last instruction.
    FallsOffEnd { at: u32 },
    /// The instruction takes more than the stack holds.
    StackUnderflow { at: u32 },
    /// The stack has different depths on two ways to the instruction.
    UnevenStack { at: u32 },
    /// The code needs a deeper stack than it declares.
    StackTooDeep { at: u32, declared: u32 },
    /// The instruction would use an empty entry as an object.
    NullOperand { at: u32 },
    /// The handler of the instruction expects more on the stack than is left when it raises.
    HandlerTooDeep { at: u32 },
    /// The instruction suspends or starts a generator where there is none, or where there is one already.
    NoGenerator { at: u32 },
    /// Checking would take far longer than code of this length deserves.
    TooComplex,
    /// There are more instructions than an index can hold.
    TooLong,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { at } => write!(f, "malformed code at instruction {at}"),
            Self::UnknownOpcode { at, code } => {
                write!(f, "unknown opcode {code} at instruction {at}")
            }
            Self::BadArgument { at, op, arg } => {
                write!(
                    f,
                    "{} cannot have argument {arg} (instruction {at})",
                    op.name()
                )
            }
            Self::BadJump { at } => write!(f, "instruction {at} jumps to no instruction"),
            Self::BadExceptionTable => f.write_str("invalid exception table"),
            Self::FallsOffEnd { at } => {
                write!(f, "execution can run past the last instruction, {at}")
            }
            Self::StackUnderflow { at } => write!(f, "stack underflow at instruction {at}"),
            Self::UnevenStack { at } => {
                write!(
                    f,
                    "the stack depth at instruction {at} depends on the way there"
                )
            }
            Self::StackTooDeep { at, declared } => {
                write!(
                    f,
                    "instruction {at} exceeds the declared stack size {declared}"
                )
            }
            Self::NullOperand { at } => {
                write!(f, "instruction {at} would use an empty stack entry")
            }
            Self::HandlerTooDeep { at } => {
                write!(
                    f,
                    "the exception handler of instruction {at} expects a deeper stack"
                )
            }
            Self::NoGenerator { at } => {
                write!(f, "instruction {at} is misplaced for a generator")
            }
            Self::TooComplex => f.write_str("code too complex to verify"),
            Self::TooLong => f.write_str("code too long"),
        }
    }
}

impl std::error::Error for CodeError {}
