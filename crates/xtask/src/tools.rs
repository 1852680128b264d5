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

/// Installs Debian packages as root; otherwise says which command would.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if find("apt-get").is_none() {
        bail!("{why}: install what Debian calls {}", packages.join(" "));
    }
    if !is_root() {
        bail!("{why}: run `sudo {by_hand}`");
    }
    println!("{why}: {by_hand}");
    shell::run(Command::new("apt-get").args(["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    shell::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// SQLite is compiled from C.
pub fn ensure_c_compiler() -> Result<()> {
    if find("cc").is_some() || find("gcc").is_some() || find("clang").is_some() {
        return Ok(());
    }
    install(&["build-essential"], "a C compiler builds SQLite")
}

/// Where Debian's fonts-noto-cjk lies.
const FONTS: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// Bills are printed, and pages shown, in characters that every name has.
pub fn ensure_fonts() -> Result<()> {
    if Path::new(FONTS).is_file() {
        return Ok(());
    }
    install(&["fonts-noto-cjk"], "bills are printed with the characters of Noto CJK")
}

/// The browser that the stories drive.
pub fn ensure_browser() -> Result<PathBuf> {
    if find("chromium").is_none() {
        install(&["chromium"], "the browser stories drive Chromium")?;
    }
    match find("chromium") {
        Some(browser) => Ok(browser),
        None => bail!("there is no program `chromium` on the search path"),
    }
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
