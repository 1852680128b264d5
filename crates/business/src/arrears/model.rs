use kernel::id::Uuid;
use kernel::{Date, Money, Month, Refusal, words};
use platform::Result;
use serde::{Deserialize, Serialize};

use super::rules::Ages;

/// Which debts are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub station: Option<String>,
    pub book: Option<String>,
    pub category: Option<String>,
    pub supply_no: Option<String>,
    /// The month of the bill.
    pub cycle: Option<Month>,
    /// Number of the class of age, from 0.
    pub age: Option<usize>,
    /// Owes at least so much.
    pub least: Option<Money>,
}

/// First and last due day of the oldest debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub first: Date,
    pub last: Date,
}

impl Filter {
    /// Between which days the oldest debt fell due.
    pub fn reach(&self, ages: &Ages, today: Date) -> Result<Reach> {
        match self.age {
            None => Ok(Reach { first: Date::MIN, last: today }),
            Some(number) => ages.reach(today, number).ok_or_else(|| {
                Refusal::invalid("age.unknown", "没有该账龄档", "there is no such class of age").at("age").into()
            }),
        }
    }
}

words! {
    pub enum Order {
        Amount = "amount" ("按金额", "largest first"),
        Age = "age" ("按账龄", "oldest first"),
    }
}

/// A class of age, in days past the due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    pub number: usize,
    pub from_days: i64,
    /// None: without end.
    pub to_days: Option<i64>,
}

/// What lies in a class of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeSum {
    pub age: Age,
    pub accounts: i64,
    pub bills: i64,
    pub amount: Money,
}

/// An account that owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    pub usage_point: Uuid,
    pub supply_no: String,
    pub name: String,
    pub station: String,
    pub book: Option<String>,
    pub category: String,
    /// Overdue bills.
    pub bills: i64,
    pub oldest_due: Date,
    pub amount: Money,
    /// Class of the oldest debt.
    pub age: Option<Age>,
    /// Day and amount.
    pub last_payment: Option<(Date, Money)>,
}

/// Where a page begins: after this key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// An amount in fen, or a day.
    pub key: String,
    /// What breaks a tie: a supply number, or an id.
    pub tie: String,
}

/// A bill, or an opening debt, that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBill {
    pub id: Uuid,
    pub supply_no: String,
    pub name: String,
    pub station: String,
    pub bill_no: Option<String>,
    pub cycle: Option<Month>,
    pub due_on: Date,
    pub amount: Money,
    pub settled: Money,
}

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
