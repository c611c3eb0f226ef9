//! How the command is linked where memory is counted: as a release, on Linux.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=layout.ld");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release")
        || !is("CARGO_CFG_TARGET_OS", "linux")
        || !is("CARGO_CFG_TARGET_ENV", "gnu")
    {
        return;
    }
    // At a fixed address nothing is to be relocated: the tables of built-in types stay as they are in the file, and only
    // those pages of them are read that are looked at. CPython is linked in this way too.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // What ordinary programs run lies side by side: `cargo xtask layout`.
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/layout.ld");
}
