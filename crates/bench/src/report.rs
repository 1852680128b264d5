//! What a bench says at its end.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

/// One measurement.
pub struct Measured {
    pub bench: &'static str,
    pub engine: &'static str,
    /// How many pieces of work were done.
    pub work: u64,
    pub time: Duration,
}

impl Measured {
    pub fn say(&self) -> Result<()> {
        let seconds = self.time.as_secs_f64();
        let line = json!({
            "bench": self.bench,
            "engine": self.engine,
            "work": self.work,
            "seconds": rounded(seconds),
            "per_second": (self.work as f64 / seconds).round(),
            "peak_mb": peak_mb()?,
        });
        println!("{line}");
        Ok(())
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// The most memory that this process has had in use, as the kernel counts it.
fn peak_mb() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024)
}
