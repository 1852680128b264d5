//! What a bureau shows from outside, and how two such views differ.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::bureau::Bureau;
use crate::table::Table;

use super::harm::{Harm, Kind};

type Rows = Vec<Vec<String>>;

#[derive(Default, Debug)]
pub struct Snapshot {
    customers: Rows,
    readings: Rows,
    bills: Vec<Bill>,
    /// Without the number of the bill, sorted.
    lines: Rows,
    /// Shares, without the numbers of receipts and bills, sorted.
    shares: Rows,
    /// Receipts of what a channel reported, by channel and reference.
    receipts: BTreeMap<[String; 2], BTreeSet<String>>,
    ledger_rows: usize,
}

#[derive(Debug)]
struct Bill {
    bill_no: String,
    supply_no: String,
    cycle: String,
    sequence: String,
    status: String,
    /// What does not depend on when and in which order bills were made.
    content: Vec<String>,
    replaces: bool,
}

/// Columns of a bill that differ between two bureaus that did the same.
const OF_THE_MOMENT: [&str; 5] = ["bill_no", "issued_on", "due_on", "replaces", "status"];
/// Columns of a payment that do.
const OF_A_PAYMENTS_MOMENT: [&str; 4] = ["receipt_no", "reverses", "booked_on", "bill_no"];

impl Snapshot {
    pub fn take(bureau: &Bureau) -> Result<Self> {
        let sorted = |mut rows: Rows| {
            rows.sort();
            rows
        };
        let payments = bureau.table("payments", None)?;
        Ok(Self {
            shares: sorted(without(&payments, &OF_A_PAYMENTS_MOMENT)),
            receipts: receipts(&payments)?,
            customers: sorted(bureau.table("customers", None)?.rows),
            readings: sorted(bureau.table("readings", None)?.rows),
            bills: bills(&bureau.table("bills", None)?)?,
            lines: sorted(without(&bureau.table("bill-lines", None)?, &["bill_no"])),
            ledger_rows: bureau.table("ledger", None)?.rows.len(),
        })
    }

    pub fn bills(&self) -> usize {
        self.bills.len()
    }

    pub fn bills_of(&self, cycle: &str) -> usize {
        self.bills.iter().filter(|bill| bill.cycle == cycle).count()
    }

    pub fn payments(&self) -> usize {
        self.receipts.len()
    }

    pub fn customers(&self) -> usize {
        self.customers.len()
    }

    /// What was to be seen earlier and is not any more. A bill may change its status, nothing else.
    pub fn lost_in(&self, later: &Self) -> Vec<Harm> {
        let mut harms = Vec::new();
        for (name, before, after) in
            [("customer", &self.customers, &later.customers), ("reading", &self.readings, &later.readings)]
        {
            let after: BTreeSet<_> = after.iter().collect();
            let lost = before.iter().find(|row| !after.contains(row));
            harms.extend(lost.map(|row| lost_row(name, row)));
        }
        let after: BTreeMap<&str, &Bill> = later.bills.iter().map(|bill| (bill.bill_no.as_str(), bill)).collect();
        let lost = self.bills.iter().find(|bill| {
            after
                .get(bill.bill_no.as_str())
                .is_none_or(|now| now.content != bill.content || now.replaces != bill.replaces)
        });
        harms.extend(lost.map(|bill| Harm::new(Kind::Lost, format!("bill {}", bill.bill_no))));
        let lost = self.receipts.iter().find(|(payment, receipts)| later.receipts.get(*payment) != Some(receipts));
        harms.extend(lost.map(|(payment, _)| lost_row("payment", payment)));
        harms
    }

    pub fn doubled(&self) -> Vec<Harm> {
        let mut harms = Vec::new();
        let mut numbers = BTreeSet::new();
        let mut issued = BTreeSet::new();
        for bill in &self.bills {
            let key = (&bill.supply_no, &bill.cycle, &bill.sequence);
            let again = !numbers.insert(&bill.bill_no);
            if again || bill.status == "issued" && !issued.insert(key) {
                let message = format!("bill {} of {} {}", bill.bill_no, key.0, key.1);
                harms.push(Harm::new(Kind::Doubled, message));
            }
        }
        for (name, rows) in [("customer", &self.customers), ("reading", &self.readings)] {
            let twice = rows.windows(2).find(|pair| pair[0] == pair[1]);
            harms.extend(twice.map(|pair| Harm::new(Kind::Doubled, format!("{name} {}", pair[0].join(",")))));
        }
        let twice = self.receipts.iter().find(|(_, receipts)| receipts.len() > 1);
        harms.extend(twice.map(|(payment, _)| Harm::new(Kind::Doubled, format!("payment {}", payment.join(",")))));
        harms
    }

    pub fn differs_from(&self, control: &Self) -> Option<Harm> {
        let (mine, theirs) = (self.contents(), control.contents());
        for (name, mine, theirs) in [
            ("customers", &self.customers, &control.customers),
            ("readings", &self.readings, &control.readings),
            ("bills", &mine, &theirs),
            ("bill lines", &self.lines, &control.lines),
            ("shares of payments", &self.shares, &control.shares),
        ] {
            if let Some(harm) = difference(name, mine, theirs) {
                return Some(harm);
            }
        }
        let (mine, theirs) = (self.ledger_rows, control.ledger_rows);
        let message = format!("ledger rows: {mine}, control {theirs}");
        (mine != theirs).then(|| Harm::new(by_count(mine, theirs), message))
    }

    fn contents(&self) -> Rows {
        let mut rows: Rows = self
            .bills
            .iter()
            .map(|bill| {
                let own = [bill.status.clone(), bill.replaces.to_string()];
                bill.content.iter().cloned().chain(own).collect()
            })
            .collect();
        rows.sort();
        rows
    }
}

fn lost_row(name: &str, row: &[String]) -> Harm {
    Harm::new(Kind::Lost, format!("{name} {}", row.join(",")))
}

fn by_count(mine: usize, theirs: usize) -> Kind {
    match mine.cmp(&theirs) {
        std::cmp::Ordering::Less => Kind::Lost,
        std::cmp::Ordering::Greater => Kind::Doubled,
        std::cmp::Ordering::Equal => Kind::Other,
    }
}

fn difference(name: &str, mine: &Rows, theirs: &Rows) -> Option<Harm> {
    if mine == theirs {
        return None;
    }
    let only = |these: &Rows, those: &Rows| {
        let those: BTreeSet<_> = those.iter().collect();
        let row = these.iter().find(|row| !those.contains(row));
        row.map_or("(none)".to_owned(), |row| row.join(","))
    };
    let message = format!(
        "{name}: {} rows, control {}; only here: {}; only in the control: {}",
        mine.len(),
        theirs.len(),
        only(mine, theirs),
        only(theirs, mine)
    );
    Some(Harm::new(by_count(mine.len(), theirs.len()), message))
}

fn bills(table: &Table) -> Result<Vec<Bill>> {
    let named = ["bill_no", "supply_no", "cycle", "sequence", "status", "replaces"];
    let contents = without(table, &OF_THE_MOMENT);
    Ok(table
        .select(named)?
        .into_iter()
        .zip(contents)
        .map(|([bill_no, supply_no, cycle, sequence, status, replaces], content)| Bill {
            bill_no: bill_no.to_owned(),
            supply_no: supply_no.to_owned(),
            cycle: cycle.to_owned(),
            sequence: sequence.to_owned(),
            status: status.to_owned(),
            content,
            replaces: !replaces.is_empty(),
        })
        .collect())
}

fn receipts(table: &Table) -> Result<BTreeMap<[String; 2], BTreeSet<String>>> {
    let mut receipts: BTreeMap<[String; 2], BTreeSet<String>> = BTreeMap::new();
    for [channel, reference, receipt_no] in table.select(["channel", "reference", "receipt_no"])? {
        receipts.entry([channel, reference].map(str::to_owned)).or_default().insert(receipt_no.to_owned());
    }
    Ok(receipts)
}

fn without(table: &Table, columns: &[&str]) -> Rows {
    table
        .rows
        .iter()
        .map(|row| {
            table
                .header
                .iter()
                .zip(row)
                .filter(|(name, _)| !columns.contains(&name.as_str()))
                .map(|(_, value)| value.clone())
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "bill_no,supply_no,cycle,sequence,kwh,amount,status,issued_on,replaces\n";

    fn with_bills(rows: &str) -> Snapshot {
        let table = Table::parse(&format!("{HEADER}{rows}")).expect("CSV");
        Snapshot { bills: bills(&table).expect("bills"), ..Snapshot::default() }
    }

    #[test]
    fn other_numbers_and_days_are_no_difference() {
        let mine = with_bills("B1,1,2025-06,1,5,4.00,issued,2026-01-01,\n");
        let control = with_bills("B9,1,2025-06,1,5,4.00,issued,2026-01-02,\n");
        assert!(mine.differs_from(&control).is_none());
        let other = with_bills("B9,1,2025-06,1,6,4.80,issued,2026-01-02,\n");
        let harm = mine.differs_from(&other).expect("a difference");
        assert_eq!(harm.kind, Kind::Other);
    }

    #[test]
    fn a_bill_may_be_cancelled_but_not_vanish_or_change() {
        let before = with_bills("B1,1,2025-06,1,5,4.00,issued,d,\n");
        let cancelled = with_bills("B1,1,2025-06,1,5,4.00,cancelled,d,\n");
        assert!(before.lost_in(&cancelled).is_empty());
        let changed = with_bills("B1,1,2025-06,1,5,4.01,issued,d,\n");
        assert_eq!(before.lost_in(&changed)[0].kind, Kind::Lost);
        assert_eq!(before.lost_in(&with_bills(""))[0].kind, Kind::Lost);
    }

    #[test]
    fn two_issued_bills_of_one_sequence_are_found() {
        let twice = "B1,1,2025-06,1,5,4.00,issued,d,\nB2,1,2025-06,1,5,4.00,issued,d,\n";
        assert_eq!(with_bills(twice).doubled()[0].kind, Kind::Doubled);
        let replaced = twice.replacen("issued", "cancelled", 1);
        assert!(with_bills(&replaced).doubled().is_empty());
    }

    #[test]
    fn a_lost_and_a_doubled_payment_are_found() {
        let with = |rows: &[[&str; 3]]| {
            let rows = rows.iter().map(|row| row.map(str::to_owned).into()).collect();
            let header = ["channel", "reference", "receipt_no"].map(str::to_owned).into();
            Snapshot { receipts: receipts(&Table { header, rows }).expect("payments"), ..Snapshot::default() }
        };
        let (one, other) = (["bank", "W1", "1"], ["bank", "W1", "2"]);
        assert!(with(&[one, one]).doubled().is_empty(), "two shares of one payment");
        assert_eq!(with(&[one, other]).doubled()[0].kind, Kind::Doubled);
        assert!(with(&[one]).lost_in(&with(&[one, ["bank", "W2", "2"]])).is_empty());
        assert_eq!(with(&[one]).lost_in(&with(&[other]))[0].kind, Kind::Lost);
    }

    #[test]
    fn a_lost_and_a_doubled_reading_are_found() {
        let with = |rows: &[&str]| Snapshot {
            readings: rows.iter().map(|row| vec![(*row).to_owned()]).collect(),
            ..Snapshot::default()
        };
        assert_eq!(with(&["a", "b"]).lost_in(&with(&["a"]))[0].kind, Kind::Lost);
        assert_eq!(with(&["a", "a"]).doubled()[0].kind, Kind::Doubled);
        let harm = with(&["a", "a"]).differs_from(&with(&["a"])).expect("differs");
        assert_eq!(harm.kind, Kind::Doubled);
    }
}
