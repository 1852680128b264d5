//! Random lives of meters: whatever happens, every Wh is billed once.

use std::collections::{BTreeMap, BTreeSet};

use business::bill::{self, BillDocument, BillStatus};
use kernel::{Date, Month};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stories::files::{METERS, READINGS, TERMS};
use stories::{Account, House};

/// What one account lives through in the first half of 2016.
#[derive(Debug, Clone)]
struct Life {
    by_day_and_night: bool,
    multiplier: i64,
    /// Opening states of its meters, one after the other, in thousandths.
    openings: Vec<i64>,
    months: Vec<Months>,
}

#[derive(Debug, Clone)]
struct Months {
    read_on: Option<i8>,
    changed_on: Option<i8>,
    /// Another tariff from a day on, and whether the meter is read on its eve.
    tariff_from: Option<(i8, bool)>,
    /// Thousandths a day, of each register.
    per_day: [i64; 2],
}

impl Months {
    fn is_read_on(&self, day: i8) -> bool {
        self.read_on == Some(day) || self.tariff_from == Some((day + 1, true))
    }

    fn last_read_on(&self) -> Option<i8> {
        (1..=28).rfind(|day| self.is_read_on(*day))
    }
}

const MONTHS: usize = 6;
/// Six digits and three decimals.
const RANGE: i64 = 1_000_000_000;

fn life() -> impl Strategy<Value = Life> {
    // Every second meter is about to pass its end.
    let opening = prop_oneof![0..RANGE, RANGE - 200_000..RANGE];
    let month = (
        option::weighted(0.75, 1_i8..=28),
        option::weighted(0.3, 1_i8..=28),
        option::weighted(0.4, (2_i8..=28, any::<bool>())),
        [0_i64..20_000, 0_i64..20_000],
    );
    let month = month.prop_map(|(read_on, changed_on, tariff_from, per_day)| {
        let mut month = Months { read_on, changed_on: None, tariff_from, per_day };
        // On the day on which a meter goes it is not read besides.
        month.changed_on = changed_on.filter(|day| !month.is_read_on(*day));
        month
    });
    (any::<bool>(), 1_i64..=40, vec(opening, MONTHS + 1), vec(month, MONTHS)).prop_map(
        |(by_day_and_night, multiplier, openings, months)| Life { by_day_and_night, multiplier, openings, months },
    )
}

/// The true count of each meter and register since its installation, at the end of each day.
type Truth = BTreeMap<(String, String), BTreeMap<Date, i64>>;

#[derive(Default)]
struct World {
    truth: Truth,
    meters: String,
    readings: String,
    terms: String,
    /// Supply number and cycle of every bill that must come.
    due: BTreeSet<(String, Month)>,
}

fn shown(thousandths: i64) -> String {
    let value = thousandths % RANGE;
    format!("{}.{:03}", value / 1000, value % 1000)
}

impl Life {
    fn registers(&self) -> &'static [&'static str] {
        if self.by_day_and_night { &["peak", "valley"] } else { &["total"] }
    }

    /// Two that bill the same registers.
    fn tariffs(&self) -> [&'static str; 2] {
        if self.by_day_and_night {
            ["cn-zhejiang/resident-tou", "cn-jiangsu/resident-tou"]
        } else {
            ["sample/general-single", "cn-zhejiang/resident"]
        }
    }

    fn account(&self, supply_no: &str) -> Account {
        Account::new(supply_no, self.tariffs()[0]).capacity("")
    }

    fn live(&self, supply_no: &str, world: &mut World) {
        let mut day = Date::constant(2015, 12, 31);
        let (mut meter, mut installed) = (0, day);
        let mut counts = [0_i64; 2];
        while day < Date::constant(2016, 6, 30) {
            day = kernel::time::next_day(day);
            let month = &self.months[usize::try_from(day.month() - 1).unwrap_or(0)];
            counts.iter_mut().zip(month.per_day).for_each(|(count, more)| *count += more);
            self.note(supply_no, meter, day, counts, world);
            if month.changed_on == Some(day.day()) {
                self.meter_rows(supply_no, meter, installed, Some((day, counts)), world);
                (meter, installed, counts) = (meter + 1, day, [0; 2]);
            } else if month.is_read_on(day.day()) {
                for (register, count) in self.registers().iter().zip(counts) {
                    let value = shown(self.openings[meter] + count);
                    world.readings.push_str(&format!("{supply_no}-{meter},{day},{register},{value},actual\n"));
                }
            }
        }
        self.meter_rows(supply_no, meter, installed, None, world);
        let changes = (1_i8..).zip(&self.months).filter_map(|(at, month)| Some((at, month.tariff_from?.0)));
        for (turn, (month, day)) in changes.enumerate() {
            let tariff = self.tariffs()[(turn + 1) % 2];
            world.terms.push_str(&format!("{supply_no},2016-{month:02}-{day:02},{tariff},,\n"));
        }
        for (at, month) in (1_i8..).zip(&self.months) {
            if month.last_read_on().is_some() && month.last_read_on() > month.changed_on {
                world.due.insert((supply_no.to_owned(), Month::new(2016, at).expect("a month")));
            }
        }
    }

    fn note(&self, supply_no: &str, meter: usize, day: Date, counts: [i64; 2], world: &mut World) {
        for (register, count) in self.registers().iter().zip(counts) {
            world.truth.entry((format!("{supply_no}-{meter}"), (*register).to_owned())).or_default().insert(day, count);
        }
    }

    fn meter_rows(
        &self,
        supply_no: &str,
        meter: usize,
        installed: Date,
        removal: Option<(Date, [i64; 2])>,
        world: &mut World,
    ) {
        let opening = self.openings[meter];
        for (at, register) in self.registers().iter().enumerate() {
            let (on, closing) =
                removal.map_or_else(Default::default, |(on, counts)| (on.to_string(), shown(opening + counts[at])));
            let multiplier = self.multiplier;
            world.meters.push_str(&format!(
                "{supply_no}-{meter},{supply_no},{installed},{on},{multiplier},6,{register},{},{closing}\n",
                shown(opening)
            ));
        }
    }
}

/// The standing documents of each account, in order of cycle.
async fn standing(house: &House) -> BTreeMap<String, Vec<BillDocument>> {
    let tx = house.reading_tx().await;
    let page = bill::with_documents(&tx, &house.operator(), None, "", 1000).await.expect("documents");
    let mut standing: BTreeMap<String, Vec<BillDocument>> = BTreeMap::new();
    for (bill, text, _) in page.iter().filter(|(bill, ..)| bill.status == BillStatus::Issued) {
        standing.entry(bill.supply_no.clone()).or_default().push(serde_json::from_str(text).expect("a document"));
    }
    standing.values_mut().for_each(|documents| documents.sort_by_key(|document| document.cycle));
    standing
}

fn check(lives: &BTreeMap<String, Life>, world: &World, standing: &BTreeMap<String, Vec<BillDocument>>) {
    let billed: BTreeSet<(String, Month)> = standing
        .iter()
        .flat_map(|(supply_no, documents)| documents.iter().map(|document| (supply_no.clone(), document.cycle)))
        .collect();
    assert_eq!(billed, world.due);
    for (supply_no, documents) in standing {
        let multiplier = lives[supply_no].multiplier;
        let mut reached: BTreeMap<(String, String), (Date, i64)> = BTreeMap::new();
        let (mut year_to_date, mut last_day) = (0, Date::constant(2015, 12, 31));
        for document in documents {
            assert_eq!(document.before.billed_in_year.wh(), year_to_date, "{supply_no} {}", document.cycle);
            assert!(
                document.period.from > last_day && document.period.to >= document.period.from,
                "{supply_no} {:?}",
                document.period
            );
            last_day = document.period.to;
            check_changes(&lives[supply_no], document);
            for read in &document.reads {
                let key = (read.meter_no.clone(), read.register.to_string());
                let truth = &world.truth[&key];
                let installed = kernel::time::previous_day(*truth.keys().next().expect("a day"));
                let (from, before) = reached.get(&key).copied().unwrap_or((installed, 0));
                assert_eq!(read.from.on, from, "{key:?}: a stretch begins where the one before ended");
                assert_eq!(read.energy.wh(), (truth[&read.to.on] - before) * multiplier, "{key:?} to {}", read.to.on);
                reached.insert(key, (read.to.on, truth[&read.to.on]));
            }
            year_to_date += document.energy.wh();
        }
        let sum: i64 = reached.values().map(|(_, count)| count * multiplier).sum();
        assert_eq!(year_to_date, sum, "{supply_no}: what was billed is what was used up to the last states");
    }
}

/// A tariff that changes within a bill has the use up to a reading on its eve to itself.
fn check_changes(life: &Life, document: &BillDocument) {
    let changes = document.case.changes.as_deref();
    let tariffs = changes.map_or(&[][..], |changes| &changes.tariffs);
    for change in tariffs.iter().skip(1).filter(|change| change.from > document.period.from) {
        let eve = kernel::time::previous_day(change.from);
        let is_read = life.months[usize::try_from(eve.month() - 1).unwrap_or(0)].is_read_on(eve.day());
        let known = changes.and_then(|changes| changes.uses.iter().find(|known| known.to == eve));
        assert!(!is_read || known.is_some_and(|known| !known.by_days), "{change:?} in {:?}", document.case);
        let reads = document.reads.iter().filter(|read| read.billed && read.to.on <= eve);
        let read: i64 = reads.map(|read| read.energy.wh()).sum();
        if is_read && eve < document.period.to {
            let uses = changes.map_or(&[][..], |changes| &changes.uses);
            let known = uses.iter().filter(|known| known.to <= eve).flat_map(|known| &known.usage);
            assert_eq!(known.map(|(_, energy)| energy.wh()).sum::<i64>(), read, "{:?}", document.case);
        }
    }
}

async fn play(lives: Vec<Life>, cancelled: usize) {
    let house = House::open().await;
    let lives: BTreeMap<String, Life> = (1001..).map(|number: u32| number.to_string()).zip(lives).collect();
    let mut world = World::default();
    lives.iter().for_each(|(supply_no, life)| life.live(supply_no, &mut world));
    house.connect(&lives.iter().map(|(supply_no, life)| life.account(supply_no)).collect::<Vec<_>>()).await;
    house.load("meters", format!("{METERS}\n{}", world.meters)).await.wholly();
    house.load("terms", format!("{TERMS}\n{}", world.terms)).await.wholly();
    house.load("readings", format!("{READINGS}\n{}", world.readings)).await.wholly();
    let cycles: Vec<String> = (1..=MONTHS).map(|month| format!("2016-{month:02}")).collect();
    for cycle in &cycles {
        house.issue(cycle).await;
    }
    let first = standing(&house).await;
    check(&lives, &world, &first);
    for document in first.values().flat_map(|documents| documents.iter().rev().take(cancelled)) {
        let bill = house.bill(&document.supply_no, &document.cycle.to_string()).await;
        house.cancel(&bill.bill_no).await.expect("cancelled");
    }
    for cycle in &cycles {
        house.issue(cycle).await;
    }
    let second = standing(&house).await;
    check(&lives, &world, &second);
    for (before, after) in first.values().flatten().zip(second.values().flatten()) {
        assert_eq!((before.cycle, before.total, &before.lines), (after.cycle, after.total, &after.lines));
    }
    house.prove().await;
}

#[test]
fn no_wh_of_any_life_is_lost_or_counted_twice() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..Config::default() });
    let result = runner.run(&(vec(life(), 1..12), 0_usize..4), |(lives, cancelled)| {
        runtime.block_on(play(lives, cancelled));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
