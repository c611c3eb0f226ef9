//! Packs the library: compiles the Python part of the standard library, and our own modules in `python/`, and
//! writes them into one file with an index that is Rust source.

#[path = "../vm/src/code/locations.rs"]
#[allow(
    dead_code,
    reason = "a part of the virtual machine that preparing needs some of"
)]
mod locations;

#[path = "../vm/src/code/prepare/mod.rs"]
#[allow(
    dead_code,
    reason = "the virtual machine's way to compile, of which a part is needed here"
)]
mod prepare;

use rustpython_compiler::{CompileOpts, Mode};
use rustpython_compiler_core::marshal;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

/// Parts of the library that need what this system does not have, or that are of no use without it.
const LEFT_OUT: &[&str] = &[
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "turtle",
    "ensurepip",
    "lib2to3",
    "distutils",
    "pydoc_data",
    "sqlite3",
    "ctypes",
    "msilib",
    "__pycache__",
];

/// Other names of packed modules.
const ALIASES: &[(&str, &str)] = &[
    ("_frozen_importlib", "importlib._bootstrap"),
    (
        "_frozen_importlib_external",
        "importlib._bootstrap_external",
    ),
];

/// A module before it is compiled.
struct Module {
    name: String,
    path: PathBuf,
    is_package: bool,
}

/// A compiled module.
struct Packed {
    is_package: bool,
    code: Vec<u8>,
    source: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=python");
    println!("cargo::rerun-if-changed=../vm/src/code/prepare");
    println!("cargo::rerun-if-changed=../vm/src/code/locations.rs");
    let mut modules = BTreeMap::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), "", &mut modules)?;
    // Ours come last and replace what has the same name.
    collect(
        &Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("python"),
        "",
        &mut modules,
    )?;
    let modules: Vec<Module> = modules.into_values().collect();
    write(&compile_all(&modules)?)
}

/// Finds the modules in a folder.
fn collect(
    folder: &Path,
    prefix: &str,
    modules: &mut BTreeMap<String, Module>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        if LEFT_OUT.contains(&stem) {
            continue;
        }
        let name = format!("{prefix}{stem}");
        if path.is_dir() {
            let start = path.join("__init__.py");
            if start.exists() {
                modules.insert(
                    name.clone(),
                    Module {
                        name: name.clone(),
                        path: start,
                        is_package: true,
                    },
                );
                collect(&path, &format!("{name}."), modules)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "py") && stem != "__init__"
        {
            modules.insert(
                name.clone(),
                Module {
                    name,
                    path,
                    is_package: false,
                },
            );
        }
    }
    Ok(())
}

/// Compiles the modules, each processor some of them.
fn compile_all(modules: &[Module]) -> Result<BTreeMap<String, Packed>, Box<dyn Error>> {
    let (next, packed) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(module) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
            match compile(module) {
                Ok(compiled) => {
                    if let Ok(mut packed) = packed.lock() {
                        packed.insert(module.name.clone(), compiled);
                    }
                }
                Err(error) => println!("cargo::warning=left out {}: {error}", module.name),
            }
        }
    };
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        for _ in 0..thread::available_parallelism()?.get() {
            thread::Builder::new()
                .stack_size(16 << 20)
                .spawn_scoped(scope, work)?;
        }
        Ok(())
    })?;
    Ok(packed.into_inner()?)
}

fn compile(module: &Module) -> Result<Packed, Box<dyn Error>> {
    let source = fs::read_to_string(&module.path)?;
    let path = format!("<frozen {}>", module.name);
    let compiled = prepare::compile_source(&source, Mode::Exec, &path, CompileOpts::default());
    let compiled = compiled.map_err(|error| format!("{error:?}"))?;
    let mut code = Vec::new();
    marshal::serialize_code(&mut code, &compiled.code);
    let source = lz4_flex::block::compress_prepend_size(source.as_bytes());
    Ok(Packed {
        is_package: module.is_package,
        code,
        source,
    })
}

/// Writes the file and its index, sorted by name.
fn write(packed: &BTreeMap<String, Packed>) -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let (mut bytes, mut rows) = (Vec::new(), BTreeMap::new());
    for (name, module) in packed {
        let code = bytes.len();
        bytes.extend_from_slice(&module.code);
        let source = bytes.len();
        bytes.extend_from_slice(&module.source);
        let end = bytes.len();
        let is_package = module.is_package;
        let row = format!("is_package: {is_package}, code: {code}, source: {source}, end: {end}");
        for (alias, _) in ALIASES.iter().filter(|(_, original)| original == name) {
            rows.insert((*alias).to_owned(), (name.clone(), row.clone()));
        }
        rows.insert(name.clone(), (name.clone(), row));
    }
    let mut index = String::from("&[\n");
    for (name, (original, row)) in &rows {
        writeln!(
            index,
            "    Row {{ name: {name:?}, original: {original:?}, {row} }},"
        )?;
    }
    index.push(']');
    fs::write(out.join("library.bin"), bytes)?;
    fs::write(out.join("index.rs"), index)?;
    Ok(())
}
