//! Every bill replayed and every sum recomputed, beside a plain read of the same rows.

use std::time::Instant;

use anyhow::{Result, ensure};
use business::proof;

use crate::place::Place;
use crate::report::Measured;
use crate::store;

pub async fn run(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let begun = Instant::now();
    let tx = bureau.house.db.read().await?;
    let report = proof::verify(&tx, &bureau.house.operator(), None, &mut |_| {}).await?;
    let time = begun.elapsed();
    ensure!(
        report.differences.is_empty(),
        "{} differences: {:?}",
        report.differences.len(),
        report.differences.first()
    );
    let engine = bureau.house.db.engine().name();
    Measured { bench: "verify", engine, work: report.bills, time, answers: None }.say()
}

/// As many as `verify` takes at once.
const PAGE: u32 = 500;

pub async fn floor(place: &Place) -> Result<()> {
    let db = place.open().await?.house.db;
    let begun = Instant::now();
    let tx = db.read().await?;
    let (mut work, mut bytes, mut after) = (0, 0, String::new());
    while let Some((bills, length, last)) = store::scanned(&tx, &after, PAGE).await? {
        (work, bytes, after) = (work + bills, bytes + length, last);
    }
    let time = begun.elapsed();
    eprintln!("{work} documents of {bytes} bytes");
    Measured { bench: "verify-floor", engine: db.engine().name(), work, time, answers: None }.say()
}
