//! What must be on the machine besides Rust: found, installed on Debian as root, or named.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// A program of the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

pub fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|data| std::os::unix::fs::MetadataExt::uid(&data) == 0)
}

/// Installs a Debian package as root; otherwise says which command would.
pub fn install(package: &str, why: &str) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {package}");
    if find("apt-get").is_none() {
        bail!("{why}: install what Debian calls `{package}`");
    }
    if !is_root() {
        bail!("{why}: run `sudo {by_hand}`");
    }
    println!("{why}: {by_hand}");
    shell::run(Command::new("apt-get").args(["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    shell::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends", package])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// SQLite is compiled from C.
pub fn ensure_c_compiler() -> Result<()> {
    if find("cc").is_some() || find("gcc").is_some() || find("clang").is_some() {
        return Ok(());
    }
    install("build-essential", "a C compiler builds SQLite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_search_path() {
        assert!(find("sh").is_some());
        assert!(find("a-program-that-nobody-has").is_none());
    }
}
