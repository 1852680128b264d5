//! Why a bill is higher or lower than another 电费对比: in steps that a clerk reads out and a customer can check.
//!
//! It computes from the two documents and the price lists that they name, and keeps nothing.
//!
//! **Invariant.** The steps add up to the difference of the two bills, to the fen.

pub mod api;
mod model;
pub mod rules;
mod store;
#[cfg(test)]
mod tests;

use kernel::{Month, Refusal};
use platform::{Ctx, Fault, Result, Tx};
use pricing::Tariff;

pub use model::{Compared, Comparison};

use crate::bill::{self, Bill, BillDocument};
use crate::tariff;
use rules::Side;

/// Why a bill is higher or lower than another of the same account; than the standing one before it,
/// where none is named.
pub async fn compare(tx: &Tx, ctx: &Ctx, bill_no: &str, with: Option<&str>) -> Result<Comparison> {
    let (bill, document, _) = bill::in_full(tx, ctx, bill_no).await?;
    let point = bill.usage_point;
    let last_year = match year_before(bill.cycle) {
        Some(cycle) => store::standing_in(tx, point, cycle).await?,
        None => None,
    };
    let last_year = match last_year {
        Some(number) => Some(Compared::from(&bill::find(tx, ctx, &number).await?)),
        None => None,
    };
    let other = match with {
        Some(number) => Some(number.to_owned()),
        None => store::standing_before(tx, point, bill.cycle).await?,
    };
    let Some(other) = other else {
        return Ok(Comparison { bill: (&bill).into(), with: None, steps: Vec::new(), last_year });
    };
    let (old, old_document, _) = bill::in_full(tx, ctx, &other).await?;
    if old.usage_point != bill.usage_point {
        return Err(other_account(&other).into());
    }
    let (before, after) = (tariff_of(tx, &old_document).await?, tariff_of(tx, &document).await?);
    let steps = rules::compare(side(&before, &old_document), side(&after, &document));
    Ok(Comparison {
        bill: as_computed(&bill, &document),
        with: Some(as_computed(&old, &old_document)),
        steps,
        last_year,
    })
}

fn side<'a>(tariff: &'a Tariff, document: &'a BillDocument) -> Side<'a> {
    Side { tariff, case: &document.case, total: document.total }
}

/// A bill as it was computed, also where it is the reversal of one.
fn as_computed(bill: &Bill, document: &BillDocument) -> Compared {
    Compared { energy: document.energy, amount: document.total, ..Compared::from(bill) }
}

fn other_account(bill_no: &str) -> Refusal {
    Refusal::invalid(
        "comparison.other-account",
        format!("账单 {bill_no} 不是同一户的，无法比较"),
        format!("the bill {bill_no} is of another account"),
    )
    .at("with")
}

async fn tariff_of(tx: &Tx, document: &BillDocument) -> Result<Tariff> {
    let digests: Vec<String> = document.versions.iter().map(|version| version.digest.clone()).collect();
    let kept = tariff::kept(tx, &document.tariff, &digests).await?;
    kept.ok_or_else(|| {
        Fault::impossible(format!("the versions of {} for {} are not kept", document.tariff, document.supply_no))
    })
}

fn year_before(month: Month) -> Option<Month> {
    Month::new(month.year() - 1, month.month())
}
