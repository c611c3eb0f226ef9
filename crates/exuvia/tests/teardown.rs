//! The end of runtimes: their memory goes back to the system.

use exuvia::{Error, Object, Runtime, Settings};

/// Bytes of address space that this process has.
#[cfg(target_os = "linux")]
fn address_space() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("it is there on Linux");
    let pages = text.split(' ').next().and_then(|pages| pages.parse().ok());
    4096 * pages.unwrap_or(0_usize)
}

/// A runtime that has done something, with a Rust function that holds one of its objects.
#[cfg(target_os = "linux")]
fn used_runtime() -> Result<Runtime, Error> {
    let mut runtime = Runtime::new(Settings::default())?;
    runtime.run("import json\nloop = []\nloop.append(loop)", "t.py")?;
    let held: Object = runtime.eval("[1, 2, 3]")?;
    runtime.register("held", move || held.clone())?;
    runtime
        .capture(|runtime| runtime.run("print(json.dumps(held()))", "t.py"))?
        .0?;
    assert!(runtime.memory_report().heap.bytes_live > 0);
    Ok(runtime)
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_can_have_any_number_of_runtimes_one_after_the_other() -> Result<(), Error> {
    drop(used_runtime()?);
    let before = address_space();
    for _ in 0..4 {
        let mut runtime = used_runtime()?;
        let kept: Object = runtime.eval("{'kept': [len]}")?;
        drop(runtime);
        drop(kept);
    }
    let grown = address_space().saturating_sub(before);
    assert!(grown < 4 << 20, "{grown} bytes were not given back");
    Ok(())
}
