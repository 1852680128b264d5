//! Each payment that was acknowledged is on record exactly once, and no other.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use business::payment::{self, InFull, PaymentState};
use kernel::Money;

use super::Paid;
use crate::place::Place;

/// Payments of one read.
const PAGE: u32 = 1_000;

/// Compares what was acknowledged with what is on record after a receipt.
pub async fn prove(place: &Place, after: &str, paid: &[Paid]) -> Result<()> {
    let bureau = place.open().await?;
    let (ctx, tx) = (bureau.house.operator(), bureau.house.db.read().await?);
    let mut open: HashMap<&str, &Paid> = paid.iter().map(|paid| (paid.receipt_no.as_str(), paid)).collect();
    ensure!(open.len() == paid.len(), "two payments got the same receipt");
    let (mut after, mut sum) = (after.to_owned(), Money::ZERO);
    loop {
        let page = payment::in_order(&tx, &ctx, None, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.payment.receipt_no);
        for full in &page {
            let receipt_no = full.payment.receipt_no.as_str();
            let paid = open.remove(receipt_no).with_context(|| format!("nobody was told of {receipt_no}"))?;
            ensure!(is_that(full, paid), "{receipt_no} is on record as {full:?}, but {} was paid", paid.amount);
            sum += full.payment.amount;
        }
    }
    ensure!(open.is_empty(), "{} payments were acknowledged and are not on record", open.len());
    eprintln!("each of {} payments is on record once, {sum} yuan in all", paid.len());
    Ok(())
}

fn is_that(full: &InFull, paid: &Paid) -> bool {
    let of_shares: Money = full.shares.iter().map(|row| row.share.amount).sum();
    full.payment.state == PaymentState::Taken
        && full.payment.amount == paid.amount
        && of_shares == paid.amount
        && full.shares.iter().all(|row| row.supply_no == paid.supply_no)
}
