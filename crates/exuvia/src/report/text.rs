//! The memory report as a table for people.

use super::MemoryReport;
use exuvia_collector::Mode;
use exuvia_heap::Kind;
use std::fmt;
use std::time::Duration;

/// How many types and lines are shown.
const TYPES_SHOWN: usize = 10;

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "memory report")?;
        self.totals(f)?;
        self.pools(f)?;
        self.collections(f)?;
        self.garbage(f)?;
        self.usage_by_type(f)?;
        self.usage_by_line(f)
    }
}

impl MemoryReport {
    fn totals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heap = &self.heap;
        writeln!(f, "  {:<28}{:>14}{:>14}", "", "now", "peak")?;
        let mut row = |name: &str, now: usize, peak: usize, note: &str| {
            writeln!(f, "  {name:<28}{:>14}{:>14}{note}", size(now), size(peak))
        };
        let blocks = format!("  in {} blocks", grouped(heap.blocks_live));
        row("asked for", heap.bytes_live, heap.bytes_live_peak, &blocks)?;
        let limit = self
            .limit
            .map_or_else(String::new, |limit| format!("  limit {}", size(limit)));
        row(
            "taken from the system",
            heap.bytes_committed,
            heap.bytes_committed_peak,
            &limit,
        )?;
        if let Some(others) = self.third_party {
            row(
                "outside of the heap",
                others.bytes_live,
                others.bytes_peak,
                "",
            )?;
        }
        let mut lost = |name: &str, bytes: usize, note: &str| {
            writeln!(f, "  {name:<28}{:>14}{:>14}  {note}", size(bytes), "")
        };
        lost(
            "lost to rounding",
            self.bytes_lost_to_rounding(),
            "blocks are larger than what was asked for",
        )?;
        lost(
            "lost to fragmentation",
            self.bytes_lost_to_fragmentation(),
            "room that no block uses",
        )
    }

    fn pools(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heap = &self.heap;
        writeln!(
            f,
            "heap: arenas {}, huge blocks {}, pools in use {}, free {}, without memory {}",
            heap.arenas, heap.huge_blocks, heap.pools_used, heap.pools_free, heap.pools_clean
        )?;
        let [kind, blocks, bytes, ever] = ["", "blocks", "bytes", "allocated in sum"];
        writeln!(f, "  {kind:<28}{blocks:>14}{bytes:>14}{ever:>20}")?;
        for (kind, of_kind) in Kind::ALL.iter().zip(&heap.kinds) {
            let name = name_of_kind(*kind);
            let blocks = grouped(of_kind.blocks_live);
            let (bytes, ever) = (size(of_kind.bytes_live), size(of_kind.bytes_allocated));
            writeln!(f, "  {name:<28}{blocks:>14}{bytes:>14}{ever:>20}")?;
        }
        Ok(())
    }

    fn collections(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Sliced => "the oldest generation in slices",
            Mode::Synchronous => "every generation in one go",
        };
        writeln!(f, "collector: {mode}")?;
        let titles = ["collections", "freed", "longest pause", "all pauses"];
        let [collections, freed, longest, all] = titles;
        writeln!(
            f,
            "  {:<28}{collections:>14}{freed:>14}{longest:>16}{all:>14}",
            ""
        )?;
        for (index, one) in self.generations.iter().enumerate() {
            let name = format!("generation {index}");
            let (collections, freed) = (grouped(one.collections), grouped(one.collected));
            let (longest, all) = (time(one.pause_max), time(one.pause_total));
            writeln!(
                f,
                "  {name:<28}{collections:>14}{freed:>14}{longest:>16}{all:>14}"
            )?;
        }
        Ok(())
    }

    fn garbage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cycles = &self.cycles;
        writeln!(
            f,
            "cycles: {} objects that only the collector could free, {} of them found at exit",
            grouped(cycles.objects),
            grouped(cycles.found_at_report)
        )?;
        let types = cycles.types.as_deref().unwrap_or_default();
        for (name, objects) in types.iter().take(TYPES_SHOWN) {
            writeln!(f, "  {name:<28}{:>14}", grouped(*objects))?;
        }
        if types.len() > TYPES_SHOWN {
            writeln!(f, "  and {} other types", types.len() - TYPES_SHOWN)?;
        }
        Ok(())
    }
}

impl MemoryReport {
    fn usage_by_type(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "by type{:>37}{:>14}", "objects", "bytes")?;
        for one in self.types.iter().take(TYPES_SHOWN) {
            let (objects, bytes) = (grouped(one.objects), size(one.bytes));
            writeln!(f, "  {:<28}{objects:>14}{bytes:>14}", one.name)?;
        }
        let rest = self.types.get(TYPES_SHOWN..).unwrap_or_default();
        if !rest.is_empty() {
            let name = format!("{} other types", rest.len());
            let objects = grouped(rest.iter().map(|one| one.objects).sum());
            let bytes = size(rest.iter().map(|one| one.bytes).sum());
            writeln!(f, "  {name:<28}{objects:>14}{bytes:>14}")?;
        }
        Ok(())
    }

    fn usage_by_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(lines) = &self.lines else {
            return writeln!(f, "by line: allocations were not traced");
        };
        writeln!(f, "by line{:>37}{:>14}", "blocks", "bytes")?;
        for one in lines.iter().take(TYPES_SHOWN) {
            let place = match one.line {
                0 => one.filename.clone(),
                line => format!("{}:{line}", one.filename),
            };
            let (blocks, bytes) = (grouped(one.blocks), size(one.bytes));
            writeln!(f, "  {place:<28}{blocks:>14}{bytes:>14}")?;
        }
        Ok(())
    }
}

/// What the blocks of a kind hold.
pub(super) fn name_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Tracked => "tracked objects",
        Kind::Untracked => "other objects",
        Kind::Buffer => "buffers",
    }
}

/// A number with commas.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the unit that fits.
pub(super) fn size(bytes: usize) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} B"),
    }
}

fn time(time: Duration) -> String {
    let micros = time.as_nanos() as f64 / 1000.0;
    if micros >= 10_000.0 {
        format!("{:.1} ms", micros / 1000.0)
    } else {
        format!("{micros:.1} µs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(3 << 19), "1.5 MiB");
        assert_eq!(time(Duration::from_micros(12_345)), "12.3 ms");
    }
}
