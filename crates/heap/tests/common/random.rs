//! Bytes that look random, for the bodies of fuzz targets where there is no fuzzer.
#![allow(clippy::print_stdout, reason = "what was done, for `--nocapture`")]

use std::time::{Duration, Instant};

/// How many inputs there are if nobody asks for more.
const INPUTS: u64 = 20;

/// Calls `body` with inputs of up to `len` bytes; with many if `EXUVIA_STRESS_SECONDS` gives the time for it.
///
/// Input number n is the same in every run. When `body` panics, the number is printed, and `EXUVIA_STRESS_FROM` set to it
/// begins there.
pub fn for_random_bytes(len: usize, mut body: impl FnMut(&[u8])) {
    let setting = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let time = setting("EXUVIA_STRESS_SECONDS").map(Duration::from_secs);
    let first = setting("EXUVIA_STRESS_FROM").unwrap_or(1);
    let start = Instant::now();
    let mut number: u64 = first;
    while time.map_or(number < first + INPUTS, |time| start.elapsed() < time) {
        let _report = Report(number);
        body(&bytes(number, len));
        number += 1;
    }
    println!("{} inputs", number - first);
}

/// Says which input it was that a panic passes by.
struct Report(u64);

impl Drop for Report {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("it was input number {0}: EXUVIA_STRESS_FROM={0}", self.0);
        }
    }
}

/// The bytes of one input (xorshift; the number is spread over the seed first).
fn bytes(number: u64, len: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let len = next() as usize % len;
    (0..len).map(|_| (next() >> 32) as u8).collect()
}
