//! What is looked for, and whom a journal entry is about. Pure.

use std::collections::BTreeSet;

use finder::{Kind, Layout, Match, Record};
use platform::journal::JournalEntry;
use serde_json::Value;

use crate::metering::Meter;
use crate::supply::UsagePoint;

/// The fields by which a usage point is found, in the order in which they count.
pub const LAYOUT: Layout = &[
    ("supply_no", Kind::Number),
    ("meter_no", Kind::Number),
    ("phone", Kind::Number),
    ("name", Kind::Name),
    ("address", Kind::Text),
];

pub const SUPPLY_NO: usize = 0;
pub const METER_NO: usize = 1;
const PHONE: usize = 2;
const NAME: usize = 3;
const ADDRESS: usize = 4;

pub fn field_word(field: Option<usize>) -> Option<&'static str> {
    field.and_then(|at| LAYOUT.get(at)).map(|(word, _)| *word)
}

/// The stable word of a way of finding.
pub fn match_word(how: Match) -> &'static str {
    match how {
        Match::Exact => "exact",
        Match::Sound => "sound",
        Match::Beginning => "beginning",
        Match::End => "end",
        Match::Part => "part",
        Match::Words => "words",
        Match::Alike => "alike",
        Match::Near => "near",
    }
}

/// A usage point as the index keeps it, with every meter that it has or had.
pub fn record(point: &UsagePoint, meters: &[Meter]) -> Record {
    let mut values = vec![(SUPPLY_NO, point.supply_no.clone()), (NAME, point.customer.name.clone())];
    values.extend(meters.iter().map(|meter| (METER_NO, meter.meter_no.clone())));
    values.extend(point.phone.clone().map(|phone| (PHONE, phone)));
    values.extend(point.address.clone().map(|address| (ADDRESS, address)));
    Record { key: point.supply_no.clone(), scope: point.station.clone(), values }
}

/// Whom some journal entries are about.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub supply_nos: BTreeSet<String>,
    pub meter_nos: BTreeSet<String>,
    /// An entry changed the archive without naming what it changed.
    pub everything: bool,
}

/// Acts that change what is found, and do not name one usage point or meter as their subject.
const IMPORTS: [&str; 2] = ["import.customers", "import.meters"];

impl Touched {
    pub fn by(entries: &[JournalEntry]) -> Touched {
        let mut touched = Touched::default();
        for entry in entries {
            if IMPORTS.contains(&entry.act.as_str()) {
                touched.import(&entry.detail);
            } else if let Some(number) = entry.subject.strip_prefix("usage-point:") {
                touched.supply_nos.insert(number.to_owned());
            } else if let Some(number) = entry.subject.strip_prefix("meter:") {
                touched.meter_nos.insert(number.to_owned());
            }
        }
        touched
    }

    fn import(&mut self, detail: &str) {
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        match detail["touched"].as_array() {
            Some(numbers) => self.supply_nos.extend(numbers.iter().filter_map(Value::as_str).map(str::to_owned)),
            None => self.everything = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use kernel::id::Uuid;

    use super::*;

    fn entry(act: &str, subject: &str, detail: &str) -> JournalEntry {
        JournalEntry {
            id: Uuid::nil(),
            at: Timestamp::UNIX_EPOCH,
            actor: "wang.li".into(),
            act: act.into(),
            subject: subject.into(),
            reason: None,
            detail: detail.into(),
            position: Some(1),
        }
    }

    #[test]
    fn an_entry_tells_whom_it_touched() {
        let touched = Touched::by(&[
            entry("usage-point.change", "usage-point:0000000001", "{}"),
            entry("reading.void", "meter:M1", "{}"),
            entry("import.customers", "import:customers", r#"{"loaded":2,"touched":["7","8"]}"#),
            entry("import.readings", "import:readings", r#"{"loaded":2}"#),
            entry("bill.cancel", "bill:20160800000001", "{}"),
        ]);
        let texts = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>();
        assert_eq!(texts(&touched.supply_nos), ["0000000001", "7", "8"]);
        assert_eq!(texts(&touched.meter_nos), ["M1"]);
        assert!(!touched.everything);
    }

    #[test]
    fn an_import_that_names_nobody_touched_everybody() {
        assert!(Touched::by(&[entry("import.meters", "import:meters", r#"{"loaded":2}"#)]).everything);
        assert!(Touched::by(&[entry("import.customers", "import:customers", "spoilt")]).everything);
    }
}
