//! Notebooks: reading and writing them ([`Notebook`]), and running their cells ([`run_cell`]).

mod display;
mod document;
mod execute;
mod magic;

pub use display::MimeBundle;
pub use document::{CodeCell, Invalid, Notebook, Output};
pub use execute::{CellEnd, run_cell};
