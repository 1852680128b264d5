//! Rules and words of bills. Pure.

pub mod explain;

mod issue;

use kernel::Date;

pub use issue::IssueRules;

use super::model::{Bill, BillStatus};

/// Of all bills of an account and month, the one that stood on the evening of a day.
pub fn standing_on(of_month: &[Bill], on: Date) -> Option<&Bill> {
    let issued = of_month.iter().rev().filter(|bill| bill.status != BillStatus::Reversal && bill.issued_on <= on);
    let is_reversed = |bill: &&Bill| {
        let reverses =
            |other: &Bill| other.status == BillStatus::Reversal && other.replaces.as_ref() == Some(&bill.bill_no);
        of_month.iter().any(|other| reverses(other) && other.issued_on <= on)
    };
    issued.into_iter().find(|bill| !is_reversed(bill))
}
