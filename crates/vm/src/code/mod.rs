//! Bytecode: from a code object's byte strings to instructions that run without checks.
//!
//! This module knows nothing of Python objects. It owns the instruction set ([`Op`], [`Instr`]), the compilation of
//! source ([`compile_source`]), the translation of a CPython 3.14 code string into an [`Executable`], and the decoding of
//! location tables. Start with [`translate()`].
//!
//! What an [`Executable`] promises to the evaluation loop, whatever bytes it was made from:
//!
//! - **B1** Control never leaves the instructions: every jump, handler and successor of a reachable instruction is one.
//! - **B2** Every index into constants, names and fast locals is in range, and every selector (operator, intrinsic,
//!   comparison …) is one that exists.
//! - **B3** At each reachable instruction the stack has one depth, the same on every path; it is never below what the
//!   instruction takes and never above [`Executable::stack_size`].
//! - **B4** A stack entry may be null only where the instruction that takes it allows that. These do: `POP_TOP`, `COPY`,
//!   `SWAP`, `END_FOR`, the three `STORE_FAST` forms, the "self" entry of the calls and of `WITH_EXCEPT_START`, the keywords of
//!   `CALL_FUNCTION_EX`, and the entries that `DICT_MERGE` uses for its message alone.
//! - **B5** While an instruction raises, the entries below what it pops are intact, and the depth of its handler is
//!   not above them. (`YIELD_VALUE` raises when it is resumed: push something for the value sent before unwinding.)
//! - **B6** `YIELD_VALUE` is reached only after `RETURN_GENERATOR`, and `RETURN_GENERATOR` only once and with an empty stack.
//! - **B7** A value that a `LOAD_FAST_BORROW` form pushed is gone from the stack before its local changes, before the frame is
//!   suspended, and before the basic block ends; see [`borrow`] for what that asks of the loop.
//!
//! It does not promise types: that a list lies where `LIST_APPEND` expects one, or a cell in the slot of `LOAD_DEREF`, holds
//! for what a compiler made, but the loop has to look. Nor that the stack is empty at `RETURN_VALUE`, or that a local
//! is bound where it is loaded.

mod borrow;
mod error;
mod exception_table;
mod group_cleanup;
mod instruction;
mod locations;
mod prepare;
mod repair;
mod translate;
mod verify;

#[cfg(test)]
mod tests;

pub use error::CodeError;
pub use exception_table::Handler;
pub use instruction::{Effect, Instr, Op, Operand};
pub use locations::{LineRange, Location, LocationRange, Locations};
pub use prepare::{
    COMPILER_STACK, Compiled, SourceError, SourceTokens, SourceWarning, Tree, compile_source,
    compile_tree, parse_source, source_tokens,
};
pub use translate::{CodeSource, Executable, index_of_unit, translate, unit_of_index};
