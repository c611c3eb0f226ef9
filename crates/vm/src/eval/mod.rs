//! The evaluation loop, and everything that runs a code object.
//!
//! [`run`] is the loop: a long `match` with one short call per instruction. `stack.rs` owns the memory that locals and
//! temporaries lie in, [`frame`] what a running call is, `window.rs` the loop's view of the running frame,
//! [`call`] how frames are entered, `bind.rs` how arguments find their parameters, `unwind.rs` what happens
//! when something is raised; `ops/` holds the instructions, by theme.

pub mod bind;
pub mod call;
pub mod frame;
pub(crate) mod ops;
pub mod run;
pub mod stack;
pub mod state;
pub mod unwind;
pub(crate) mod window;
