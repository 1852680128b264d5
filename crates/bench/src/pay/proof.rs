//! Each payment that was acknowledged is on record exactly once, and no other.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result, ensure};
use business::payment::{self, InFull, PaymentState};
use kernel::Money;

use super::Paid;
use crate::place::Place;

/// Payments of one read.
const PAGE: u32 = 1_000;

/// Compares what was acknowledged with what is on record after a receipt.
pub async fn prove(place: &Place, after: &str, paid: &[Paid]) -> Result<()> {
    let mut open: HashMap<&str, &Paid> = paid.iter().map(|paid| (paid.receipt_no.as_str(), paid)).collect();
    ensure!(open.len() == paid.len(), "two payments got the same receipt");
    let mut sum = Money::ZERO;
    on_record(place, after, |full| {
        let receipt_no = full.payment.receipt_no.as_str();
        let paid = open.remove(receipt_no).with_context(|| format!("nobody was told of {receipt_no}"))?;
        let is_that = of_one_account(full)? == paid.supply_no && full.payment.amount == paid.amount;
        ensure!(is_that, "{receipt_no} is on record as {full:?}, but {} was paid", paid.amount);
        sum += full.payment.amount;
        Ok(())
    })
    .await?;
    ensure!(open.is_empty(), "{} payments were acknowledged and are not on record", open.len());
    eprintln!("each of {} payments is on record once, {sum} yuan in all", paid.len());
    Ok(())
}

/// So many payments that they are only added up: two sums of the same payments are equal, in whatever order they came;
/// of others they differ, but for a chance of one in 2⁶⁴.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub payments: u64,
    pub amount: Money,
    marks: u64,
}

impl Sum {
    pub fn add(&mut self, supply_no: &str, receipt_no: &str, amount: Money) {
        let mut mark = DefaultHasher::new();
        (supply_no, receipt_no, amount.fen()).hash(&mut mark);
        self.payments += 1;
        self.amount += amount;
        self.marks = self.marks.wrapping_add(mark.finish());
    }

    /// The same of what is on record after a receipt. A receipt is on record once, by the table's key.
    pub async fn on_record(place: &Place, after: &str) -> Result<Sum> {
        let mut sum = Sum::default();
        on_record(place, after, |full| {
            sum.add(of_one_account(full)?, &full.payment.receipt_no, full.payment.amount);
            Ok(())
        })
        .await?;
        Ok(sum)
    }
}

async fn on_record(place: &Place, after: &str, mut each: impl FnMut(&InFull) -> Result<()>) -> Result<()> {
    let bureau = place.open().await?;
    let (ctx, tx) = (bureau.house.operator(), bureau.house.db.read().await?);
    let mut after = after.to_owned();
    loop {
        let page = payment::in_order(&tx, &ctx, None, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.payment.receipt_no);
        page.iter().try_for_each(&mut each)?;
    }
}

/// Whose payment it is: taken, and shared out wholly to one account.
fn of_one_account(full: &InFull) -> Result<&str> {
    let of_shares: Money = full.shares.iter().map(|row| row.share.amount).sum();
    let supply_no = full.shares.first().map(|row| row.supply_no.as_str());
    let is_one = full.shares.iter().all(|row| Some(row.supply_no.as_str()) == supply_no);
    let is_whole = full.payment.state == PaymentState::Taken && of_shares == full.payment.amount && is_one;
    supply_no.filter(|_| is_whole).with_context(|| format!("a payment that is not whole: {full:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_differ_where_a_payment_is_missing_or_another() {
        let of = |paid: &[(&str, &str, i64)]| {
            let mut sum = Sum::default();
            paid.iter().for_each(|(supply_no, receipt_no, fen)| sum.add(supply_no, receipt_no, Money::from_fen(*fen)));
            sum
        };
        let both = of(&[("1", "r1", 500), ("2", "r2", 700)]);
        assert_eq!(both, of(&[("2", "r2", 700), ("1", "r1", 500)]));
        for other in [
            vec![("1", "r1", 500)],
            vec![("1", "r1", 700), ("2", "r2", 500)],
            vec![("1", "r1", 500), ("1", "r2", 700)],
            vec![("1", "r1", 500), ("2", "r3", 700)],
        ] {
            assert_ne!(both, of(&other), "{other:?}");
        }
    }
}
