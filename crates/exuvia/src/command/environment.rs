//! The environment variables that the command honours: those of CPython that make sense here.

use std::env;
use std::path::PathBuf;

/// What the environment asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `PYTHONPATH`
    pub(crate) path: Vec<String>,
    /// `PYTHONSTARTUP`
    pub(crate) startup: Option<PathBuf>,
    /// `PYTHONINSPECT`
    pub(crate) inspect: bool,
    /// `PYTHONUNBUFFERED`
    pub(crate) unbuffered: bool,
    /// `PYTHONIOENCODING`
    pub(crate) io_encoding: Option<String>,
    /// `PYTHONOPTIMIZE`
    pub(crate) optimize: u8,
    /// `PYTHONWARNINGS`
    pub(crate) warnings: Vec<String>,
    /// `PYTHONHASHSEED`; `None`: random.
    pub(crate) hash_seed: Option<u64>,
    /// `PYTHONSAFEPATH`
    pub(crate) safe_path: bool,
    /// `PYTHONNOUSERSITE`
    pub(crate) no_user_site: bool,
    /// `PYTHONTRACEMALLOC`
    pub(crate) tracemalloc: Option<String>,
    /// `PYTHON_HISTORY`
    pub(crate) history: Option<PathBuf>,
    /// `PYTHONMALLOC=debug`
    pub(crate) malloc_debug: bool,
    /// `PYTHONMALLOCSTATS`
    pub(crate) malloc_stats: bool,
}

impl Environment {
    /// Reads the environment.
    ///
    /// # Errors
    /// Which variable has a value that means nothing.
    pub(crate) fn read() -> Result<Self, String> {
        Ok(Self {
            path: search_path(),
            startup: text("PYTHONSTARTUP").map(PathBuf::from),
            inspect: is_set("PYTHONINSPECT"),
            unbuffered: is_set("PYTHONUNBUFFERED"),
            io_encoding: text("PYTHONIOENCODING"),
            optimize: text("PYTHONOPTIMIZE").map_or(0, |level| level.parse().unwrap_or(1)),
            warnings: text("PYTHONWARNINGS").map_or_else(Vec::new, |filters| {
                filters.split(',').map(str::to_owned).collect()
            }),
            hash_seed: hash_seed(text("PYTHONHASHSEED").as_deref())?,
            safe_path: is_set("PYTHONSAFEPATH"),
            no_user_site: is_set("PYTHONNOUSERSITE"),
            tracemalloc: text("PYTHONTRACEMALLOC"),
            history: text("PYTHON_HISTORY").map(PathBuf::from),
            malloc_debug: is_debug_allocator(text("PYTHONMALLOC").as_deref())?,
            malloc_stats: is_set("PYTHONMALLOCSTATS"),
        })
    }
}

/// The value of a variable that is set to something.
fn text(name: &str) -> Option<String> {
    env::var_os(name)
        .map(|value| value.to_string_lossy().into_owned())
        .filter(|value| !value.is_empty())
}

fn is_set(name: &str) -> bool {
    text(name).is_some()
}

fn search_path() -> Vec<String> {
    let Some(folders) = env::var_os("PYTHONPATH").filter(|folders| !folders.is_empty()) else {
        return Vec::new();
    };
    env::split_paths(&folders)
        .map(|folder| folder.display().to_string())
        .collect()
}

/// The seed that is asked for; `None` for a random one.
fn hash_seed(text: Option<&str>) -> Result<Option<u64>, String> {
    match text {
        None | Some("random") => Ok(None),
        Some(text) => match text.parse::<u32>() {
            Ok(seed) => Ok(Some(seed.into())),
            Err(_) => Err(format!(
                "PYTHONHASHSEED is {text:?}; it must be \"random\" or an integer from 0 to {}",
                u32::MAX
            )),
        },
    }
}

/// Whether blocks are to be filled and fenced.
fn is_debug_allocator(text: Option<&str>) -> Result<bool, String> {
    match text {
        None | Some("default" | "pymalloc") => Ok(false),
        Some("debug" | "pymalloc_debug") => Ok(true),
        Some(other) => Err(format!(
            "PYTHONMALLOC is {other:?}; Exuvia has one allocator, its own: use \"default\" or \"debug\""
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_numbers_or_random() {
        assert_eq!(hash_seed(Some("random")), Ok(None));
        assert_eq!(hash_seed(Some("7")), Ok(Some(7)));
        assert!(hash_seed(Some("-1")).is_err());
    }

    #[test]
    fn there_is_one_allocator() {
        assert_eq!(is_debug_allocator(Some("debug")), Ok(true));
        assert_eq!(is_debug_allocator(None), Ok(false));
        assert!(
            is_debug_allocator(Some("malloc"))
                .unwrap_err()
                .contains("malloc")
        );
    }
}
