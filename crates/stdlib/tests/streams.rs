//! Streams, codecs, signals and the system, by programs that pass on CPython 3.14 too.

mod common;

use exuvia_vm::{PyResult, Settings, Vm};

/// Runs a program in a runtime of its own; what it raises fails the test. Ends with an audit of the counts.
fn run(name: &str, source: &str) {
    let mut vm = common::runtime(Settings::default());
    if let Err(error) = execute(&mut vm, name, source) {
        panic!("{}", common::report(&mut vm, error));
    }
    vm.run_pending();
    if let Err(mismatches) = vm.audit() {
        panic!("{name}: counts do not fit: {mismatches:?}");
    }
}

fn execute(vm: &mut Vm, name: &str, source: &str) -> PyResult<()> {
    let main = common::main_module(vm)?;
    vm.sources.add(name, source);
    common::execute(vm, &main, source, name)?;
    Ok(())
}

macro_rules! programs {
    ($($(#[$attribute:meta])* $test:ident = $file:literal;)+) => {
        $($(#[$attribute])* #[test]
        fn $test() {
            run($file, include_str!(concat!("io/", $file)));
        })+
    };
}
programs! {
    files_are_read_and_written = "files.py";
    streams_in_memory_keep_what_is_written = "memory.py";
    text_is_encoded_and_decoded = "text.py";
    codecs_are_registered_and_found = "codecs.py";
    the_system_answers = "system.py";
    signals_reach_their_handlers = "signals.py";
    sockets_talk_and_asyncio_serves = "network.py";
    other_programs_are_started_and_waited_for = "processes.py";
    event_loops_run = "events.py";
    faults_are_shown = "faults.py";
}
