//! Licences, sources and bans of all dependencies, by cargo-deny.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{repo, shell, tools};

pub fn run() -> Result<()> {
    let deny = ensure_cargo_deny()?;
    for manifest in ["Cargo.toml", repo::PAPER] {
        shell::run(
            Command::new(&deny)
                .current_dir(repo::root()?)
                .args(["--manifest-path", manifest, "--config", "deny.toml", "check", "--hide-inclusion-graph"])
                .args(["bans", "licenses", "sources"]),
        )?;
    }
    Ok(())
}

/// Kept below `target`, so that one build serves every later run.
fn ensure_cargo_deny() -> Result<PathBuf> {
    if let Some(found) = tools::find("cargo-deny") {
        return Ok(found);
    }
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => repo::root()?.join("target"),
    };
    let tools = target.join("tools");
    let binary = tools.join("bin/cargo-deny");
    if !binary.is_file() {
        println!("installing cargo-deny into {} (minutes)", tools.display());
        shell::run(
            shell::cargo_command()?
                .args(["install", "--locked", "cargo-deny", "--root"])
                .arg(&tools)
                .arg("--target-dir")
                .arg(tools.join("build")),
        )?;
    }
    Ok(binary)
}
