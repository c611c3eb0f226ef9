//! The memory report: what the heap and the collector did, as text or JSON.

use crate::Runtime;
use serde_json::{Value, json};

/// The report of a runtime's memory, as JSON: sizes in bytes, pauses in nanoseconds.
pub fn to_json(runtime: &mut Runtime) -> Value {
    let vm = runtime.vm();
    let (pause_max, pause_total) = vm.memory.collector.pauses();
    let generations: Vec<Value> = vm
        .memory
        .collector
        .statistics()
        .iter()
        .map(|one| json!({"collections": one.collections, "collected": one.collected, "uncollectable": one.uncollectable}))
        .collect();
    json!({
        "bytes_live": vm.heap().bytes_live(),
        "blocks_live": vm.heap().blocks_live(),
        "objects_tracked": vm.heap().tracked_live(),
        "collector": {
            "generations": generations,
            "pause_max_ns": u64::try_from(pause_max.as_nanos()).unwrap_or(u64::MAX),
            "pause_total_ns": u64::try_from(pause_total.as_nanos()).unwrap_or(u64::MAX),
            "freed_only_by_collector": vm.memory.collected_total,
        },
    })
}

/// The report of a runtime's memory, to be read.
pub fn to_text(runtime: &mut Runtime) -> String {
    let report = to_json(runtime);
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let collector = &report["collector"];
    let mut text = String::from("memory report\n");
    text.push_str(&format!(
        "  live             {:>14} bytes in {} blocks\n",
        number(&report["bytes_live"]),
        number(&report["blocks_live"])
    ));
    text.push_str(&format!(
        "  tracked objects  {:>14}\n",
        number(&report["objects_tracked"])
    ));
    for (generation, statistics) in collector["generations"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        text.push_str(&format!(
            "  generation {generation}     {:>14} collections freed {} objects\n",
            number(&statistics["collections"]),
            number(&statistics["collected"])
        ));
    }
    let micros = |value: &Value| number(value) as f64 / 1000.0;
    text.push_str(&format!(
        "  pauses           {:>14.1} µs the longest, {:.1} µs together\n",
        micros(&collector["pause_max_ns"]),
        micros(&collector["pause_total_ns"])
    ));
    text.push_str(&format!(
        "  cycles           {:>14} objects that only the collector could free\n",
        number(&collector["freed_only_by_collector"])
    ));
    text
}
