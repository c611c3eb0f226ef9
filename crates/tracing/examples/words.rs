//! Which of two functions keeps more memory? Run with `cargo run -p exuvia-tracing --example words`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use exuvia_heap::{Config, Heap, HeapVec, OutOfMemory};
use exuvia_tracing::{Mode, Place, Static, Tracer};

/// The functions of this program, by the keys that its frames give.
const NAMES: [&str; 3] = ["main", "split", "squeeze"];

/// Runs `body` as a frame of the function with this key.
fn call<R>(tracer: &Tracer<Static>, code: usize, line: u32, body: impl FnOnce() -> R) -> R {
    tracer.enter(Place {
        code,
        position: line,
    });
    let result = body();
    tracer.leave();
    result
}

fn main() -> Result<(), OutOfMemory> {
    let heap = Heap::new(Config::default());
    let tracer = Tracer::start(&heap, Static, 25, Mode::Exact);
    let text = "a trace is a number beside the block and not an entry in a table";

    tracer.enter(Place {
        code: 0,
        position: line!(),
    });
    let words = call(&tracer, 1, line!(), || {
        let mut words = Vec::new();
        for word in text.split(' ') {
            words.push(HeapVec::from_slice(&heap, word.as_bytes())?);
        }
        Ok::<_, OutOfMemory>(words)
    })?;
    let squeezed = call(&tracer, 2, line!(), || {
        HeapVec::from_slice(&heap, text.replace(' ', "").as_bytes())
    })?;

    for site in tracer.usage(&heap) {
        let places = tracer.places(site.site);
        let chain: Vec<String> = places
            .iter()
            .rev()
            .map(|place| format!("{} (line {})", NAMES[place.code], place.position))
            .collect();
        println!(
            "{:4} bytes in {:2} blocks from {}",
            site.bytes,
            site.blocks,
            chain.join(" > ")
        );
    }
    drop((words, squeezed));
    println!(
        "{} bytes live, {} at most",
        tracer.bytes_traced(),
        tracer.bytes_traced_peak()
    );
    Ok(())
}
