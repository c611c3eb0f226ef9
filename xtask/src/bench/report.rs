//! Markdown: tables, what was measured on what, and BENCHMARKS.md, of which each benchmark keeps its own part.

use crate::command::{self, output};
use std::fmt::Write;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// A table under construction: the first column is text, the others are numbers.
pub struct Table {
    text: String,
}

impl Table {
    /// A table with these column titles.
    pub fn new(titles: &[String]) -> Self {
        let mut text = format!("| {} |\n|---|", titles.join(" | "));
        text.push_str(&"---:|".repeat(titles.len() - 1));
        text.push('\n');
        Self { text }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// The Markdown.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A number with three digits that count, or a dash.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 99.5 => format!("{value:.0}"),
        Some(value) if value.abs() >= 9.95 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// `ours` as a multiple of `other`, with what was to be reached, and in bold where it was not.
pub fn ratio(ours: Option<f64>, other: Option<f64>, most: Option<f64>) -> String {
    let (Some(ours), Some(other)) = (ours, other) else {
        return "–".to_owned();
    };
    let ratio = ours / other;
    match most {
        None => format!("{ratio:.2}"),
        Some(most) if ratio <= most => format!("{ratio:.2} (≤ {most})"),
        Some(most) => format!("**{ratio:.2}** (≤ {most})"),
    }
}

/// When and on what was measured, and with which versions.
pub fn circumstances(python: Option<&str>, versions: &[String]) -> String {
    let mut lines = vec![format!("Measured on {} on {}.", today(), machine())];
    let rustc = output(Command::new("rustc").arg("--version"));
    let mut with = vec![rustc.unwrap_or_else(|_| "rustc".to_owned())];
    if let Some(python) = python {
        let mut command = Command::new(python);
        command.args(["-c", "import sys; print(sys.version.split(' (')[0])"]);
        with.push(format!(
            "CPython {}",
            output(&mut command).unwrap_or_default()
        ));
    }
    with.extend(versions.iter().cloned());
    lines.push(format!("With {}.", with.join(", ")));
    lines.join(" ")
}

/// The processor, its cores and the memory.
fn machine() -> String {
    let read = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split(':').nth(1))
            .map(|value| value.trim().to_owned())
    };
    let processor =
        read("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kib = read("/proc/meminfo", "MemTotal")
        .and_then(|size| size.trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0);
    format!(
        "{processor}, {cores} cores, {} GiB, {}",
        kib >> 20,
        std::env::consts::OS
    )
}

/// The date, from the days since 1970 (the civil calendar repeats every 400 years of 146,097 days).
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let (year, month, day) = civil_date(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the odd day is the last.
    let days = days_since_1970 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Replaces one part of BENCHMARKS.md.
///
/// # Errors
/// The file cannot be read or written, or has no such part.
pub fn write(part: &str, text: &str) -> Result<(), String> {
    let path = command::root().join("BENCHMARKS.md");
    let old = std::fs::read_to_string(&path).map_err(|error| format!("BENCHMARKS.md: {error}"))?;
    let (begin, end) = (
        format!("<!-- {part}: begin -->\n"),
        format!("<!-- {part}: end -->"),
    );
    let (before, rest) = old
        .split_once(&begin)
        .ok_or("BENCHMARKS.md has lost its marks")?;
    let (_, after) = rest
        .split_once(&end)
        .ok_or("BENCHMARKS.md has lost its marks")?;
    let new = format!("{before}{begin}\n{text}\n{end}{after}");
    std::fs::write(&path, new).map_err(|error| format!("BENCHMARKS.md: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(59), (1970, 3, 1));
        assert_eq!(civil_date(11_016), (2000, 2, 29));
        assert_eq!(civil_date(20_778), (2026, 11, 21));
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(number(Some(1.234)), "1.23");
        assert_eq!(number(Some(12.34)), "12.3");
        assert_eq!(number(Some(1234.4)), "1234");
        assert_eq!(number(None), "–");
    }
}
