//! `cargo xtask record`: runs the scripts of the corpus in a reference interpreter and writes what they print beside them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const CORPUS: &str = "crates/exuvia/tests/scripts";

/// Records the scripts whose names contain one of the words given, or all.
///
/// # Errors
/// What went wrong, to be shown.
pub fn run(options: &[&str]) -> Result<(), String> {
    let (interpreter, names) = match options {
        ["--python", interpreter, names @ ..] => ((*interpreter).to_owned(), names),
        names => (
            std::env::var("PYTHON").unwrap_or_else(|_| "python3.14".to_owned()),
            names,
        ),
    };
    let count = record(&interpreter, names)?;
    eprintln!("{count} scripts recorded");
    Ok(())
}

/// Runs the test that checks the table of sizes, and lets it write the table.
///
/// # Errors
/// That it failed.
pub fn sizes() -> Result<(), String> {
    let status = Command::new("cargo")
        .args(["test", "--package", "exuvia", "--test", "sizes"])
        .env("EXUVIA_WRITE_SIZES", "1")
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err("the test of sizes failed".to_owned()),
    }
}

fn record(interpreter: &str, names: &[&str]) -> Result<usize, String> {
    let mut count = 0;
    for topic in folder(Path::new(CORPUS))? {
        if !topic.is_dir() {
            continue;
        }
        for script in folder(&topic)? {
            let name = script.strip_prefix(CORPUS).unwrap_or(&script).to_owned();
            let is_wanted = names.is_empty()
                || names
                    .iter()
                    .any(|part| name.to_string_lossy().contains(part));
            // Modules that scripts import begin with an underscore.
            let is_module = script
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('_'));
            if script.extension() == Some(OsStr::new("py")) && !is_module && is_wanted {
                record_one(interpreter, &name, &script)?;
                count += 1;
            }
        }
    }
    Ok(count)
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, String> {
    let entries =
        std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    Ok(paths)
}

/// Runs one script from the corpus's folder, so that tracebacks name it as the test does.
fn record_one(interpreter: &str, name: &Path, script: &Path) -> Result<(), String> {
    let output = Command::new(interpreter)
        .args(["-W", "ignore", "-X", "utf8"])
        .arg(name)
        .current_dir(CORPUS)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONHASHSEED", "0")
        .env("PYTHON_COLORS", "0")
        .output()
        .map_err(|error| format!("{interpreter}: {error}"))?;
    let error = String::from_utf8_lossy(&output.stderr).replace(&root()?, "");
    let status = output
        .status
        .code()
        .ok_or_else(|| format!("{}: the interpreter crashed", name.display()))?;
    write(&script.with_extension("out"), &output.stdout, true)?;
    write(&script.with_extension("err"), error.as_bytes(), false)?;
    let status = if status == 0 {
        String::new()
    } else {
        format!("{status}\n")
    };
    write(&script.with_extension("status"), status.as_bytes(), false)
}

/// Writes a file; what is empty and need not be there is removed.
fn write(path: &Path, bytes: &[u8], is_needed: bool) -> Result<(), String> {
    if bytes.is_empty() && !is_needed {
        let _ = std::fs::remove_file(path);
        return Ok(());
    }
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The corpus's own folder with a slash behind it: tracebacks are to name files relative to it.
fn root() -> Result<String, String> {
    let path = std::fs::canonicalize(CORPUS).map_err(|error| format!("{CORPUS}: {error}"))?;
    Ok(format!("{}/", path.display()))
}
