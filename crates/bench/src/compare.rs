//! Every bill of a month by other prices, as a trial does it, beside a plain read of the same documents.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use business::what_if::{self, Compared, Months, Prices};
use platform::jobs::Unwatched;
use pricing::{Case, TariffBook};
use serde::Deserialize;

use crate::place::{Place, month};
use crate::report::Measured;
use crate::{residents, store};

pub async fn run(place: &Place) -> Result<()> {
    let bureau = place.open().await?;
    let (present, mut pack) = (bureau.book().await?, TariffBook::default());
    pack.extend(present.get(residents::TARIFF).context("the tariff")?.clone());
    let (prices, months) = (Prices::to_come(&present, &pack), Months::new(month()?, month()?)?);
    let (db, ctx) = (&bureau.house.db, bureau.house.operator());
    let mut compared = |_: &Compared| Ok(());
    let mut desk = what_if::Desk { compared: &mut compared, watch: &mut Unwatched };
    let begun = Instant::now();
    let tally = what_if::compare(db, &ctx, &prices, months, &mut desk).await?;
    let time = begun.elapsed();
    let what_if::Group { bills, unpriced, now, new, .. } = tally.all;
    ensure!(bills > 0 && unpriced == 0, "{bills} bills were compared, {unpriced} had no price");
    eprintln!("{bills} bills, {now} yuan become {new}");
    Measured { bench: "compare", engine: db.engine().name(), work: bills, time, answers: None }.say()
}

/// As many as `compare` takes at once.
const PAGE: u32 = 1000;

/// What is needed of a document.
#[derive(Deserialize)]
struct Billed {
    case: Case,
}

/// Reads and parses, one after the other, on one core.
pub async fn floor(place: &Place) -> Result<()> {
    let db = place.open().await?.house.db;
    let begun = Instant::now();
    let (tx, mut work, mut after) = (db.read().await?, 0, String::new());
    while let Some((documents, last)) = store::documents(&tx, &after, PAGE).await? {
        for document in &documents {
            black_box(serde_json::from_str::<Billed>(document)?.case);
        }
        (work, after) = (work + documents.len() as u64, last);
    }
    let time = begun.elapsed();
    Measured { bench: "compare-floor", engine: db.engine().name(), work, time, answers: None }.say()
}
