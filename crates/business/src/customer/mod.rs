//! What a customer's page shows 客户视图: one usage point, seen from all records at once.
//!
//! It owns nothing and changes nothing. Each part asks its own right, at the station of the usage
//! point, and personal data leaves it masked: to see it in full is `supply::unmask`.
//!
//! **Invariant.** Of a journal entry only facts are shown that are known to be nobody's personal data.

pub mod api;
mod model;
pub mod rules;
mod store;

use std::collections::BTreeMap;

use jiff::ToSpan;
use kernel::id::Uuid;
use kernel::{Date, Month, Refusal};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Tx, journal};

pub use model::{Balance, BillMonth, BillOfMonth, Event, HangingMeter, LastBill, LastReading, Network, Summary};
pub use store::MIGRATION;

use crate::bill::{self, Bill};
use crate::metering;
use crate::reading::rules::ReviewRules;
use crate::supply::{self, UsagePoint};
use crate::{ledger, payment, reading};
use rules::curve::{Span, spans};

/// To read what was done about one's customers.
pub const JOURNAL: Permission = Permission("archive.journal");

/// The longest look back, in months.
pub const LONGEST: u32 = 60;
/// Usage points of one customer that a page lists.
const MOST_SIBLINGS: u32 = 200;
/// Bills of one account that are looked through for a range of months.
const MOST_BILLS: u32 = 200;

/// The top of the page.
pub async fn summary(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Summary> {
    let scope = ctx.require(supply::READ)?;
    let found = store::summary(tx, supply_no, ctx.today, scope.clone().stations().as_deref(), MOST_SIBLINGS).await?;
    let found = found.filter(|summary| scope.covers(&summary.point.station));
    let mut summary = found.ok_or_else(|| supply::unknown(supply_no))?;
    let may = |right| ctx.require_at(right, &summary.point.station).is_ok();
    let (reads_bills, reads_readings) = (may(bill::READ), may(reading::READ));
    if !sees_money(ctx, &summary.point.station) {
        summary.balance = None;
        summary.last_bill = summary.last_bill.map(|bill| LastBill { open: None, ..bill });
    }
    summary.last_bill = summary.last_bill.filter(|_| reads_bills);
    summary.last_reading = summary.last_reading.filter(|_| reads_readings);
    Ok(summary)
}

/// Who reads the ledger sees what is owed, and so does who takes payments.
fn sees_money(ctx: &Ctx, station: &str) -> bool {
    ctx.require_at(ledger::READ, station).is_ok() || ctx.require(payment::TAKE).is_ok()
}

/// Substation, feeder, area and meters of a usage point.
pub async fn network(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Network> {
    let scope = ctx.require(supply::READ)?;
    let found = store::network(tx, supply_no).await?.filter(|(station, _)| scope.covers(station));
    let (_, network) = found.ok_or_else(|| supply::unknown(supply_no))?;
    Ok(network)
}

/// The other usage points of the same customer that the actor may see.
pub async fn siblings(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Vec<UsagePoint>> {
    supply::siblings(tx, ctx, supply_no, MOST_SIBLINGS).await
}

/// Use between readings over the last months, by register.
pub async fn usage(tx: &Tx, ctx: &Ctx, packs: &Packs, supply_no: &str, months: u32) -> Result<Vec<Span>> {
    ctx.require(reading::READ)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(reading::READ, &point.station)?;
    let since = first_day(ctx.today, checked(months)?);
    let meters = metering::of_usage_points(tx, &[point.id]).await?;
    let ids: Vec<metering::MeterId> = meters.iter().map(|meter| meter.id).collect();
    // The state before the first day looked at may be old: a meter that was not read for long.
    let readings = reading::within(tx, &ids, Date::MIN, ctx.today).await?;
    let rules = ReviewRules::of(packs, Month::of(ctx.today))?;
    let each = meters.iter().flat_map(|meter| spans(&rules, meter, &readings, point.capacity, since));
    let mut spans: Vec<Span> = each.collect();
    spans.sort_by(|a, b| (a.to, a.from, a.register, &a.meter_no).cmp(&(b.to, b.from, b.register, &b.meter_no)));
    Ok(spans)
}

/// The bills of the last months, month by month, oldest first; a month without a bill is there too.
pub async fn bill_months(tx: &Tx, ctx: &Ctx, supply_no: &str, months: u32) -> Result<Vec<BillMonth>> {
    let bills = bill::of_usage_point(tx, ctx, supply_no, MOST_BILLS).await?;
    let first = Month::of(first_day(ctx.today, checked(months)?));
    let mut by_month: BTreeMap<Month, Vec<BillOfMonth>> = BTreeMap::new();
    let recent = bills.into_iter().filter(|bill| bill.cycle >= first).collect();
    for of in with_open(tx, ctx, recent).await? {
        by_month.entry(of.bill.cycle).or_default().insert(0, of);
    }
    let last = by_month.keys().last().copied().unwrap_or(first);
    let begun = by_month.keys().next().copied().unwrap_or(last);
    let all =
        begun.max(first).through(last).map(|month| BillMonth::of(month, by_month.remove(&month).unwrap_or_default()));
    Ok(all.filter(|month| !month.bills.is_empty() || last > month.cycle).collect())
}

/// Bills of one account, with what is still to be paid of each.
async fn with_open(tx: &Tx, ctx: &Ctx, bills: Vec<Bill>) -> Result<Vec<BillOfMonth>> {
    let open = if bills.first().is_some_and(|bill| sees_money(ctx, &bill.station)) {
        Some(store::open_of(tx, bills.iter().map(|bill| bill.bill_no.clone()).collect()).await?)
    } else {
        None
    };
    let of = |bill: Bill| {
        let open = open.as_ref().map(|open| open.get(&bill.bill_no).copied().unwrap_or_default());
        BillOfMonth { bill, open }
    };
    Ok(bills.into_iter().map(of).collect())
}

/// What was done about an account: acts on it, its meters, its bills and its payments, newest first.
pub async fn events(tx: &Tx, ctx: &Ctx, supply_no: &str, before: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    ctx.require(JOURNAL)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(JOURNAL, &point.station)?;
    let mut subjects = vec![format!("usage-point:{supply_no}")];
    let meters = metering::of_usage_points(tx, &[point.id]).await?;
    subjects.extend(meters.iter().map(|meter| format!("meter:{}", meter.meter_no)));
    subjects.extend(store::bill_nos(tx, point.id).await?.iter().map(|number| format!("bill:{number}")));
    subjects.extend(store::receipt_nos(tx, point.id).await?.iter().map(|number| format!("payment:{number}")));
    let entries = journal::about(tx, subjects, before, limit).await?;
    Ok(entries.into_iter().map(|entry| Event { facts: rules::facts::facts(&entry.detail), entry }).collect())
}

/// The first day of the month that lies `months` − 1 before `today`'s.
fn first_day(today: Date, months: u32) -> Date {
    let back = i64::from(months.saturating_sub(1));
    today.first_of_month().checked_sub(back.months()).unwrap_or(today)
}

fn checked(months: u32) -> Result<u32> {
    if (1..=LONGEST).contains(&months) {
        return Ok(months);
    }
    let (zh, en) = (format!("月数为 1 至 {LONGEST}"), format!("1 to {LONGEST} months"));
    Err(Refusal::invalid("months.range", zh, en).at("months").into())
}
