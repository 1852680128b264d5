//! The files of the repository: those that git has or would take.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell;

use super::source::Source;

pub struct Tree {
    pub files: Vec<File>,
}

pub struct File {
    pub path: String,
    /// Empty for what is not UTF-8 text.
    pub text: String,
    source: OnceCell<Source>,
}

impl Tree {
    pub fn read(root: &Path) -> Result<Self> {
        let list = shell::read(
            Command::new("git")
                .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                .current_dir(root),
        )?;
        let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths
            .into_iter()
            .filter(|path| root.join(path).is_file())
            .map(|path| File::new(path, fs::read_to_string(root.join(path)).unwrap_or_default()))
            .collect();
        Ok(Self { files })
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| File::new(path, (*text).to_owned())).collect() }
    }

    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether there is such a file, or a directory with files.
    pub fn has(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.files.iter().any(|file| file.path == path || file.path.starts_with(&inside))
    }
}

impl File {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text, source: OnceCell::new() }
    }

    pub fn source(&self) -> &Source {
        self.source.get_or_init(|| Source::scan(&self.text))
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// `business` of `crates/business/src/…`.
    pub fn krate(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or("")
    }

    /// Files that are nothing but tests.
    pub fn is_test(&self) -> bool {
        self.name() == "tests.rs"
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.krate() == "stories"
    }
}
