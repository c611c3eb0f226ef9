//! Asking for room before arithmetic on big integers starts, which cannot report that memory ran out.

use crate::{PyErr, PyResult, Vm};

/// What is computed without asking.
const BYTES_UNASKED: u64 = 1 << 20;

/// How many times the size of the result the arithmetic takes while it works.
const SCRATCH_FACTOR: usize = 3;

/// Refuses a computation whose result would take `bytes` if the heap's limit or the system would not allow it.
///
/// # Errors
/// `OutOfMemory`.
#[inline]
pub fn check(vm: &Vm, bytes: u64) -> PyResult<()> {
    if bytes <= BYTES_UNASKED {
        Ok(())
    } else {
        check_large(vm, bytes)
    }
}

#[cold]
fn check_large(vm: &Vm, bytes: u64) -> PyResult<()> {
    let bytes = usize::try_from(bytes).map_err(|_| PyErr::OutOfMemory)?;
    if let Some(limit) = vm.heap().limit()
        && bytes > limit.saturating_sub(vm.heap().bytes_live())
    {
        return Err(PyErr::OutOfMemory);
    }
    let scratch = bytes
        .checked_mul(SCRATCH_FACTOR)
        .ok_or(PyErr::OutOfMemory)?;
    // The reservation is given back at once: it asks the allocator whether it could.
    Vec::<u8>::new()
        .try_reserve_exact(scratch)
        .map_err(|_| PyErr::OutOfMemory)
}
