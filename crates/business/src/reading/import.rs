//! `readings.csv`.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::ToSpan;
use kernel::{Date, Month, Refusal, Register};
use platform::csv::{Columns, Finding, Importer, Outcome, Record, conflict};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx};

use super::rules::{self, ReviewRules};
use super::{IMPORT, Reading, ReadingKind, store};
use crate::fields;
use crate::metering::{self, Count, Meter, MeterId};
use crate::supply::{self, UsagePointId};

pub struct ReadingImport {
    pub packs: Arc<Packs>,
}

/// How far back a new reading is compared with earlier ones.
const LOOK_BACK_DAYS: i32 = 100;

/// Readings on record, by register and in order of day.
type History = HashMap<(MeterId, Register), Vec<(Date, Count, ReadingKind)>>;

impl Importer for ReadingImport {
    const KIND: &'static str = "readings";
    const COLUMNS: Columns = Columns { required: &["meter_no", "read_on", "register", "value", "kind"], optional: &[] };
    const RIGHT: Permission = IMPORT;

    async fn load(&self, tx: &Tx, ctx: &Ctx, records: Vec<Record>) -> Result<Outcome> {
        let scope = ctx.require(IMPORT)?;
        let mut meter_nos: Vec<String> = records.iter().map(|record| record.field("meter_no").to_owned()).collect();
        meter_nos.sort();
        meter_nos.dedup();
        let meters = metering::by_meter_nos(tx, meter_nos).await?;
        let sites = store::sites(tx, &meters).await?;
        let meters: HashMap<&str, &Meter> = meters.iter().map(|meter| (meter.meter_no.as_str(), meter)).collect();
        let mut outcome = Outcome::default();
        let mut read = Vec::with_capacity(records.len());
        for record in &records {
            let read_row = reading(record, ctx, &meters).and_then(|(meter, reading)| {
                sites
                    .get(&meter.usage_point)
                    .map_or(Ok(()), |site| scope.admit(&site.station))
                    .map(|()| (meter, reading))
            });
            match read_row {
                Ok((meter, reading)) => read.push((record.row, meter, reading)),
                Err(refusal) => outcome.findings.push(Finding::refused(record.row, refusal)),
            }
        }
        let mut history = history(tx, &read).await?;
        let mut rules = RulesByMonth { packs: &self.packs, known: Vec::new() };
        let (mut new, mut touched): (Vec<_>, Vec<UsagePointId>) = (Vec::new(), Vec::new());
        for (row, meter, reading) in read {
            let states = history.entry((reading.meter, reading.register)).or_default();
            match states.binary_search_by_key(&reading.read_on, |(on, ..)| *on) {
                Ok(at) => outcome.findings.push(compare(row, states[at], &reading)),
                Err(at) => {
                    let rules = rules.of(Month::of(reading.read_on))?;
                    let doubts = rules::judge(
                        rules,
                        meter,
                        &reading,
                        &states[..at],
                        sites.get(&meter.usage_point).and_then(|site| site.capacity),
                    );
                    let words = doubts.iter().map(|doubt| doubt.doubt.word()).collect::<Vec<_>>().join(",");
                    outcome
                        .findings
                        .extend(doubts.into_iter().map(|d| Finding::doubtful(row, "value", d.doubt.word(), d.text)));
                    states.insert(at, (reading.read_on, reading.value, reading.kind));
                    new.push((reading, (!words.is_empty()).then_some(words)));
                    touched.push(meter.usage_point);
                    outcome.loaded += 1;
                }
            }
        }
        store::insert(tx, &new).await?;
        touched.sort();
        touched.dedup();
        supply::touch(tx, touched).await?;
        Ok(outcome)
    }
}

fn reading<'m>(record: &Record, ctx: &Ctx, meters: &HashMap<&str, &'m Meter>) -> Result<(&'m Meter, Reading), Refusal> {
    let meter_no = fields::code(record, "meter_no")?;
    let meter = meters.get(meter_no.as_str()).copied().ok_or_else(|| {
        Refusal::invalid("meter.unknown", format!("没有电能表 {meter_no}"), format!("there is no meter {meter_no}"))
            .at("meter_no")
    })?;
    let register =
        fields::word(record, "register", Register::from_word, "sharp, peak, flat, valley, total, reactive, demand")?;
    let known = meter.register(register).ok_or_else(|| {
        Refusal::invalid(
            "register.unknown",
            format!("该表没有 {register} 计度器"),
            format!("this meter has no register {register}"),
        )
        .at("register")
    })?;
    let read_on = fields::date(record, "read_on")?;
    let value = metering::count(record, "value", known.digits)?;
    let wrong_day = |code, zh: &str, en: &str| Err(Refusal::invalid(code, zh.to_owned(), en.to_owned()).at("read_on"));
    if read_on > ctx.today {
        return wrong_day("date.future", "抄表日在将来", "this day has not come yet");
    }
    if read_on <= meter.installed_on {
        return wrong_day(
            "date.before-installation",
            "抄表日须在安装日之后；安装日的读数是起码",
            "must be after the day of installation, whose state is the opening",
        );
    }
    if meter.removed_on.is_some_and(|removed_on| read_on >= removed_on) {
        return wrong_day(
            "date.after-removal",
            "抄表日须在拆除日之前；拆除日的读数是止码",
            "must be before the day of removal, whose state is the closing",
        );
    }
    let kind = fields::word(record, "kind", ReadingKind::from_word, "actual, customer, estimated")?;
    Ok((meter, Reading { meter: meter.id, register, read_on, value, kind }))
}

fn compare(row: u64, (_, value, kind): (Date, Count, ReadingKind), given: &Reading) -> Finding {
    if value != given.value {
        return Finding::refused(row, conflict("value", &value.to_string(), &given.value.to_string()));
    }
    if kind != given.kind {
        return Finding::refused(row, conflict("kind", kind.word(), given.kind.word()));
    }
    Finding::unchanged(row)
}

/// What is on record for these readings' days and for some time before them.
async fn history(tx: &Tx, read: &[(u64, &Meter, Reading)]) -> Result<History> {
    let mut history = History::new();
    let days = || read.iter().map(|(_, _, reading)| reading.read_on);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Ok(history);
    };
    let from = first.checked_sub(LOOK_BACK_DAYS.days()).unwrap_or(first);
    let mut meters: Vec<MeterId> = read.iter().map(|(_, meter, _)| meter.id).collect();
    meters.sort();
    meters.dedup();
    for reading in store::within(tx, &meters, from, last).await? {
        history.entry((reading.meter, reading.register)).or_default().push((
            reading.read_on,
            reading.value,
            reading.kind,
        ));
    }
    Ok(history)
}

/// The thresholds of each month, read once.
struct RulesByMonth<'a> {
    packs: &'a Packs,
    known: Vec<(Month, ReviewRules)>,
}

impl RulesByMonth<'_> {
    fn of(&mut self, month: Month) -> Result<&ReviewRules> {
        let at = match self.known.iter().position(|(known, _)| *known == month) {
            Some(at) => at,
            None => {
                self.known.push((month, ReviewRules::of(self.packs, month)?));
                self.known.len() - 1
            }
        };
        Ok(&self.known[at].1)
    }
}
