//! The memory report as JSON. The README describes it; what is there keeps its name and meaning.

use super::{LineUsage, MemoryReport};
use exuvia_collector::{GenerationStatistics, Mode};
use exuvia_heap::Kind;
use serde_json::{Value, json};
use std::time::Duration;

/// Raised when a field changes its meaning or goes; new fields do not change it.
const VERSION: u32 = 1;

impl MemoryReport {
    /// The report as JSON: sizes in bytes, times in nanoseconds.
    pub fn to_json(&self) -> Value {
        let heap = &self.heap;
        let mut report = json!({
            "version": VERSION,
            "bytes_live": heap.bytes_live,
            "bytes_live_peak": heap.bytes_live_peak,
            "blocks_live": heap.blocks_live,
            "bytes_from_system": heap.bytes_committed,
            "bytes_from_system_peak": heap.bytes_committed_peak,
            "bytes_limit": self.limit,
            "bytes_lost_to_rounding": self.bytes_lost_to_rounding(),
            "bytes_lost_to_fragmentation": self.bytes_lost_to_fragmentation(),
            "heap": {
                "arenas": heap.arenas,
                "huge_blocks": heap.huge_blocks,
                "pools_used": heap.pools_used,
                "pools_free": heap.pools_free,
                "pools_without_memory": heap.pools_clean,
                "kinds": self.kinds(),
            },
            "collector": {
                "mode": match self.mode { Mode::Sliced => "slices", Mode::Synchronous => "synchronous" },
                "generations": self.generations.iter().map(generation).collect::<Vec<_>>(),
            },
            "cycles": {
                "objects": self.cycles.objects,
                "found_at_report": self.cycles.found_at_report,
                "types": self.cycles.types.as_ref().map(|types| {
                    types
                        .iter()
                        .map(|(name, objects)| json!({"type": name, "objects": objects}))
                        .collect::<Vec<_>>()
                }),
            },
            "types": self.types.iter().map(|one| {
                json!({"type": one.name, "objects": one.objects, "bytes": one.bytes})
            }).collect::<Vec<_>>(),
            "lines": self.lines.as_ref().map(|lines| lines.iter().map(line).collect::<Vec<_>>()),
        });
        if let Some(others) = self.third_party {
            report["third_party"] =
                json!({"bytes_live": others.bytes_live, "bytes_peak": others.bytes_peak});
        }
        report
    }

    fn kinds(&self) -> Value {
        let kinds = Kind::ALL
            .iter()
            .zip(&self.heap.kinds)
            .map(|(kind, of_kind)| {
                let row = json!({
                    "blocks_live": of_kind.blocks_live,
                    "bytes_live": of_kind.bytes_live,
                    "bytes_in_blocks": of_kind.bytes_in_blocks,
                    "blocks_allocated": of_kind.blocks_allocated,
                    "bytes_allocated": of_kind.bytes_allocated,
                    "pools": of_kind.pools,
                });
                (super::text::name_of_kind(*kind).to_owned(), row)
            });
        Value::Object(kinds.collect())
    }
}

fn generation(statistics: &GenerationStatistics) -> Value {
    json!({
        "collections": statistics.collections,
        "collected": statistics.collected,
        "uncollectable": statistics.uncollectable,
        "pause_max_ns": nanoseconds(statistics.pause_max),
        "pause_total_ns": nanoseconds(statistics.pause_total),
    })
}

fn line(usage: &LineUsage) -> Value {
    json!({
        "file": usage.filename,
        "line": usage.line,
        "blocks": usage.blocks,
        "bytes": usage.bytes,
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
