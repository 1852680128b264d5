//! Finding customers by what they say, mistakes included, while the archive grows.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use business::Bureau;
use business::search::{self, Search};
use platform::jobs::Unwatched;
use platform::journal;
use rand::RngExt;
use rand::rngs::SmallRng;
use tokio::time::interval;

use crate::clock;
use crate::place::Place;
use crate::report::Measured;
use crate::residents::{self, CUSTOMERS, Resident};

/// Rows of one import, and how often one is made: a hundred new customers a second.
const ROWS: u64 = 10;
const EVERY: Duration = Duration::from_millis(100);

/// Lines that are asked each second.
const PER_SECOND: u32 = 50;

pub async fn run(place: &Place, customers: u64, seconds: u32) -> Result<()> {
    let bureau = place.open().await?;
    let index = Search::at(&bureau.house.data);
    let begun = Instant::now();
    let built = index.rebuild(&bureau.house, &mut Unwatched).await?;
    ensure!(built == Some(customers), "the index has {built:?} of {customers}");
    eprintln!("indexed {customers} in {:.1} s", begun.elapsed().as_secs_f64());
    let mut lines = lines(customers);
    let find = || {
        let (bureau, index, line) = (bureau.clone(), index.clone(), lines.next());
        async move {
            let tx = bureau.house.db.read().await?;
            let answer = search::find(&tx, &bureau.house.operator(), &index, &line, 20).await?;
            Ok(!answer.rows.is_empty())
        }
    };
    let clock::Asked { time, latencies, answers } = tokio::select! {
        asked = clock::ask(seconds, PER_SECOND, find) => asked?,
        ended = grow(bureau.clone(), customers) => return ended,
        ended = follow(bureau.clone(), index.clone()) => return ended,
    };
    let (work, found) = (answers.len() as u64, answers.iter().filter(|has_found| **has_found).count());
    eprintln!("{found} of {work} lines found something; {:?} in the index at the end", index.standing().await?);
    let engine = bureau.house.db.engine().name();
    Measured { bench: "search", engine, work, time, answers: Some(latencies) }.say()
}

/// What people type: numbers with a slip, names by sight and by sound, addresses, meters.
struct Lines {
    customers: u64,
    random: SmallRng,
}

fn lines(customers: u64) -> Lines {
    Lines { customers, random: residents::random() }
}

impl Lines {
    fn next(&mut self) -> String {
        let i = self.random.random_range(0..self.customers);
        let number = Resident::supply_no(i).to_string();
        let resident = Resident::next(i, &mut self.random);
        match self.random.random_range(0..9) {
            0 => number,
            1 => self.missing(&number),
            2 => self.doubled(&number),
            3 => resident.name,
            4 => resident.name.replace('伟', "玮").replace('晓', "小").replace('静', "净"),
            5 => ["wangwei", "lijing", "zhangxiaodong", "chenjg", "lmh", "yxh"][self.random.random_range(0..6)]
                .to_owned(),
            6 => format!("清河市{}街{}号", i % 97, i % 211 + 1),
            7 => format!("R{i:08}"),
            _ => resident.phone[7..].to_owned(),
        }
    }

    fn missing(&mut self, number: &str) -> String {
        let at = self.random.random_range(0..number.len());
        format!("{}{}", &number[..at], &number[at + 1..])
    }

    fn doubled(&mut self, number: &str) -> String {
        let at = self.random.random_range(0..number.len());
        format!("{}{}", &number[..=at], &number[at..])
    }
}

async fn grow(bureau: Bureau, customers: u64) -> Result<()> {
    let (mut beat, mut random, mut next) = (interval(EVERY), residents::random(), customers);
    loop {
        beat.tick().await;
        let path = bureau.house.data.join("new.csv");
        let mut file = std::fs::File::create(&path)?;
        writeln!(file, "{CUSTOMERS}")?;
        for i in next..next + ROWS {
            writeln!(file, "{}", Resident::next(i, &mut random).row(i))?;
        }
        next += ROWS;
        residents::load(&bureau, "customers", &path).await?;
    }
}

/// As a server does.
async fn follow(bureau: Bureau, index: Search) -> Result<()> {
    let mut beat = interval(Duration::from_secs(1));
    loop {
        beat.tick().await;
        journal::seal(&bureau.house.db).await?;
        index.follow(&bureau.house).await?;
    }
}
