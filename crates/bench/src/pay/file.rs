//! The payments that a bank or an agent reports in a file, one of each customer who owes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use kernel::Money;
use rand::RngExt;

use super::store::{self, Tables};
use crate::place::Place;
use crate::report::Measured;
use crate::residents;

/// Payments in one transaction of the floor, as many as the import takes.
const CHUNK: u32 = 1_000;

/// Loads the file.
pub async fn run(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let owed = store::owed(&bureau.house.db.read().await?).await?;
    ensure!(!owed.is_empty(), "nobody owes anything: bill the month first");
    let file = place.data.join("payments.csv");
    write(File::create(&file)?, &owed)?;
    let begun = Instant::now();
    let work = residents::load(&bureau, "payments", &file).await?;
    let time = begun.elapsed();
    std::fs::remove_file(&file)?;
    ensure!(work == owed.len() as u64, "{work} of {} payments were loaded", owed.len());
    let engine = bureau.house.db.engine().name();
    Measured { bench: "payments-file", engine, work, time, answers: None }.say()
}

/// Most pay what they owe; of twenty, one pays half of it and one pays ahead.
fn write(file: File, owed: &[(String, Money)]) -> Result<()> {
    let mut file = BufWriter::new(file);
    writeln!(file, "reference,supply_no,paid_at,amount,method,channel")?;
    let mut random = residents::random();
    for (at, (supply_no, owed)) in owed.iter().enumerate() {
        let amount = match random.random_range(0..20_u32) {
            0 => Money::from_fen((owed.fen() / 2).max(1)),
            1 => *owed + Money::from_fen(5_000),
            _ => *owed,
        };
        writeln!(file, "T{at:09},{supply_no},2026-09-01T08:{:02}:00,{amount},bank-debit,ICBC", at % 60)?;
    }
    Ok(file.flush()?)
}

/// Stores what was loaded at `paid` in a copy of that bureau from before.
pub async fn floor(place: &Place, paid: &Place) -> Result<()> {
    let (from, to) = (paid.open().await?.house.db, place.open().await?.house.db);
    let tables = Tables::of(&from.read().await?).await?;
    let mut after = store::last_receipt(&to.read().await?).await?;
    let (mut time, mut work) = (Duration::ZERO, 0);
    loop {
        let tx = from.read().await?;
        let page = store::paid_after(&tx, &after, CHUNK).await?;
        let Some((_, last)) = page.last() else { break };
        after.clone_from(last);
        work += page.len() as u64;
        let rows = store::left_by(&tx, &tables, &page).await?;
        drop(tx);
        let begun = Instant::now();
        let tx = to.write().await?;
        store::insert_all(&tx, &tables, rows).await?;
        tx.commit().await?;
        time += begun.elapsed();
    }
    ensure!(work > 0, "nobody paid there");
    Measured { bench: "payments-file-floor", engine: to.engine().name(), work, time, answers: None }.say()
}
