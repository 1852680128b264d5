//! The packs that the program ships, read the way that it reads them.

use std::fs;
use std::path::{Path, PathBuf};

use pricing::TariffBook;

/// File and text of every shipped tariff pack, in the order of their names.
pub fn shipped_packs() -> Vec<(String, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/tariff"));
    let mut files: Vec<PathBuf> = entries(root).iter().flat_map(|folder| entries(folder)).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a pack is UTF-8 text");
        (file.display().to_string(), text)
    };
    files.into_iter().map(read).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of packs");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

pub fn shipped_book() -> TariffBook {
    let packs = shipped_packs();
    let texts = packs.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    TariffBook::read(texts).expect("the shipped packs have no mistakes")
}
