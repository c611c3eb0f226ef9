//! The packed library: the Python part of the standard library, compiled when this crate was built.

use exuvia_vm::import::{Frozen, FrozenModules};
use std::borrow::Cow;

/// Where a module lies in the packed file: its code, then its compressed source.
struct Row {
    name: &'static str,
    original: &'static str,
    is_package: bool,
    code: usize,
    source: usize,
    end: usize,
}

static ROWS: &[Row] = include!(concat!(env!("OUT_DIR"), "/index.rs"));
static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

fn row(name: &str) -> Option<&'static Row> {
    ROWS.binary_search_by(|row| row.name.cmp(name))
        .ok()
        .map(|index| &ROWS[index])
}

/// The name that a module was compiled under, which differs from its own for the parts of `importlib` that start
/// the import system.
pub fn original_name(name: &str) -> Option<&'static str> {
    row(name).map(|row| row.original)
}

/// The names of all packed modules, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// The packed library.
#[derive(Clone, Copy, Debug, Default)]
pub struct Library;

impl FrozenModules for Library {
    fn find(&self, name: &str) -> Option<Frozen> {
        let row = row(name)?;
        Some(Frozen {
            code: Cow::Borrowed(BYTES.get(row.code..row.source)?),
            is_package: row.is_package,
        })
    }

    fn contains(&self, name: &str) -> Option<bool> {
        row(name).map(|row| row.is_package)
    }

    fn source(&self, name: &str) -> Option<String> {
        let row = row(name)?;
        let text =
            lz4_flex::block::decompress_size_prepended(BYTES.get(row.source..row.end)?).ok()?;
        String::from_utf8(text).ok()
    }
}
