//! What the system says of this process and of the disk that it writes to; silent where it does not say.

use std::fs;

use metrics::{Unit, describe_gauge, gauge};
use platform::{House, figure};

const MEMORY: &str = "process_resident_memory_bytes";
const FILES: &str = "process_open_fds";
const MOST_FILES: &str = "process_max_fds";
const THREADS: &str = "process_threads";
const FREE: &str = "gridhall_storage_free_bytes";
const SIZE: &str = "gridhall_storage_size_bytes";

pub fn describe_metrics() {
    describe_gauge!(MEMORY, Unit::Bytes, "Memory of this process that is in use, in bytes.");
    describe_gauge!(FILES, "Files and connections that this process has open.");
    describe_gauge!(MOST_FILES, "How many it may have open.");
    describe_gauge!(THREADS, "Threads of this process.");
    describe_gauge!(FREE, Unit::Bytes, "Room left on the disk of the data directory.");
    describe_gauge!(SIZE, Unit::Bytes, "Size of the disk of the data directory.");
}

pub async fn show_metrics(house: &House) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    set(MEMORY, field(&status, "VmRSS:").map(|kib| kib.saturating_mul(1024)));
    set(THREADS, field(&status, "Threads:"));
    set(FILES, fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as u64));
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    set(MOST_FILES, field(&limits, "Max open files"));
    let space = house.signs.storage(&house.data).await.space;
    set(FREE, space.map(|space| space.free));
    set(SIZE, space.map(|space| space.all));
}

fn set(name: &'static str, value: Option<u64>) {
    if let Some(value) = value {
        gauge!(name).set(figure(value));
    }
}

/// The first number behind a name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_behind_their_names() {
        let status = "Name:\tgridhall\nVmPeak:\t  900 kB\nVmRSS:\t   20480 kB\nThreads:\t9\n";
        assert_eq!([field(status, "VmRSS:"), field(status, "Threads:")], [Some(20480), Some(9)]);
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024   4096   files\n";
        assert_eq!(field(limits, "Max open files"), Some(1024));
        assert_eq!(field("Max open files   unlimited  unlimited", "Max open files"), None);
        assert_eq!(field("", "VmRSS:"), None);
    }
}
