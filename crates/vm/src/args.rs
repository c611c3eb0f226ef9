//! How arguments travel: positional values, then the values of keyword arguments, and the keywords' names.

use crate::types::str::PyStr;
use crate::{PyRef, Ref};

/// The arguments of one call, borrowed from the caller (vectorcall, PEP 590).
///
/// `values` holds the positional arguments first and then one value per keyword in `names`.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// All values, positional first.
    pub values: &'a [PyRef],
    /// The keywords (strings) of the last `names.len()` values.
    pub names: &'a [PyRef],
}

/// Keyword arguments that a native function takes as `**kwargs`.
pub type KwArgs = Vec<(Ref<PyStr>, PyRef)>;

impl<'a> Args<'a> {
    /// No arguments.
    pub const EMPTY: Args<'static> = Args {
        values: &[],
        names: &[],
    };

    /// Positional arguments only.
    #[inline]
    pub fn positional(values: &'a [PyRef]) -> Self {
        Self { values, names: &[] }
    }

    /// The positional arguments.
    #[inline]
    pub fn positionals(&self) -> &'a [PyRef] {
        &self.values[..self.values.len() - self.names.len()]
    }

    /// The keyword arguments: name (a string object) and value.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a PyRef, &'a PyRef)> + use<'a> {
        self.names
            .iter()
            .zip(&self.values[self.values.len() - self.names.len()..])
    }

    /// Whether there are no arguments at all.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The arguments without the first `n` positional ones.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline]
    pub fn skip(&self, n: usize) -> Args<'a> {
        Args {
            values: &self.values[n..],
            names: self.names,
        }
    }
}
