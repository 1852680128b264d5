//! Readings of several days from a file: checked, judged by the history of their meters, stored.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use anyhow::Result;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::place::Place;
use crate::report::Measured;
use crate::{floor, residents, store};

/// The first days of the month that is billed later.
fn days(count: u8) -> Vec<String> {
    (1..=count).map(|day| format!("2026-08-{day:02}")).collect()
}

pub async fn run(place: &Place, customers: u64, count: u8) -> Result<()> {
    let file = place.data.join("readings.csv");
    write(File::create(&file)?, customers, count)?;
    let bureau = place.open().await?;
    let begun = Instant::now();
    let work = residents::load(&bureau, "readings", &file).await?;
    let time = begun.elapsed();
    std::fs::remove_file(&file)?;
    let engine = bureau.house.db.engine().name();
    Measured { bench: "import", engine, work, time, answers: None }.say()
}

/// Each day is a file of its own from the collection system; here they follow one another.
fn write(file: File, customers: u64, count: u8) -> Result<()> {
    let mut file = BufWriter::new(file);
    writeln!(file, "{}", residents::READINGS)?;
    let mut use_of_day = SmallRng::seed_from_u64(31);
    for (at, day) in (1_u32..).zip(days(count)) {
        let mut random = residents::random();
        for i in 0..customers {
            let resident = residents::Resident::next(i, &mut random);
            for (register, opening) in [("peak", resident.peak.0), ("valley", resident.valley.0)] {
                let used = at * 9 + use_of_day.random_range(0..8_u32);
                writeln!(file, "R{i:08},{day},{register},{},actual", opening + used)?;
            }
        }
    }
    Ok(file.flush()?)
}

pub async fn floor(place: &Place, imported: &Place, count: u8) -> Result<()> {
    floor::stored("import-floor", place, imported, &store::READINGS, days(count)).await
}
