//! Whether there is room where the data lies, and whether it can really be written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Signs;

/// Asked more often than this, the answer is the one before: anybody may ask.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// More than a transaction of the counter writes.
const PROBE: usize = 256 * 1024;

/// Bytes of a file system, for whoever is not its superuser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub all: u64,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Storage {
    /// None where the system does not tell.
    pub space: Option<Space>,
    /// Why nothing can be written.
    pub unwritable: Option<String>,
}

impl Storage {
    fn look(data: &Path) -> Storage {
        let space = rustix::fs::statvfs(data).ok();
        let space = space.map(|of| Space {
            free: of.f_bavail.saturating_mul(of.f_frsize),
            all: of.f_blocks.saturating_mul(of.f_frsize),
        });
        Storage { space, unwritable: probe(data).err().map(|error| error.to_string()) }
    }
}

/// A write of our own, down to the disk: what free space promises is not always kept.
fn probe(data: &Path) -> io::Result<()> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let path = data.join(format!(".probe-{}-{made}", std::process::id()));
    let mut file = File::create(&path)?;
    let written = file.write_all(&vec![0x55; PROBE]).and_then(|()| file.sync_data());
    let removed = fs::remove_file(&path);
    written.and(removed)
}

impl Signs {
    /// How the storage of `data` is, now or a moment ago.
    pub async fn storage(&self, data: &Path) -> Storage {
        if let Some(known) = self.storage_known(LOOK_EVERY) {
            return known;
        }
        let (signs, data) = (self.clone(), data.to_owned());
        let looked = tokio::task::spawn_blocking(move || {
            let storage = Storage::look(&data);
            signs.keep_storage(storage.clone());
            storage
        });
        looked.await.unwrap_or(Storage { space: None, unwritable: Some("nobody could look".to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_can_be_written_has_room_and_keeps_nothing_of_the_probe() {
        let dir = tempfile::tempdir().expect("a directory");
        let storage = Storage::look(dir.path());
        assert_eq!(storage.unwritable, None);
        assert!(storage.space.is_some_and(|space| space.free > 0 && space.free <= space.all), "{storage:?}");
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 0);
    }

    #[test]
    fn a_directory_that_cannot_be_written_says_why() {
        let storage = Storage::look(Path::new("/proc/self"));
        assert!(storage.unwritable.is_some(), "{storage:?}");
    }
}
