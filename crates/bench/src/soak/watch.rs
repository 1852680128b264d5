//! What is seen of a long run: a line each half minute, and at the end the quarters beside each other. It takes the
//! same memory however long it runs.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::Work;
use crate::http::Client;
use crate::pay::{Paid, proof::Sum};

const WINDOW: Duration = Duration::from_secs(30);

/// Times in microseconds, to three digits, up to ten minutes.
struct Times(Histogram<u32>);

impl Times {
    fn new() -> Result<Times> {
        Ok(Times(Histogram::new_with_bounds(1, 600_000_000, 3)?))
    }

    fn note(&mut self, micros: u32) {
        self.0.saturating_record(micros.into());
    }

    /// In milliseconds; `of` a hundred.
    fn percentile(&self, of: u32) -> f64 {
        (self.0.value_at_percentile(f64::from(of)) as f64 / 100.0).round() / 10.0
    }
}

/// One quarter of the time.
struct Quarter {
    payments: Times,
    pages: Times,
    /// The most that was seen at the end of a window.
    memory: u64,
}

pub struct Watch {
    begun: Instant,
    lasts: Duration,
    window: [Times; 2],
    quarters: Vec<Quarter>,
    pub paid: Sum,
    /// Customers who owed nothing when they came.
    owed_nothing: u64,
    /// Customers who had not been called when the time was over.
    pub left: u64,
    seen: Seen,
}

/// What the server says of itself, in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    memory: u64,
    database: u64,
    log: u64,
}

impl Watch {
    pub fn over(begun: Instant, lasts: Duration) -> Result<Watch> {
        let quarter = || Ok(Quarter { payments: Times::new()?, pages: Times::new()?, memory: 0 });
        Ok(Watch {
            begun,
            lasts,
            window: [Times::new()?, Times::new()?],
            quarters: (0..4).map(|_| quarter()).collect::<Result<_>>()?,
            paid: Sum::default(),
            owed_nothing: 0,
            left: 0,
            seen: Seen::default(),
        })
    }

    fn quarter(&mut self, after: Duration) -> &mut Quarter {
        let at = after.as_millis() * 4 / self.lasts.as_millis().max(1);
        &mut self.quarters[usize::try_from(at).unwrap_or(3).min(3)]
    }

    pub fn paid(&mut self, micros: u32, paid: Option<Paid>) {
        let Some(Paid { supply_no, receipt_no, amount, .. }) = paid else {
            self.owed_nothing += 1;
            return;
        };
        self.paid.add(&supply_no, &receipt_no, amount);
        self.window[0].note(micros);
        self.quarter(self.begun.elapsed()).payments.note(micros);
    }

    pub fn opened(&mut self, micros: u32) {
        self.window[1].note(micros);
        self.quarter(self.begun.elapsed()).pages.note(micros);
    }

    /// The line of a window that has just ended.
    fn line(&mut self, window: Duration, seen: Seen, work: &Work) -> String {
        self.seen = seen;
        let quarter = self.quarter(self.begun.elapsed().saturating_sub(window / 2));
        quarter.memory = quarter.memory.max(seen.memory);
        let [payments, pages] = &mut self.window;
        let [memory, database, log] = [seen.memory, seen.database, seen.log].map(mb);
        let seconds = self.begun.elapsed().as_secs();
        let line = format!(
            "{:>3}:{:02}  {} payments ({} p50 {} p99 {} ms)  pages p99 {} ms  memory {memory} MB  database {database} MB  \
             log {log} MB  {} readings, {} bills, {}",
            seconds / 60,
            seconds % 60,
            self.paid.payments,
            payments.0.len(),
            payments.percentile(50),
            payments.percentile(99),
            pages.percentile(99),
            work.readings,
            work.bills,
            work.now,
        );
        payments.0.reset();
        pages.0.reset();
        line
    }

    /// What it came to, added to what is known besides.
    pub fn report(&self, mut line: Value) -> Value {
        let mut all = self.quarters[0].payments.0.clone();
        for quarter in &self.quarters[1..] {
            // All have the same bounds.
            let _ = all.add(&quarter.payments.0);
        }
        let all = Times(all);
        let of_quarter = |quarter: &Quarter| {
            json!({
                "payments": quarter.payments.0.len(),
                "p50_ms": quarter.payments.percentile(50),
                "p99_ms": quarter.payments.percentile(99),
                "pages_p99_ms": quarter.pages.percentile(99),
                "memory_mb": mb(quarter.memory),
            })
        };
        let quarters: Vec<Value> = self.quarters.iter().map(of_quarter).collect();
        let (first, last) = (&quarters[0], &quarters[3]);
        let known = json!({
            "work": self.paid.payments,
            "seconds": self.lasts.as_secs(),
            "per_second": (self.paid.payments as f64 / self.lasts.as_secs_f64()).round(),
            "p50_ms": all.percentile(50),
            "p99_ms": all.percentile(99),
            "max_ms": all.percentile(100),
            "first_quarter_p99_ms": first["p99_ms"],
            "last_quarter_p99_ms": last["p99_ms"],
            "first_quarter_mb": first["memory_mb"],
            "last_quarter_mb": last["memory_mb"],
            "owed_nothing": self.owed_nothing,
            "not_called": self.left,
            "database_mb": mb(self.seen.database),
            "log_mb": mb(self.seen.log),
            "quarters": quarters,
        });
        for (name, value) in known.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        line
    }
}

fn mb(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

/// Says a line at the end of each window, until the time is over.
pub async fn keep_looking(mut looker: Client, watch: &RefCell<Watch>, work: &RefCell<Work>) -> Result<()> {
    let (begun, lasts) = (watch.borrow().begun, watch.borrow().lasts);
    // So that each quarter of a short run has one, too.
    let (window, mut at) = (WINDOW.min(lasts / 4), begun);
    loop {
        at += window;
        if at > begun + lasts {
            return Ok(());
        }
        sleep_until(at).await;
        let seen = Seen::read(&String::from_utf8_lossy(&looker.get("/metrics").await?.body))?;
        let line = watch.borrow_mut().line(window, seen, &work.borrow());
        eprintln!("{line}");
    }
}

impl Seen {
    /// From the text of /metrics.
    fn read(metrics: &str) -> Result<Seen> {
        let bytes = |series: &str| {
            let value = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
            // Figures are written as numbers with a fraction, or without.
            let whole = value.and_then(|value| value.split('.').next()?.parse().ok());
            whole.with_context(|| format!("the server does not tell {series}"))
        };
        Ok(Seen {
            memory: bytes("process_resident_memory_bytes")?,
            database: bytes(r#"gridhall_database_bytes{part="database"}"#)?,
            log: bytes(r#"gridhall_database_bytes{part="log"}"#)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_of_itself_is_found_behind_its_names() {
        let text = "# HELP process_resident_memory_bytes x\nprocess_resident_memory_bytes 314572800\n\
                    gridhall_database_bytes{part=\"database\"} 1048576\ngridhall_database_bytes{part=\"log\"} 4096.0\n";
        let Seen { memory, database, log } = Seen::read(text).expect("figures");
        assert_eq!((memory, database, log), (314_572_800, 1_048_576, 4096));
        assert!(Seen::read("process_resident_memory_bytes 1\n").is_err());
    }

    #[test]
    fn what_happens_in_a_quarter_is_told_of_that_quarter() {
        let mut watch = Watch::over(Instant::now(), Duration::from_secs(40)).expect("a watch");
        let paid = |receipt_no: &str| {
            let (supply_no, receipt_no, amount) = ("1".to_owned(), receipt_no.to_owned(), kernel::Money::from_fen(500));
            Some(Paid { supply_no, receipt_no, amount, told_after: 0, taken_after: 0 })
        };
        watch.paid(2_000, paid("r1"));
        watch.line(Duration::ZERO, Seen { memory: 300 << 20, ..Seen::default() }, &Work::default());
        watch.begun -= Duration::from_secs(35);
        watch.paid(8_000, paid("r2"));
        watch.paid(9_000, None);
        watch.line(Duration::ZERO, Seen { memory: 310 << 20, ..Seen::default() }, &Work::default());
        let line = watch.report(json!({ "bench": "soak" }));
        assert_eq!((&line["work"], &line["owed_nothing"]), (&json!(2), &json!(1)));
        assert_eq!([&line["first_quarter_p99_ms"], &line["last_quarter_p99_ms"]], [&json!(2.0), &json!(8.0)]);
        assert_eq!([&line["first_quarter_mb"], &line["last_quarter_mb"]], [&json!(300), &json!(310)]);
    }
}
