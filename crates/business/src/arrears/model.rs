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
    /// 违约金 as of today.
    pub late_charge: Money,
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
