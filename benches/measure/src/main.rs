//! `bench-measure PROGRAM ARGUMENT…` runs a program and prints, behind what that prints, the CPU time that it used in
//! milliseconds and the most memory that it had, in MiB.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("bench-measure PROGRAM ARGUMENT…");
        return ExitCode::from(2);
    };
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
