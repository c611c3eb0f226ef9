//! Lines that only IPython understands: found when a cell is not Python, and explained.

/// What can be done instead of a magic command.
const INSTEAD: [(&str, &str); 9] = [
    ("time", "measure with time.perf_counter() before and after"),
    ("timeit", "call timeit.timeit()"),
    ("matplotlib", "remove the line"),
    (
        "load_ext",
        "remove the line; extensions of IPython cannot be loaded",
    ),
    ("autoreload", "remove the line"),
    ("run", "call runpy.run_path()"),
    ("who", "call dir()"),
    (
        "memit",
        "read tracemalloc.get_traced_memory(), or run with --memory-report",
    ),
    (
        "pip",
        "put the modules into a folder of PYTHONPATH; packages cannot be installed",
    ),
];

/// The error for the first line of a cell that only IPython understands, if there is one.
pub(super) fn explain(number: usize, source: &str) -> Option<String> {
    let (index, line) = source
        .lines()
        .enumerate()
        .find(|(_, line)| is_magic(line))?;
    let line = line.trim();
    let rest = line.rsplit_once("= ").map_or(line, |(_, rest)| rest);
    let word: String = rest
        .trim_start_matches(['%', '!', '?'])
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let known = INSTEAD
        .iter()
        .find(|(magic, _)| *magic == word)
        .map(|(_, instead)| *instead);
    let instead = known.unwrap_or(match rest.chars().next() {
        Some('!') => "run the command in a shell before",
        Some('%') => "remove the line, or write what it does in Python",
        _ => "call help()",
    });
    Some(format!(
        "cell {number}, line {}: {line:?} is a command of IPython, and Exuvia runs plain Python: {instead}",
        index + 1
    ))
}

/// Whether a line begins, or assigns what begins, with `%` or `!`, or asks for help with `?`.
fn is_magic(line: &str) -> bool {
    let line = line.trim();
    let begins = |text: &str| text.starts_with(['%', '!']);
    let assigned = line
        .split_once('=')
        .map_or("", |(_, value)| value.trim_start());
    begins(line) || begins(assigned) || line.starts_with('?') || line.ends_with('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_ipython_are_named_with_their_line_and_a_remedy() {
        let message = explain(3, "x = 1\n%timeit x + 1\n").unwrap();
        assert!(message.starts_with("cell 3, line 2: \"%timeit x + 1\""));
        assert!(message.ends_with("call timeit.timeit()"));
        assert!(explain(1, "%%time\nf()").unwrap().contains("perf_counter"));
        assert!(explain(1, "files = !ls").unwrap().contains("shell"));
        assert!(explain(1, "len?").unwrap().contains("help()"));
        assert_eq!(explain(1, "x = = 1"), None);
    }
}
