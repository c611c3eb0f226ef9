//! Exuvia: Python with a memory manager that can be bounded, embedded and questioned.
//!
//! [`Runtime`] is one Python with a heap of its own:
//!
//! ```
//! use exuvia::{Runtime, Settings};
//!
//! let mut runtime = Runtime::new(Settings::default())?;
//! runtime.run("total = sum(range(10))", "example.py")?;
//! assert_eq!(runtime.eval_repr("total", "example.py")?, "45");
//! # Ok::<(), exuvia::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod notebook;
pub mod report;
mod runtime;

pub use exuvia_vm::Settings;
pub use runtime::{Error, Runtime};
