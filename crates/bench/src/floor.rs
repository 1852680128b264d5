//! What the machine needs to store the same rows: encoded beforehand, in bulk, in empty tables with the same keys,
//! indexes, constraints and care for durability.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::place::Place;
use crate::report::Measured;
use crate::store::{Pages, Written};

/// Usage points in one transaction.
const CHUNK: u32 = 5_000;

/// Stores, in a place that was prepared alike, what was written elsewhere of these tables, in this order.
pub async fn stored(
    bench: &'static str,
    place: &Place,
    written: &Place,
    tables: &'static [Written],
    of: Vec<String>,
) -> Result<()> {
    let (from, to) = (written.open().await?.house.db, place.open().await?.house.db);
    let (mut time, mut work) = (Duration::ZERO, 0);
    for of in of {
        let mut pages = Pages::new(&from.read().await?, tables, of, CHUNK).await?;
        loop {
            let batches = pages.next(&from.read().await?).await?;
            let Some((_, first)) = batches.first() else { break };
            work += first.len() as u64;
            let begun = Instant::now();
            let tx = to.write().await?;
            for (table, rows) in batches {
                tx.insert_into(table, rows).await?;
            }
            tx.commit().await?;
            time += begun.elapsed();
        }
    }
    Measured { bench, engine: to.engine().name(), work, time, answers: None }.say()
}
