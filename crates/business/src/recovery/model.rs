use kernel::id::Uuid;
use kernel::{Date, Money, Refusal, words};
use platform::Result;
use serde::{Deserialize, Serialize};

/// Days of the books, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from: Date,
    pub to: Date,
}

impl Stretch {
    pub fn check(self) -> Result<()> {
        if self.from <= self.to {
            return Ok(());
        }
        Err(Refusal::invalid("range.invalid", "起始日期不能晚于截止日期", "the first day must not be after the last")
            .at("from")
            .into())
    }
}

words! {
    /// By what a report is divided.
    pub enum By {
        Day = "day" ("按日", "by day"),
        Month = "month" ("按月", "by month"),
        Station = "station" ("按供电所", "by station"),
        Book = "book" ("按抄表段", "by reading book"),
        Category = "category" ("按用电类别", "by category of use"),
    }
}

/// A row of the report of receivable and received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportRow {
    pub key: String,
    /// 应收: bills issued, less those reversed.
    pub issued: Money,
    /// Opening debts taken over.
    pub opening: Money,
    /// 实收电费: money for what was owed.
    pub received: Money,
    /// 违约金.
    pub late_charge: Money,
    /// 预收: money paid ahead, less what was paid back.
    pub ahead: Money,
    /// Money paid ahead that met a debt.
    pub applied: Money,
}

impl ReportRow {
    /// The money that came in.
    pub fn money(&self) -> Money {
        self.received + self.late_charge + self.ahead
    }

    pub fn plus(mut self, other: &ReportRow) -> ReportRow {
        self.issued += other.issued;
        self.opening += other.opening;
        self.received += other.received;
        self.late_charge += other.late_charge;
        self.ahead += other.ahead;
        self.applied += other.applied;
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The stations whose figures alone are in it; none: the whole bureau.
    pub stations: Option<Vec<String>>,
    pub rows: Vec<ReportRow>,
}

impl Report {
    pub fn total(&self) -> ReportRow {
        self.rows.iter().fold(ReportRow::default(), ReportRow::plus)
    }
}

/// A ledger line behind a row of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    pub entry_id: Uuid,
    pub line_no: i64,
    pub on: Date,
    pub kind: String,
    pub account: String,
    pub supply_no: String,
    pub bill_no: Option<String>,
    pub amount: Money,
}

words! {
    pub enum RecoveryBy {
        Month = "month" ("按账单月份", "by month of bill"),
        Station = "station" ("按供电所", "by station"),
    }
}

/// How much of what was issued has come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// A month of bills, or a station.
    pub key: String,
    pub issued: Money,
    pub received: Money,
}

/// Where a page of lines begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCursor {
    pub entry: Uuid,
    pub line: i64,
}
