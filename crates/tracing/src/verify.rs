//! Checks the tracer's invariants, recomputed from what the heap shows; the numbers are those in the crate's
//! documentation.

use crate::{Host, Tracer};
use exuvia_heap::Heap;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which: the n of Tn in the crate's documentation.
    pub invariant: u8,
    /// Where, what was expected, and what was found.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { invariant, message } = self;
        write!(f, "tracing invariant T{invariant} is violated: {message}")
    }
}

impl std::error::Error for Violation {}

impl<H: Host> Tracer<H> {
    /// Walks all traces on the heap and checks them against what was counted. Linear in the number of pools and sites.
    ///
    /// # Errors
    /// The first violation found.
    pub fn verify(&self, heap: &Heap) -> Result<(), Violation> {
        let fail = |invariant, message| Err(Violation { invariant, message });
        let (mut blocks, mut bytes, mut bytes_scaled) = (0_usize, 0_usize, 0_usize);
        let mut stray = None;
        heap.for_each_observed(|observed| {
            if !self.has_site(observed.number) {
                stray = Some(observed);
            }
            blocks += 1;
            bytes += observed.size;
            bytes_scaled += self.mode().scaled(observed.size).1;
        });
        if let Some(observed) = stray {
            return fail(
                1,
                format!(
                    "block {:p} of {} bytes has the number {}",
                    observed.block, observed.size, observed.number
                ),
            );
        }
        for (name, found, counted) in [
            ("traces", blocks, self.blocks_traced()),
            ("bytes traced", bytes_scaled, self.bytes_traced()),
        ] {
            if found != counted {
                return fail(2, format!("{name}: {found} found, {counted} counted"));
            }
        }
        if bytes > heap.bytes_live() || blocks > heap.blocks_live() {
            return fail(
                2,
                format!(
                    "{bytes} bytes in {blocks} blocks traced, {} bytes in {} blocks live",
                    heap.bytes_live(),
                    heap.blocks_live()
                ),
            );
        }
        self.verify_chains().or_else(|message| fail(3, message))
    }
}
