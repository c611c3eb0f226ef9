//! The instructions, by theme. Each takes its operands from the [`Window`](crate::eval::window::Window) and leaves its
//! result there; names and stack effects are those of the `dis` module's documentation.

pub(crate) mod attribute;
pub(crate) mod build;
pub(crate) mod control;
pub(crate) mod generator;
pub(crate) mod import;
pub(crate) mod intrinsic;
pub(crate) mod matching;
pub(crate) mod name;
pub(crate) mod operator;
