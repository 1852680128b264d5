//! What of the data directory goes with the database, and what does not.
//!
//! | lies there | goes | why |
//! |---|---|---|
//! | `gridhall.toml` | yes | nobody else has the settings |
//! | the bureau's own packs, where they lie in the data directory | yes | prices and roles hold by them |
//! | `work/` | yes | what was given to long work under way, and its reports |
//! | `arrivals/` | no | uploads that have not become anything yet |
//! | `prints/` | no | printed from the bills by asking for the run again |
//! | `search/` | no | built anew from the archive |
//! | `locks/`, `demonstration/` | no | belong to running processes |
//! | `gridhall.db…` | no | its rows do |
//! | anything else | no | not the program's |

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use kernel::Refusal;

use super::Teller;
use super::format::Block;
use super::stream::Sink;
use crate::config::Config;
use crate::{Fault, Result};

const CHUNK: usize = 256 << 10;

/// The path of an empty folder ends with it: the settings may name one.
const FOLDER: char = '/';

/// Never from a back-up, whatever it says: a program's own state, not the bureau's.
const OWN: [&str; 5] = ["gridhall.db", "gridhall.db-wal", "gridhall.db-shm", "locks", "search"];

/// Packs that lie elsewhere, where somebody else looks after them.
pub fn packs_elsewhere(data: &Path, config: &Config) -> Option<PathBuf> {
    config.packs.directory.clone().filter(|packs| inside(data, packs).is_none())
}

/// The path of something in the data directory, from there.
fn inside(data: &Path, path: &Path) -> Option<PathBuf> {
    let (data, path) = (data.canonicalize().ok()?, path.canonicalize().ok()?);
    path.strip_prefix(data).ok().filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned)
}

/// Sends the files along.
pub async fn put(data: &Path, config: &Config, sink: &Sink, teller: &mut dyn Teller) -> Result<bool> {
    let packs = config.packs.directory.as_deref().and_then(|packs| inside(data, packs));
    // The settings come last: restored, they shall not name what is not there yet.
    let roots = [packs, Some(PathBuf::from("work")), Some(PathBuf::from("gridhall.toml"))];
    let (mut paths, mut done) = (Vec::new(), 0);
    roots.into_iter().flatten().try_for_each(|root| collect(data, &root, &mut paths))?;
    for path in paths {
        let name = path.to_str().ok_or_else(|| Fault::impossible("a file whose name is no text"))?;
        let mut begins = true;
        // What is done and removed meanwhile is of no use to anybody.
        let Ok(mut file) = File::open(data.join(&path)) else { continue };
        if file.metadata()?.is_dir() {
            let folder = Block::File { path: format!("{name}{FOLDER}"), begins, bytes: Vec::new() };
            if !sink.put(folder).await {
                return Ok(false);
            }
            continue;
        }
        loop {
            let mut bytes = Vec::with_capacity(CHUNK);
            (&mut file).take(CHUNK as u64).read_to_end(&mut bytes)?;
            if bytes.is_empty() && !begins {
                break;
            }
            if !sink.put(Block::File { path: name.to_owned(), begins, bytes }).await {
                return Ok(false);
            }
            begins = false;
        }
        done += 1;
        teller.tell("files", done, 0)?;
    }
    Ok(true)
}

fn collect(data: &Path, path: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let full = data.join(path);
    let Ok(found) = std::fs::symlink_metadata(&full) else { return Ok(()) };
    if found.is_file() {
        if path.extension().is_none_or(|extension| extension != "part") {
            paths.push(path.to_owned());
        }
    } else if found.is_dir() {
        let mut names = std::fs::read_dir(&full)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
        names.sort();
        if names.is_empty() {
            paths.push(path.to_owned());
        }
        names.iter().try_for_each(|name| collect(data, &path.join(name), paths))?;
    }
    Ok(())
}

/// Lays the files of a back-up into a data directory, over nothing that lies there.
pub struct Layer<'d> {
    data: &'d Path,
    open: Option<(PathBuf, File)>,
    /// What was there and differs; the back-up's lies beside it.
    pub beside: Vec<PathBuf>,
}

impl Layer<'_> {
    pub fn into(data: &Path) -> Layer<'_> {
        Layer { data, open: None, beside: Vec::new() }
    }

    pub fn put(&mut self, path: &str, begins: bool, bytes: &[u8]) -> Result<()> {
        if begins {
            self.end()?;
            if let Some(folder) = path.strip_suffix(FOLDER) {
                let folder = self.data.join(admitted(folder)?);
                return Ok(std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?);
            }
            let path = self.data.join(admitted(path)?);
            if let Some(folder) = path.parent() {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let mut options = File::options();
            let file = options.write(true).create(true).truncate(true).mode(0o600).open(beside(&path, "part"))?;
            self.open = Some((path, file));
        }
        let Some((_, file)) = &mut self.open else { return Err(Fault::impossible("a file without its beginning")) };
        Ok(file.write_all(bytes)?)
    }

    pub fn end(&mut self) -> Result<()> {
        let Some((path, file)) = self.open.take() else { return Ok(()) };
        file.sync_all()?;
        let part = beside(&path, "part");
        if path.exists() && !same(&path, &part)? {
            std::fs::rename(part, beside(&path, "from-backup"))?;
            self.beside.push(path);
            return Ok(());
        }
        Ok(std::fs::rename(part, path)?)
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    path.with_added_extension(extension)
}

fn same(one: &Path, other: &Path) -> Result<bool> {
    if std::fs::metadata(one)?.len() != std::fs::metadata(other)?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        a.clear();
        b.clear();
        (&mut one).take(CHUNK as u64).read_to_end(&mut a)?;
        (&mut other).take(CHUNK as u64).read_to_end(&mut b)?;
        if a != b || a.is_empty() {
            return Ok(a == b);
        }
    }
}

/// A path that leads nowhere but into the data directory.
pub fn admitted(path: &str) -> Result<&Path, Refusal> {
    let path = Path::new(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let own =
        path.components().next().and_then(|first| first.as_os_str().to_str()).is_none_or(|first| OWN.contains(&first));
    if plain && !own {
        return Ok(path);
    }
    let shown = path.display();
    Err(Refusal::invalid(
        "backup.path",
        format!("备份文件中有不应由其写入的路径 {shown}；请用另一份备份"),
        format!("the back-up holds a file {shown}, which is not a back-up's to write: take another back-up"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_back_up_goes_nowhere_but_into_the_data_directory() {
        for path in ["gridhall.toml", "packs/tariff/own.toml", "work/0190/report.csv", "own packs/a"] {
            assert!(admitted(path).is_ok(), "{path}");
        }
        for path in
            ["", "/etc/passwd", "../x", "packs/../../x", "./x", "gridhall.db", "gridhall.db-wal", "locks/a", "search/x"]
        {
            let code = admitted(path).expect_err(path).code;
            assert_eq!(code, "backup.path", "{path}");
        }
    }
}
