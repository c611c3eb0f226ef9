//! `bench-measure PROGRAM ARGUMENT…` runs a program and prints, behind what that prints, the CPU time that it used in
//! milliseconds and the most memory that it had, in MiB. `bench-measure --settle` prepares the machine for a measurement.

use std::process::{Command, ExitCode};

/// As much memory as the largest of the programs measured takes.
const SETTLED: usize = 1 << 30;

/// Touches as much memory as will be measured, and gives it back.
///
/// On a virtual machine, the first touch of memory that its host has not given it yet takes many times as long as clearing
/// that memory; who comes first would pay for all.
fn settle() {
    // SAFETY: a new mapping, every page of which is written once before it is given back. Where the advice or the
    // mapping is refused, the measurement tells.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let base = libc::mmap(std::ptr::null_mut(), SETTLED, protection, flags, -1, 0);
        if base == libc::MAP_FAILED {
            return;
        }
        #[cfg(target_os = "linux")]
        libc::madvise(base, SETTLED, libc::MADV_HUGEPAGE);
        for offset in (0..SETTLED).step_by(4096) {
            base.cast::<u8>().add(offset).write_volatile(1);
        }
        libc::munmap(base, SETTLED);
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("bench-measure PROGRAM ARGUMENT… | bench-measure --settle");
        return ExitCode::from(2);
    };
    if program == "--settle" {
        settle();
        return ExitCode::SUCCESS;
    }
    match Command::new(&program).args(arguments).status() {
        Ok(status) if status.success() => {}
        Ok(status) => {
            eprintln!("{}: {status}", program.display());
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            return ExitCode::FAILURE;
        }
    }
    // SAFETY: zeros are a value of the structure, which the call then fills in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    let milliseconds = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    println!(
        "cpu_ms {}",
        milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)
    );
    println!("peak_mib {}", usage.ru_maxrss as f64 / 1024.0);
    ExitCode::SUCCESS
}
