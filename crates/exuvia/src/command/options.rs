//! The command line: which words are the command's own options, which program is to run, and what follows it.

use super::environment::Environment;
use clap::{ArgAction, CommandFactory, Parser};
use exuvia::{CollectorMode, Flags, Settings};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const USAGE: &str = "exuvia [OPTIONS] [FILE | -c CODE | -m MODULE | -] [ARGUMENTS]...";

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (Python 3.14)");

const AFTER_HELP: &str = "\
What FILE can be:
  program.py       a Python program
  notebook.ipynb   a notebook: its cells run in order and show their results; it stops at the first error
  folder           a folder with a file __main__.py in it
  -                standard input; also what a pipe into the command is
  (nothing)        a prompt, if standard input is a terminal

Environment variables (ignored with -E and -I):
  PYTHONPATH, PYTHONSTARTUP, PYTHONINSPECT, PYTHONUNBUFFERED, PYTHONOPTIMIZE, PYTHONWARNINGS, PYTHONHASHSEED,
  PYTHONSAFEPATH, PYTHONNOUSERSITE, PYTHONTRACEMALLOC, PYTHON_HISTORY as in CPython; PYTHONMALLOC=debug puts fences
  around every block and checks them; PYTHONMALLOCSTATS writes what the heap holds at exit

Exit status: that of the program; 1 after an exception that nobody handled, 2 for a wrong command line or a file that
cannot be read.

Examples:
  exuvia program.py input.txt                        run a program with an argument
  exuvia --memory-limit 64M program.py               past 64 MiB it gets a MemoryError that it can handle
  exuvia --memory-report program.py                  tell at exit who held the memory and what the collector did
  exuvia --memory-report=json -c 'x = [[]]'          the same for programs
  exuvia --output done.ipynb work.ipynb              run a notebook and keep its outputs
  exuvia -X tracemalloc=10 -m package.module         remember where memory was allocated, ten calls deep";

const RUN: &str = "What to run";
const MEMORY: &str = "Memory";
const PYTHON: &str = "As in CPython";

/// Runs Python with a memory manager that can be bounded and questioned.
#[derive(Parser, Debug)]
#[command(name = "exuvia", version = VERSION, about, override_usage = USAGE, after_help = AFTER_HELP,
          args_override_self = true, disable_version_flag = true, max_term_width = 110)]
struct Options {
    /// Run this program text; what follows belongs to the program
    #[arg(short = 'c', value_name = "CODE", allow_hyphen_values = true, help_heading = RUN)]
    code: Option<String>,

    /// Run a module of the library or of the current folder as a program; what follows belongs to it
    #[arg(short = 'm', value_name = "MODULE", allow_hyphen_values = true, help_heading = RUN)]
    module: Option<String>,

    /// Write the notebook with its outputs to this file (nbformat 4.5)
    #[arg(long, value_name = "FILE", help_heading = RUN)]
    output: Option<PathBuf>,

    /// The most memory that the heap may take from the system: bytes, or a number with K, M or G
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = MEMORY)]
    memory_limit: Option<usize>,

    /// Report on memory at exit, on standard error; allocations are traced for it, as by -X tracemalloc
    #[arg(long, value_name = "FORMAT", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "text", help_heading = MEMORY)]
    memory_report: Option<ReportFormat>,

    /// tracemalloc[=N]: trace allocations, N calls deep; gc=slices|synchronous: how the oldest generation is collected;
    /// others are kept in sys._xoptions
    #[arg(short = 'X', value_name = "OPTION", allow_hyphen_values = true, help_heading = MEMORY)]
    x: Vec<String>,

    /// Go on with a prompt when the program has ended
    #[arg(short = 'i', action = ArgAction::Count, help_heading = PYTHON)]
    inspect: u8,

    /// Do not greet at the prompt
    #[arg(short = 'q', help_heading = PYTHON)]
    quiet: bool,

    /// Do not buffer what is written to standard output and standard error
    #[arg(short = 'u', help_heading = PYTHON)]
    unbuffered: bool,

    /// Leave out assert statements; -OO leaves out docstrings too (the packed library keeps its own)
    #[arg(short = 'O', action = ArgAction::Count, help_heading = PYTHON)]
    optimize: u8,

    /// Filter warnings: action:message:category:module:line
    #[arg(short = 'W', value_name = "FILTER", allow_hyphen_values = true, help_heading = PYTHON)]
    warnings: Vec<String>,

    /// Do not write bytecode files (none are ever written)
    #[arg(short = 'B', help_heading = PYTHON)]
    _no_bytecode: bool,

    /// Ignore the environment variables that begin with PYTHON
    #[arg(short = 'E', help_heading = PYTHON)]
    ignore_environment: bool,

    /// Isolate: -E, -s and -P together
    #[arg(short = 'I', help_heading = PYTHON)]
    isolated: bool,

    /// Do not look for modules in the program's folder
    #[arg(short = 'P', help_heading = PYTHON)]
    safe_path: bool,

    /// Do not look for modules in the user's own folder (it is never looked at)
    #[arg(short = 's', help_heading = PYTHON)]
    no_user_site: bool,

    /// Leave out exit, quit and help
    #[arg(short = 'S', help_heading = PYTHON)]
    no_site: bool,

    /// Print the version
    #[arg(short = 'V', long = "version", action = ArgAction::Version)]
    _version: Option<bool>,
}

/// How the memory report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    /// A table to be read
    Text,
    /// JSON, described in the crate's README
    Json,
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Text given with `-c`.
    Code(String),
    /// A module given with `-m`.
    Module(String),
    /// A Python file.
    File(String),
    /// A folder with a `__main__.py`.
    Folder(String),
    /// A notebook.
    Notebook(String),
    /// Standard input, to its end; or a prompt, if it is a terminal or `-i` is given.
    Input,
}

/// The command line and the environment, understood.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) program: Program,
    pub(crate) settings: Settings,
    pub(crate) output: Option<PathBuf>,
    pub(crate) report: Option<ReportFormat>,
    /// `PYTHONMALLOCSTATS`
    pub(crate) reports_heap: bool,
    /// `PYTHONSTARTUP`
    pub(crate) startup: Option<PathBuf>,
    /// Where the prompt's history is kept.
    pub(crate) history: Option<PathBuf>,
}

/// Understands the command line; ends the process for `--help`, `--version` and what clap itself finds wrong.
///
/// # Errors
/// What is wrong with it, to be printed.
pub(crate) fn understand(arguments: Vec<OsString>) -> Result<Invocation, String> {
    let end = end_of_options(&arguments);
    let options = Options::parse_from(&arguments[..end]);
    let all = as_text(&arguments)?;
    let reads_environment = !options.ignore_environment && !options.isolated;
    let environment = if reads_environment {
        Environment::read()?
    } else {
        Environment::default()
    };
    let (program, argv) = program_of(&options, all[end..].to_vec());
    if options.output.is_some() && !matches!(program, Program::Notebook(_)) {
        return Err("--output is for notebooks: name a file that ends in .ipynb".to_owned());
    }
    let flags = flags_of(&options, &environment);
    let xoptions: Vec<_> = options.x.iter().map(|text| xoption(text)).collect();
    let mut heap = exuvia::HeapConfig::default();
    heap.zeal.poison = environment.malloc_debug;
    heap.zeal.fences = environment.malloc_debug;
    let settings = Settings {
        memory_limit: options.memory_limit,
        heap,
        argv,
        path: search_path(&program, &flags, &environment),
        // A report tells which lines allocated what lives, so they are traced.
        tracemalloc: tracemalloc(&xoptions, &environment)?.or(options.memory_report.map(|_| 1)),
        warnoptions: [environment.warnings.clone(), options.warnings.clone()].concat(),
        hash_seed: Some(environment.hash_seed.unwrap_or_else(random_seed)),
        collector: collector_mode(&xoptions)?,
        flags: Flags {
            hash_randomization: environment.hash_seed.is_none(),
            ..flags
        },
        orig_argv: all,
        xoptions,
        install_signal_handlers: true,
        io_encoding: environment.io_encoding.clone(),
        ..Settings::default()
    };
    Ok(Invocation {
        program,
        settings,
        output: options.output,
        report: options.memory_report,
        reports_heap: environment.malloc_stats,
        startup: environment.startup.clone(),
        history: super::prompt::history_file(environment.history.as_deref()),
    })
}

/// Where the command's own words end: behind `-c CODE` and `-m MODULE`, at the first word that is not an option, and
/// behind `--`. What follows belongs to the program, whatever it looks like.
fn end_of_options(arguments: &[OsString]) -> usize {
    let command = Options::command();
    let takes_value = |name: &dyn Fn(&clap::Arg) -> bool| {
        let found = command.get_arguments().find(|argument| name(argument));
        found.is_some_and(|argument| {
            argument.get_action().takes_values() && !argument.is_require_equals_set()
        })
    };
    let mut index = 1;
    while let Some(word) = arguments.get(index) {
        let word = word.to_string_lossy();
        if word == "--" {
            return index;
        }
        if let Some(long) = word.strip_prefix("--") {
            let takes = !long.contains('=') && takes_value(&|one| one.get_long() == Some(long));
            index += 1 + usize::from(takes);
            continue;
        }
        let Some(cluster) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            return index;
        };
        index += 1;
        let valued = cluster
            .char_indices()
            .find(|(_, short)| takes_value(&|one| one.get_short() == Some(*short)));
        if let Some((at, short)) = valued {
            index += usize::from(at + short.len_utf8() == cluster.len());
            if matches!(short, 'c' | 'm') {
                break;
            }
        }
    }
    index.min(arguments.len())
}

fn as_text(arguments: &[OsString]) -> Result<Vec<String>, String> {
    let text = |argument: &OsString| argument.to_str().map(str::to_owned);
    let all: Option<Vec<_>> = arguments.iter().map(text).collect();
    all.ok_or_else(|| {
        let bad = arguments
            .iter()
            .find(|argument| argument.to_str().is_none());
        format!("the argument {bad:?} is not UTF-8; rename the file, or pass it on standard input")
    })
}

/// What is to run, and its `sys.argv`.
fn program_of(options: &Options, mut rest: Vec<String>) -> (Program, Vec<String>) {
    if let Some(code) = &options.code {
        rest.insert(0, "-c".to_owned());
        return (Program::Code(code.clone()), rest);
    }
    if let Some(module) = &options.module {
        rest.insert(0, "-m".to_owned());
        return (Program::Module(module.clone()), rest);
    }
    if rest.first().is_some_and(|first| first == "--") {
        rest.remove(0);
    }
    let Some(file) = rest.first().cloned() else {
        return (Program::Input, vec![String::new()]);
    };
    let program = if file == "-" {
        Program::Input
    } else if Path::new(&file).is_dir() {
        Program::Folder(file)
    } else if Path::new(&file)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("ipynb"))
    {
        Program::Notebook(file)
    } else {
        Program::File(file)
    };
    (program, rest)
}

fn flags_of(options: &Options, environment: &Environment) -> Flags {
    let isolated = options.isolated;
    Flags {
        inspect: options.inspect > 0 || environment.inspect,
        optimize: options.optimize.max(environment.optimize).min(2),
        no_user_site: options.no_user_site || isolated || environment.no_user_site,
        no_site: options.no_site,
        ignore_environment: options.ignore_environment || isolated,
        quiet: options.quiet,
        isolated,
        safe_path: options.safe_path || isolated || environment.safe_path,
        unbuffered: options.unbuffered || environment.unbuffered,
        ..Flags::default()
    }
}

/// `name` or `name=value`, as `sys._xoptions` has it.
fn xoption(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.to_owned(), None),
    }
}

fn find<'a>(xoptions: &'a [(String, Option<String>)], name: &str) -> Option<&'a Option<String>> {
    let mut found = xoptions.iter().rev().filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value)
}

fn tracemalloc(
    xoptions: &[(String, Option<String>)],
    environment: &Environment,
) -> Result<Option<u16>, String> {
    let (text, origin) = match find(xoptions, "tracemalloc") {
        Some(value) => (value.as_deref().unwrap_or("1"), "-X tracemalloc=N"),
        None => match &environment.tracemalloc {
            Some(text) => (text.as_str(), "PYTHONTRACEMALLOC"),
            None => return Ok(None),
        },
    };
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(frames) => Ok(Some(frames)),
        Err(_) => Err(format!(
            "{origin}: {text:?} is not a number of frames; use 1 to {}",
            u16::MAX
        )),
    }
}

fn collector_mode(xoptions: &[(String, Option<String>)]) -> Result<CollectorMode, String> {
    match find(xoptions, "gc").map(Option::as_deref) {
        None | Some(Some("slices")) => Ok(CollectorMode::Sliced),
        Some(Some("synchronous")) => Ok(CollectorMode::Synchronous),
        Some(_) => Err("-X gc=MODE: the modes are slices and synchronous".to_owned()),
    }
}

/// What goes in front of `sys.path`: the program's folder, and the folders of `PYTHONPATH`.
fn search_path(program: &Program, flags: &Flags, environment: &Environment) -> Vec<String> {
    let current = || std::env::current_dir().map_or_else(|_| String::new(), |path| shown(&path));
    let first = match program {
        Program::Folder(folder) => Some(folder.clone()),
        _ if flags.safe_path => None,
        Program::Code(_) | Program::Input => Some(String::new()),
        Program::Module(_) => Some(current()),
        Program::File(file) | Program::Notebook(file) => {
            let folder = std::fs::canonicalize(file).ok();
            Some(
                folder
                    .and_then(|path| path.parent().map(shown))
                    .unwrap_or_else(current),
            )
        }
    };
    first
        .into_iter()
        .chain(environment.path.iter().cloned())
        .collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A seed of which the program knows nothing.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

/// A number of bytes with an optional unit: `64M`, `1G`, `1.5GiB`, `1048576`.
fn parse_size(text: &str) -> Result<usize, String> {
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => {
            return Err(
                "a size is a number of bytes, or one with K, M or G, such as 64M".to_owned(),
            );
        }
    };
    let number: f64 = digits.parse().map_err(|_| {
        "a size is a number of bytes, or one with K, M or G, such as 64M".to_owned()
    })?;
    let bytes = number * factor;
    // 2⁴⁸ bytes are all that a process can address.
    if bytes >= 2f64.powi(48) {
        return Err(
            "that is more than a process can have; leave the limit out for none".to_owned(),
        );
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(words: &[&str]) -> usize {
        let words: Vec<OsString> = ["exuvia"].iter().chain(words).map(OsString::from).collect();
        end_of_options(&words) - 1
    }

    #[test]
    fn what_follows_the_program_belongs_to_it() {
        assert_eq!(end(&["-q", "file.py", "-x"]), 1);
        assert_eq!(end(&["-c", "-1", "-x"]), 2);
        assert_eq!(end(&["-ic1", "-x"]), 1);
        assert_eq!(end(&["-Bm", "mod", "-x"]), 2);
        assert_eq!(end(&["-X", "gc=slices", "-Wonce", "-", "a"]), 3);
        assert_eq!(
            end(&["--memory-limit", "1M", "--memory-report", "f.py", "b"]),
            3
        );
        assert_eq!(end(&["-i", "--", "-odd.py"]), 1);
        assert_eq!(end(&["-c"]), 1);
    }

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("1048576"), Ok(1 << 20));
        assert_eq!(parse_size("64M"), Ok(64 << 20));
        assert_eq!(parse_size("1.5GiB"), Ok(3 << 29));
        assert!(parse_size("many").is_err());
        assert!(parse_size("").is_err());
        assert!(parse_size("99999999G").is_err());
    }

    #[test]
    fn modes_of_the_collector_are_checked() {
        let options = [("gc".to_owned(), Some("synchronous".to_owned()))];
        assert_eq!(collector_mode(&options), Ok(CollectorMode::Synchronous));
        assert!(collector_mode(&[("gc".to_owned(), None)]).is_err());
    }
}
