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
use platform::{Ctx, Fault, Permission, Result, Tx, journal};

pub use model::{Balance, BillMonth, BillOfMonth, Event, Network, Summary};
pub use store::MIGRATION;

use crate::bill::{self, Bill};
use crate::metering;
use crate::reading::rules::ReviewRules;
use crate::supply::{self, UsagePoint};
use crate::{grid, ledger, payment, reading};
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
    let point = supply::find(tx, ctx, supply_no).await?;
    let may = |right| ctx.require_at(right, &point.station).is_ok();
    let balance = if sees_money(ctx, &point) { Some(store::balance(tx, point.id, ctx.today).await?) } else { None };
    let last_bill = if may(bill::READ) {
        let bills = bill::of_usage_point(tx, ctx, supply_no, MOST_BILLS).await?;
        let standing = bills.into_iter().find(|bill| bill.status == bill::BillStatus::Issued);
        with_open(tx, ctx, &point, standing.into_iter().collect()).await?.pop()
    } else {
        None
    };
    let last_reading =
        if may(reading::READ) { reading::of_usage_point(tx, ctx, supply_no, 1).await?.pop() } else { None };
    let meters = metering::of_usage_points(tx, &[point.id]).await?;
    let siblings = siblings_of(tx, ctx, &point).await?.len();
    Ok(Summary {
        meters: meters.iter().filter(|meter| meter.removed_on.is_none()).count(),
        balance,
        last_bill,
        last_reading,
        siblings,
        point,
    })
}

/// Who reads the ledger sees what is owed, and so does who takes payments.
fn sees_money(ctx: &Ctx, point: &UsagePoint) -> bool {
    ctx.require_at(ledger::READ, &point.station).is_ok() || ctx.require(payment::TAKE).is_ok()
}

/// Substation, feeder, area and meters of a usage point.
pub async fn network(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Network> {
    let point = supply::find(tx, ctx, supply_no).await?;
    let area = grid::areas(tx, vec![point.area_code.clone()]).await?.pop();
    let area =
        area.ok_or_else(|| Fault::impossible(format!("{supply_no} lies in the unknown area {}", point.area_code)))?;
    Ok(Network { area, meters: metering::of_usage_points(tx, &[point.id]).await? })
}

/// The other usage points of the same customer that the actor may see.
pub async fn siblings(tx: &Tx, ctx: &Ctx, supply_no: &str) -> Result<Vec<UsagePoint>> {
    let point = supply::find(tx, ctx, supply_no).await?;
    siblings_of(tx, ctx, &point).await
}

async fn siblings_of(tx: &Tx, ctx: &Ctx, point: &UsagePoint) -> Result<Vec<UsagePoint>> {
    let scope = ctx.require(supply::READ)?;
    let numbers = store::points_of(tx, point.customer.id, MOST_SIBLINGS).await?;
    let others: Vec<String> = numbers.into_iter().filter(|number| *number != point.supply_no).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let mut points = supply::by_supply_nos(tx, others).await?;
    points.retain(|other| scope.covers(&other.station));
    points.sort_by(|a, b| a.supply_no.cmp(&b.supply_no));
    Ok(points)
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
    let point = supply::find(tx, ctx, supply_no).await?;
    let first = Month::of(first_day(ctx.today, checked(months)?));
    let mut by_month: BTreeMap<Month, Vec<BillOfMonth>> = BTreeMap::new();
    let recent = bills.into_iter().filter(|bill| bill.cycle >= first).collect();
    for of in with_open(tx, ctx, &point, recent).await? {
        by_month.entry(of.bill.cycle).or_default().insert(0, of);
    }
    let last = by_month.keys().last().copied().unwrap_or(first);
    let begun = by_month.keys().next().copied().unwrap_or(last);
    let all =
        begun.max(first).through(last).map(|month| BillMonth::of(month, by_month.remove(&month).unwrap_or_default()));
    Ok(all.filter(|month| !month.bills.is_empty() || last > month.cycle).collect())
}

async fn with_open(tx: &Tx, ctx: &Ctx, point: &UsagePoint, bills: Vec<Bill>) -> Result<Vec<BillOfMonth>> {
    let open = if sees_money(ctx, point) {
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
