//! What a bench says at its end.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// One measurement.
pub struct Measured {
    pub bench: &'static str,
    pub engine: &'static str,
    /// How many pieces of work were done.
    pub work: u64,
    pub time: Duration,
    /// How long each answer took, where answers were waited for.
    pub answers: Option<Latencies>,
}

/// Times from asking to the whole answer, in microseconds.
#[derive(Default)]
pub struct Latencies(pub Vec<u32>);

impl Latencies {
    pub fn sorted(&mut self) -> &Latencies {
        self.0.sort_unstable();
        self
    }

    /// Of sorted ones, in milliseconds; `of` a hundred.
    pub fn percentile(&self, of: usize) -> f64 {
        let at = (self.0.len() * of).div_ceil(100).saturating_sub(1);
        self.0.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

impl Measured {
    pub fn say(self) -> Result<()> {
        println!("{}", self.line()?);
        Ok(())
    }

    /// The line, for who has more to tell.
    pub fn line(mut self) -> Result<Value> {
        let seconds = self.time.as_secs_f64();
        let mut line = json!({
            "bench": self.bench,
            "engine": self.engine,
            "work": self.work,
            "seconds": rounded(seconds),
            "per_second": (self.work as f64 / seconds).round(),
            "peak_mb": peak_mb("self")?,
        });
        if let Some(answers) = &mut self.answers {
            let answers = answers.sorted();
            line["p50_ms"] = json!(answers.percentile(50));
            line["p99_ms"] = json!(answers.percentile(99));
            line["max_ms"] = json!(answers.percentile(100));
        }
        Ok(line)
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// The most memory that a process (`self`, or its number) has had in use, as the kernel counts it.
pub fn peak_mb(process: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024)
}
