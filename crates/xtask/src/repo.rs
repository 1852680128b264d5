//! Where the repository is, and where its programs land.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{shell, tools};

/// Cargo names the manifest at run time, so a moved clone with a warm target directory still works.
pub fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => env::current_dir()?,
    };
    start
        .ancestors()
        .find(|dir| fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]")))
        .map(Path::to_path_buf)
        .context("no workspace above the current directory")
}

/// The directory of finished programs: xtask itself was built into it.
fn program_dir() -> Result<PathBuf> {
    let own = env::current_exe()?;
    Ok(own.parent().context("xtask has no directory")?.to_path_buf())
}

/// Builds the product and answers where its binary is. The dev profile: from an empty target a
/// release build takes several times as long on two cores, and the dev profile is optimised enough
/// for a bureau of any size that one tries on a desk. Of the workspace rather than of the package: Cargo
/// builds what several packages share with the features that all of those asked for need, so that asking
/// for fewer would build the database layers a second time for the tests.
///
/// `GRIDHALL_BIN` names a finished binary instead, a packaged one say.
pub fn build_gridhall() -> Result<PathBuf> {
    if let Some(finished) = env::var_os("GRIDHALL_BIN") {
        return Ok(fs::canonicalize(finished)?);
    }
    shell::cargo(&["build", "--workspace", "--bin", "gridhall"])?;
    let binary = program_dir()?.join("gridhall");
    ensure!(binary.is_file(), "{} is missing after the build; run xtask by `cargo xtask`", binary.display());
    Ok(binary)
}

/// Builds for release what measures, beside where xtask itself was built.
pub fn build_bench() -> Result<PathBuf> {
    tools::ensure_c_compiler()?;
    shell::cargo(&["build", "--release", "--package", "bench"])?;
    let binary = program_dir()?.with_file_name("release").join("gridhall-bench");
    ensure!(binary.is_file(), "{} is missing after the build; run xtask by `cargo xtask`", binary.display());
    Ok(binary)
}

/// The manifest of the printing program. It is a workspace of its own: typesetting takes longer to build
/// than all the rest, and its needs would change the features of dependencies that both have.
pub const PAPER: &str = "crates/paper/Cargo.toml";

/// Builds the program that prints, beside the product.
pub fn build_paper() -> Result<()> {
    shell::cargo(&["build", "--manifest-path", PAPER])
}
