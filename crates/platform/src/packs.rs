//! Packs: the dated rules of the trade as text files, carried in the program and extended or
//! replaced by a bureau's own directory.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::{Fault, Result};

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../packs");

/// Pack texts by their path below `packs/`.
#[derive(Debug, Clone, Default)]
pub struct Packs {
    texts: BTreeMap<String, String>,
}

impl Packs {
    /// What the program carries, and over it what lies in `own`: a file there replaces the shipped
    /// one of the same path.
    pub fn load(own: Option<&Path>) -> Result<Packs> {
        let mut packs = Packs::default();
        packs.add_shipped(&SHIPPED);
        if let Some(own) = own {
            packs.add_directory(own, own)?;
        }
        Ok(packs)
    }

    /// The packs below `folder`, each with its path.
    pub fn under(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn get(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    fn add_shipped(&mut self, dir: &Dir<'_>) {
        for file in dir.files().filter(|file| is_pack(file.path())) {
            if let Some(text) = file.contents_utf8() {
                self.texts.insert(file.path().to_string_lossy().replace('\\', "/"), text.to_owned());
            }
        }
        dir.dirs().for_each(|dir| self.add_shipped(dir));
    }

    fn add_directory(&mut self, root: &Path, dir: &Path) -> Result<()> {
        let unreadable = |error| Fault::because(format!("the pack directory {} cannot be read", dir.display()), error);
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                self.add_directory(root, &path)?;
            } else if is_pack(&path) {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                self.texts.insert(name, std::fs::read_to_string(&path).map_err(unreadable)?);
            }
        }
        Ok(())
    }
}

fn is_pack(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}
