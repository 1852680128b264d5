//! What the machine needs to store the same payments: their rows encoded beforehand, each payment in a durable
//! transaction of its own.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::store::{self, Rows, Tables};
use crate::place::Place;
use crate::report::{Latencies, Measured};

/// Stores what was paid at `paid` in a copy of that bureau from before.
pub async fn run(place: &Place, paid: &Place, clients: usize) -> Result<()> {
    let (from, to) = (paid.open().await?.house.db, place.open().await?.house.db);
    let last = store::last_receipt(&to.read().await?).await?;
    let tables = Arc::new(Tables::of(&from.read().await?).await?);
    let payments = store::payments(&from.read().await?, &tables, &last).await?;
    ensure!(!payments.is_empty(), "nobody paid there");
    let tx = to.write().await?;
    store::open_tills(&tx, &tables, &from.read().await?).await?;
    tx.commit().await?;
    let work = payments.len() as u64;
    let waiting = Arc::new(Mutex::new(payments));
    let mut all = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..clients {
        all.spawn(keep_storing(to.clone(), Arc::clone(&tables), Arc::clone(&waiting)));
    }
    let mut answers = Latencies::default();
    while let Some(done) = all.join_next().await {
        answers.0.extend(done??);
    }
    let time = begun.elapsed();
    let measured = Measured { bench: "pay-floor", engine: to.engine().name(), work, time, answers: Some(answers) };
    measured.say()
}

async fn keep_storing(to: platform::Db, tables: Arc<Tables>, waiting: Arc<Mutex<Vec<Rows>>>) -> Result<Vec<u32>> {
    let mut times = Vec::new();
    loop {
        let Some(rows) = waiting.lock().ok().and_then(|mut waiting| waiting.pop()) else { return Ok(times) };
        let begun = Instant::now();
        let tx = to.write().await?;
        store::insert(&tx, &tables, rows).await?;
        tx.commit().await?;
        times.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}
