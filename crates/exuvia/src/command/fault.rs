//! What is printed when a panic says that Exuvia itself is wrong: a damaged block, or any other broken invariant.

use std::panic::{self, PanicHookInfo};

/// Replaces the panic message by one for users. Panics in threads that only compile are caught there and not reported.
pub(crate) fn install_panic_report() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() == Some("python") {
            eprint!("{}", describe(info));
            if std::env::var_os("RUST_BACKTRACE").is_some() {
                default(info);
            }
        }
    }));
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info
        .location()
        .map(|place| format!(" ({}:{})", place.file(), place.line()))
        .unwrap_or_default();
    let what = match message.strip_prefix("H10: ") {
        Some(damage) => format!("Fatal error: a block of the heap is damaged\n{damage}\n"),
        None => format!("Fatal error: {message}{place}\n"),
    };
    format!(
        "{what}This is a mistake in Exuvia, not in the program; RUST_BACKTRACE=1 shows where.\n"
    )
}
