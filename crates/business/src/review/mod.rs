//! Review of readings 抄表复核: what was decided about doubtful and missing readings.
//!
//! ```text
//!   doubtful reading ──accept──▶ stands as it is
//!                    ──correct─▶ put aside; the right value in its place
//!                    ──estimate▶ put aside; a value by a rule of the pack, `estimated` for ever
//!                    ──re-read─▶ put aside; an order, done when a reading comes by file or by hand
//!   no reading       ──estimate, re-read─▶ as above
//!   any decision     ──undo────▶ the reading that was before, unless a bill stands on it
//! ```
//!
//! A decision is a record and is never changed; taking it back is a record too. What a decision
//! replaces is kept among the voided readings.
//!
//! **Invariants.** A decision covers a reading only while it is the one that the decision left: a
//! reading of another value, however it came, is undecided again. No reading that a standing bill was
//! computed from is replaced. A register that went backwards is never accepted.

pub mod api;
mod model;
pub mod rules;
mod store;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kernel::id::Uuid;
use kernel::{Date, Month, Register};
use platform::journal;
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Scope, Tx};

pub use model::{Background, Decided, Decision, Estimate, Filter, Held, Order, Past, Place, Site, Told, Wish};
pub(crate) use rules::decide::covering;
pub use rules::estimate::EstimateRule;
pub(crate) use rules::history::Scene;
pub use store::MIGRATION;
pub(crate) use store::{Reach, decisions_of, doubts_of, open_orders, order, place, site, told};

use crate::bill;
use crate::metering::{self, MeterId};
use crate::reading::rules::{Doubt, ReviewRules};
use crate::reading::{self, READ};
use crate::supply::{self, UsagePointId};
use rules::decide::{self, Change, Desk};
use rules::estimate::EstimateRules;

pub const DECIDE: Permission = Permission("reading.decide");
/// To estimate more often in a row than the pack allows.
pub const OVER_LIMIT: Permission = Permission("reading.over-limit");

/// How many places one request decides, and how many readings are accepted at once.
const AT_ONCE: usize = 200;
const ACCEPTED_AT_ONCE: usize = 1000;

/// Months before the one looked at, so that the same month last year has a state before it.
const LOOK_BACK_MONTHS: i64 = 14;

/// What a list reaches: what the actor's right and his wish have in common.
pub(crate) fn reach(scope: Scope, filter: &Filter) -> Result<Reach> {
    Ok(Reach { stations: scope.narrowed(filter.station.clone())?, book: filter.book.clone() })
}

/// A page of orders to read again, by the day on which they are due.
pub async fn orders(
    tx: &Tx,
    ctx: &Ctx,
    filter: &Filter,
    open: Option<bool>,
    after: (&str, Uuid),
    limit: u32,
) -> Result<Vec<Order>> {
    let reach = reach(ctx.require(READ)?, filter)?;
    store::orders(tx, &reach, open, after, limit).await
}

/// A page of the decisions about readings of `month`, newest first, with supply numbers.
pub async fn decisions(
    tx: &Tx,
    ctx: &Ctx,
    month: Month,
    filter: &Filter,
    before: Uuid,
    limit: u32,
) -> Result<Vec<(Decided, String)>> {
    let reach = reach(ctx.require(READ)?, filter)?;
    store::decisions(tx, month, &reach, before, limit).await
}

/// What the register would be estimated to show; nothing is kept.
pub async fn preview(tx: &Tx, ctx: &Ctx, packs: &Packs, asked: &Asked, rule: Option<EstimateRule>) -> Result<Estimate> {
    let scope = ctx.require(READ)?;
    let desk = desk(tx, packs, &scope, std::slice::from_ref(asked)).await?;
    let place = desk.place(asked)?;
    Ok(desk.estimate(&place, rule)?)
}

/// A register of a meter on a day, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub meter_no: String,
    pub register: Register,
    pub on: Date,
}

/// Decides about one or many places alike: all of them or none.
pub async fn decide(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    asked: &[Asked],
    wish: &Wish,
    reason: Option<&str>,
) -> Result<Vec<Decided>> {
    let scope = ctx.require(DECIDE)?;
    let reason = decide::reason(wish, reason)?;
    decide::check_many(asked, AT_ONCE)?;
    // Nobody else decides about these readings meanwhile, or issues a bill from what is now replaced.
    supply::touch(tx, points(tx, &scope, asked).await?).await?;
    let desk = desk(tx, packs, &scope, asked).await?;
    let standings = bill::standings(tx, &desk.points()).await?;
    let mut changes = Vec::with_capacity(asked.len());
    for (n, asked) in asked.iter().enumerate() {
        let change = desk.change(ctx, asked, n, wish, reason, &standings);
        let change = change.map_err(|refusal| decide::at_item(refusal, n))?;
        if change.decided.decision == Decision::ReRead && store::has_open_order(tx, &change.decided.place).await? {
            return Err(decide::at_item(decide::ordered(), n).into());
        }
        changes.push(change);
    }
    keep(tx, ctx, &changes).await?;
    Ok(changes.into_iter().map(|change| change.decided).collect())
}

async fn keep(tx: &Tx, ctx: &Ctx, changes: &[Change]) -> Result<()> {
    for aside in changes.iter().filter_map(|change| change.aside.as_ref()) {
        reading::put_aside(tx, ctx, aside).await?;
    }
    let kept: Vec<_> = changes.iter().filter_map(|change| change.kept.clone()).collect();
    reading::keep(tx, &kept).await?;
    let decided: Vec<Decided> = changes.iter().map(|change| change.decided.clone()).collect();
    store::insert(tx, &decided).await?;
    for change in changes {
        if let Some((window, due_on, reader)) = &change.order {
            let (id, place) = (change.decided.id, &change.decided.place);
            store::insert_order(tx, id, place, window, *due_on, reader.as_deref()).await?;
        }
        journal_decision(tx, ctx, &change.decided).await?;
    }
    Ok(())
}

async fn journal_decision(tx: &Tx, ctx: &Ctx, decided: &Decided) -> Result<()> {
    let told =
        |told: Option<Told>| told.map(|told| serde_json::json!({ "value": told.value.to_string(), "kind": told.kind }));
    let detail = serde_json::json!({
        "decision": decided.decision, "id": decided.id, "register": decided.place.register, "read_on": decided.place.on,
        "before": told(decided.before), "doubts": decided.doubts, "after": told(decided.after), "rule": decided.rule,
        "undoes": decided.undoes,
    });
    let subject = format!("meter:{}", decided.meter_no);
    journal::record(tx, ctx, journal::Entry { act: DECIDE.0, subject, reason: decided.reason.as_deref(), detail }).await
}

/// Accepts the undecided readings of a month whose only doubt is this one. Tells how many, and
/// whether there are more.
pub async fn accept_all(
    tx: &Tx,
    ctx: &Ctx,
    month: Month,
    filter: &Filter,
    doubt: Doubt,
    reason: Option<&str>,
) -> Result<(u64, bool)> {
    let reach = reach(ctx.require(DECIDE)?, filter)?;
    let reason = decide::reason(&Wish::Accept, reason)?;
    decide::check_acceptable(&[doubt])?;
    let limit = u32::try_from(ACCEPTED_AT_ONCE + 1).unwrap_or(u32::MAX);
    let first = store::only_doubt(tx, month, &reach, doubt, limit).await?;
    let more = first.len() > ACCEPTED_AT_ONCE;
    let meter_nos = first.iter().map(|(_, meter_no, _)| meter_no.clone()).collect();
    let points = metering::by_meter_nos(tx, meter_nos).await?.iter().map(|meter| meter.usage_point).collect();
    supply::touch(tx, points).await?;
    // Read again: somebody may have been faster, or another reading may have come.
    let mut found = store::only_doubt(tx, month, &reach, doubt, limit).await?;
    found.retain(|now| first.contains(now));
    found.truncate(ACCEPTED_AT_ONCE);
    if found.is_empty() {
        return Ok((0, false));
    }
    let decided: Vec<Decided> = found
        .into_iter()
        .map(|(place, meter_no, told)| {
            let words = Some(doubt.word().to_owned());
            decide::decided(ctx, place, meter_no, Decision::Accept, reason, Some((told, words)), Some(told))
        })
        .collect();
    store::insert(tx, &decided).await?;
    let places: Vec<String> =
        decided.iter().map(|d| format!("{} {} {}", d.meter_no, d.place.register, d.place.on)).collect();
    let detail = serde_json::json!({
        "decision": Decision::Accept, "doubt": doubt, "month": month, "station": filter.station, "book": filter.book,
        "readings": places,
    });
    let subject = format!("book:{}", filter.book.as_deref().unwrap_or_default());
    journal::record(tx, ctx, journal::Entry { act: DECIDE.0, subject, reason, detail }).await?;
    Ok((decided.len() as u64, more))
}

/// Takes a decision back: the reading that was before it stands again.
pub async fn undo(tx: &Tx, ctx: &Ctx, id: Uuid, reason: &str) -> Result<Decided> {
    let scope = ctx.require(DECIDE)?;
    let reason = journal::short_reason(reason)?;
    let decision = store::decision(tx, id).await?.ok_or_else(decide::unknown)?;
    let sites = store::sites(tx, &[decision.place.meter]).await?;
    let site =
        sites.get(&decision.place.meter).filter(|site| scope.covers(&site.station)).ok_or_else(decide::unknown)?;
    supply::touch(tx, vec![site.usage_point]).await?;
    // Read again: somebody may have been faster.
    let decision = store::decision(tx, id).await?.ok_or_else(decide::unknown)?;
    let place = decision.place;
    let standings = bill::standings(tx, &[site.usage_point]).await?;
    decide::check_billed(standings.get(&site.usage_point), &site.meter_no, &place)?;
    let of_place = decisions_of(tx, &[place.meter], place.on, place.on).await?;
    let now = reading::at(tx, place.meter, place.register, place.on).await?;
    let order_done = decision.decision == Decision::ReRead && !store::has_open_order(tx, &place).await?;
    decide::check_undo(&decision, &of_place, now.as_ref().map(|(reading, _)| reading), order_done)?;
    let change = decide::taken_back(ctx, &decision, reason, now);
    keep(tx, ctx, std::slice::from_ref(&change)).await?;
    Ok(change.decided)
}

/// Of these meters' readings within the days, those that have one of `doubts` and no decision.
pub async fn held(tx: &Tx, meters: &[MeterId], from: Date, to: Date, doubts: &[Doubt]) -> Result<Vec<Held>> {
    if doubts.is_empty() {
        return Ok(Vec::new());
    }
    let undecided = store::undecided(tx, meters, from, to).await?;
    let held = undecided.into_iter().filter_map(|(place, found)| {
        let doubt = found.into_iter().find(|doubt| doubts.contains(doubt))?;
        Some(Held { place, doubt })
    });
    Ok(held.collect())
}

/// The first day that helps to judge a month.
pub(crate) fn look_back(month: Month) -> Date {
    rules::history::months_before(month.first_day(), LOOK_BACK_MONTHS)
}

/// The meters of these sites' usage points, and what was read of them within the days.
pub(crate) async fn scenes(
    tx: &Tx,
    sites: impl Iterator<Item = &Site>,
    since: Date,
    until: Date,
) -> Result<HashMap<UsagePointId, Scene>> {
    let mut scenes: HashMap<UsagePointId, Scene> = HashMap::new();
    for site in sites {
        let scene = Scene { capacity: site.capacity, since: Some(since), ..Scene::default() };
        scenes.entry(site.usage_point).or_insert(scene);
    }
    let points: Vec<UsagePointId> = scenes.keys().copied().collect();
    let mut owners: HashMap<MeterId, UsagePointId> = HashMap::new();
    for meter in metering::of_usage_points(tx, &points).await? {
        owners.insert(meter.id, meter.usage_point);
        if let Some(scene) = scenes.get_mut(&meter.usage_point) {
            scene.meters.push(meter);
        }
    }
    let meters: Vec<MeterId> = owners.keys().copied().collect();
    for reading in reading::within(tx, &meters, since, until).await? {
        if let Some(scene) = owners.get(&reading.meter).and_then(|point| scenes.get_mut(point)) {
            scene.readings.push(reading);
        }
    }
    Ok(scenes)
}

/// The usage points where these meters hang, as far as the scope reaches.
async fn points(tx: &Tx, scope: &Scope, asked: &[Asked]) -> Result<Vec<UsagePointId>> {
    let meters = metering::by_meter_nos(tx, asked.iter().map(|asked| asked.meter_no.clone()).collect()).await?;
    let ids: Vec<MeterId> = meters.iter().map(|meter| meter.id).collect();
    let sites = store::sites(tx, &ids).await?;
    let mut points: Vec<UsagePointId> =
        sites.values().filter(|site| scope.covers(&site.station)).map(|site| site.usage_point).collect();
    points.sort();
    points.dedup();
    Ok(points)
}

/// Everything that deciding about these places takes; places out of the scope are unknown.
async fn desk(tx: &Tx, packs: &Packs, scope: &Scope, asked: &[Asked]) -> Result<Desk> {
    let meters = metering::by_meter_nos(tx, asked.iter().map(|asked| asked.meter_no.clone()).collect()).await?;
    let ids: Vec<MeterId> = meters.iter().map(|meter| meter.id).collect();
    let mut sites = store::sites(tx, &ids).await?;
    sites.retain(|_, site| scope.covers(&site.station));
    let (Some(first), Some(last)) =
        (asked.iter().map(|asked| asked.on).min(), asked.iter().map(|asked| asked.on).max())
    else {
        return Err(decide::nothing_asked().into());
    };
    let scenes = scenes(tx, sites.values(), look_back(Month::of(first)), Date::MAX).await?;
    let decisions = decisions_of(tx, &ids, first, last).await?;
    let mut at = HashMap::new();
    for asked in asked {
        if let Some(meter) = meters.iter().find(|meter| meter.meter_no == asked.meter_no) {
            let place = Place { meter: meter.id, register: asked.register, on: asked.on };
            if let Some(found) = reading::at(tx, meter.id, asked.register, asked.on).await? {
                at.insert(place, found);
            }
        }
    }
    let mut by_month: HashMap<Month, (ReviewRules, EstimateRules)> = HashMap::new();
    for asked in asked {
        let month = Month::of(asked.on);
        if let Entry::Vacant(unknown) = by_month.entry(month) {
            unknown.insert((ReviewRules::of(packs, month)?, EstimateRules::of(packs, month)?));
        }
    }
    Ok(Desk { meters, sites, scenes, decisions, at, by_month })
}
