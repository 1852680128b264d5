//! Readings and bills, station by station and month by month.
//!
//! ```text
//!   reader     S00  S01  S02  S03 …  S19  S00 of the next month …
//!   officers        S00  S01  S02 …
//! ```
//!
//! A station is billed while the next one's readings come in: readings that come in while their own station is
//! billed would make its drafts old. Turns begin at even distances, so that the load is the same in every quarter.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use kernel::{Month, Timestamp};
use tokio::time::{Instant, sleep_until};

use super::{Wish, loaded};
use crate::http::Client;
use crate::month::{Officers, carried_out};
use crate::place;
use crate::residents::{self, Resident, STATIONS};

/// A turn of one station: an hour is twelve months of all stations.
const TURN: Duration = Duration::from_secs(15);
/// Turns of a short run at least.
const TURNS: u32 = 8;

/// What was done so far.
#[derive(Debug, Default)]
pub struct Work {
    pub readings: u64,
    pub bills: u64,
    /// That were billed wholly.
    pub months: u64,
    /// What is being done.
    pub now: String,
}

pub struct Months {
    meters: Vec<Meter>,
    turn: Duration,
    turns: u64,
}

/// What the registers of a resident showed before the first month, and their use in each.
struct Meter {
    station: u64,
    registers: [(&'static str, u32, u32); 2],
}

/// One station's month; the first is the one after the month that all have been billed for.
#[derive(Debug, Clone, Copy)]
struct Portion {
    cycle: Month,
    /// Months since the meters were hung up.
    since: u32,
    station: u64,
}

impl Months {
    pub fn of(wish: &Wish) -> Months {
        let mut random = residents::random();
        let meter = |i| {
            let Resident { area, peak, valley, .. } = Resident::next(i, &mut random);
            Meter {
                station: residents::station(area),
                registers: [("peak", peak.0, peak.1), ("valley", valley.0, valley.1)],
            }
        };
        let lasts = Duration::from_secs(wish.seconds.into());
        let turn = TURN.min(lasts / TURNS);
        let turns = u64::try_from(lasts.as_millis() / turn.as_millis().max(1)).unwrap_or(u64::MAX) + 1;
        Months { meters: (0..wish.customers).map(meter).collect(), turn, turns }
    }

    /// The morning after the last month that may be billed.
    pub fn now(&self) -> Result<Timestamp> {
        let mut after = place::month()?.next();
        for _ in 0..self.turns.div_ceil(STATIONS) {
            after = after.next();
        }
        Ok(format!("{}T01:00:00Z", after.first_day()).parse()?)
    }

    /// How long it takes until a station has its next turn.
    pub fn length(&self) -> Duration {
        self.turn * STATIONS as u32
    }

    fn portions(&self) -> Result<impl Iterator<Item = Portion>> {
        let first = place::month()?;
        let months = std::iter::successors(Some((first.next(), 2)), |(cycle, since)| Some((cycle.next(), since + 1)));
        let of_month = |(cycle, since)| (0..STATIONS).map(move |station| Portion { cycle, since, station });
        Ok(months.flat_map(of_month).take(usize::try_from(self.turns)?))
    }

    /// Until the time is over; what was begun by then is finished.
    pub async fn keep_billing(
        &self,
        mut officers: Officers,
        mut reader: Client,
        run: &str,
        until: Instant,
        work: &RefCell<Work>,
    ) -> Result<()> {
        let (mut turn, mut ready) = (Instant::now(), None::<Portion>);
        for next in self.portions()? {
            sleep_until(turn).await;
            turn = Instant::now().max(turn + self.turn);
            if Instant::now() >= until {
                break;
            }
            work.borrow_mut().now = format!("{} of {}", residents::station_code(next.station), next.cycle);
            let bill = async {
                let Some(portion) = ready else { return Ok(0) };
                let (key, station) = (portion.key(run), residents::station_code(portion.station));
                officers.bill(&portion.cycle.to_string(), Some(&station), &key, |_, _| ()).await
            };
            let (readings, bills) = tokio::try_join!(self.import(&mut reader, next, run), bill)?;
            let mut work = work.borrow_mut();
            work.readings += readings;
            work.bills += bills;
            work.months += u64::from(ready.is_some_and(|portion| portion.station == STATIONS - 1));
            ready = Some(next);
        }
        Ok(())
    }

    async fn import(&self, reader: &mut Client, portion: Portion, run: &str) -> Result<u64> {
        let (file, rows) = self.file(portion);
        let asked = reader.upload("/api/imports/readings?name=readings.csv", &portion.key(run), file).await?.json()?;
        let loaded = loaded(&carried_out(reader, &asked, |_| ()).await?)?;
        ensure!(loaded == rows, "{loaded} of {rows} readings were loaded");
        Ok(loaded)
    }

    /// A station's readings of a month, and how many they are.
    fn file(&self, Portion { cycle, since, station }: Portion) -> (String, u64) {
        let (mut file, mut rows, day) = (format!("{}\n", residents::READINGS), 0, cycle.last_day());
        for (i, meter) in self.meters.iter().enumerate().filter(|(_, meter)| meter.station == station) {
            for (register, before, used) in meter.registers {
                let _ = writeln!(file, "R{i:08},{day},{register},{},actual", before + used * since);
                rows += 1;
            }
        }
        (file, rows)
    }
}

impl Portion {
    fn key(self, run: &str) -> String {
        format!("{run}-{}-{}", self.cycle, self.station)
    }
}
