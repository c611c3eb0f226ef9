//! Exuvia: Python with a memory manager that can be bounded, embedded and questioned.
//!
//! [`Runtime`] is one Python with a heap of its own. Values go in and come out through [`IntoPython`] and
//! [`FromPython`]; what a program raises is an [`Error`] with type, message and traceback:
//!
//! ```
//! use exuvia::{Error, Runtime, Settings};
//!
//! let mut runtime = Runtime::new(Settings::default())?;
//! runtime.set("prices", vec![3, 4, 5])?;
//! runtime.run("def total(tax):\n    return sum(prices) * (1 + tax)", "shop.py")?;
//! assert_eq!(runtime.call::<f64>("total", (0.5,))?, 18.0);
//!
//! let Err(Error::Exception(exception)) = runtime.run("total('much')", "order.py") else {
//!     panic!("this should have been refused");
//! };
//! assert_eq!(exception.type_name, "TypeError");
//! assert_eq!(exception.traceback[0].file, "order.py");
//! # Ok::<(), Error>(())
//! ```
//!
//! Rust functions become Python functions, and what a program prints can be caught:
//!
//! ```
//! # use exuvia::{Error, Exception, Runtime, Settings};
//! # let mut runtime = Runtime::new(Settings::default())?;
//! runtime.register("root", |x: f64| {
//!     if x >= 0.0 { Ok(x.sqrt()) } else { Err(Error::from(Exception::new("ValueError", "negative"))) }
//! })?;
//! let (ended, output) = runtime.capture(|runtime| runtime.run("print(root(49.0))", "p.py"))?;
//! ended?;
//! assert_eq!(output.stdout, "7.0\n");
//! assert!(runtime.eval::<f64>("root(-1.0)").is_err());
//! # Ok::<(), Error>(())
//! ```
//!
//! Memory is bounded for the whole runtime or for one call. A program that passes the bound gets a `MemoryError`, which
//! it can handle; nothing else is lost:
//!
//! ```
//! # use exuvia::{Error, Runtime, Settings};
//! # let mut runtime = Runtime::new(Settings::default())?;
//! let greedy = "hoard = []\nwhile True: hoard.append(bytes(100_000))";
//! let ended = runtime.with_budget(8 << 20, |runtime| runtime.run(greedy, "greedy.py"));
//! assert!(matches!(ended, Err(Error::Exception(e)) if e.type_name == "MemoryError"));
//! runtime.run("del hoard", "tidy.py")?;
//! println!("{}", runtime.memory_report());
//! # Ok::<(), Error>(())
//! ```
//!
//! What cannot go wrong: objects of one runtime are refused by another; a program cannot take more than its limit or crash
//! the process; dropping a runtime returns its memory, and an [`Object`] that is still held keeps only what it needs.

#![warn(missing_docs)]

mod error;
pub mod notebook;
pub mod report;
mod runtime;
mod streams;

pub use error::{Error, Exception, TracebackEntry};
pub use exuvia_collector::Mode as CollectorMode;
pub use exuvia_heap::{Config as HeapConfig, CountingAllocator};
pub use exuvia_vm::{Flags, Settings};
pub use report::MemoryReport;
pub use runtime::{
    Arguments, Bytes, Captured, Entered, FromPython, IntoPython, Object, Runtime, RustFunction,
    Scope,
};
pub use streams::StreamName;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
