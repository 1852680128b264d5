//! Exceptions of a month's bills 核算异常: what is improbable about drafts, and what people decided about it.
//!
//! ```text
//!   draft ──examine──▶ findings, weight ──▶ passed 放行 ──────────────▶ issued
//!         ──compare──▶ (season, peers)  ──▶ held 暂缓, field check 核查 ─▶ left out of issue
//!                                       ──▶ read again, estimated ─────▶ another draft
//!                          any decision ──undo──▶ open again, until it is issued
//! ```
//!
//! A decision is about the draft as it was: its findings' kinds, its energy and its amount. As long as
//! these are the same, a new trial leaves it; when they change, it is asked again. That a reading is missing
//! because it is read again, or estimated because somebody estimated it, is what was decided.
//!
//! **Invariants.** What is held is left out of issue until somebody decides otherwise, also when it has
//! changed since; it then stays on the list. What the pack wants decided before issue is not issued
//! before that. Each account has one latest decision of a cycle, kept by the database.

pub mod api;
mod migrations;
mod model;
mod rules;
mod store;

use std::collections::HashMap;

use kernel::id::Uuid;
use kernel::{Month, Refusal};
use platform::db::Db;
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Permission, Result, Scope, Tx};

pub use migrations::MIGRATION;
pub use model::{
    Act, Decided, Decision, Exception, ExceptionQuery, Figures, Left, Order, Progress, Record, Show, Wish,
};
pub use rules::pack::{ExceptionRules, Reason};

use crate::bill::{self, Draft, Weight};
use crate::book::{self, Book};
use crate::metering::{self, Meter, MeterId};
use crate::reading::rules::{Doubt, Finding};
use crate::reading::{self, Reading};
use crate::review::{self, Asked};
use crate::run::{self, RunScope};
use crate::supply::{self, UsagePointId};
use rules::decide::{self, doubts_of};
use rules::judge::{Priced, is_remarkable, judge, own_stake};
use rules::swing::{self, Base, Compared, Earlier, Medians, Peers};
use rules::weigh::{Now, Weighing, weigh};

pub const DECIDE: Permission = Permission("bill.decide");

/// How many months of bills tell what is usual for an account.
const USUAL_MONTHS: u16 = 12;

/// How many accounts are passed at once.
const PASSED_AT_ONCE: usize = 1000;

/// Judges drafts beside the bills before them and weighs what is known of them. Tells what it found,
/// each with its supply number.
pub(crate) async fn examine(
    tx: &Tx,
    rules: &ExceptionRules,
    cycle: Month,
    drafts: &mut [Draft],
) -> Result<Vec<(String, Finding)>> {
    let points: Vec<UsagePointId> = drafts.iter().map(|draft| draft.usage_point).collect();
    let named = store::named(tx, &points).await?;
    let held = store::held(tx, cycle, &points).await?;
    let category = |point| named.get(&point).map_or("", |(_, category)| category.as_str());
    let is_held = |draft: &Draft| held.get(&draft.usage_point) == Some(&draft.sequence);
    let is_looked_at = |draft: &&mut Draft| {
        let is_one = |priced| is_remarkable(rules, &priced);
        !draft.doubts.is_empty() || is_held(draft) || priced(draft, category(draft.usage_point)).is_some_and(is_one)
    };
    let looked_at: Vec<&mut Draft> = drafts.iter_mut().filter(is_looked_at).collect();
    let points: Vec<UsagePointId> = looked_at.iter().map(|draft| draft.usage_point).collect();
    let past = past(tx, &points, cycle).await?;
    let mut told = Vec::new();
    for draft in looked_at {
        let past = past.get(&draft.usage_point).map_or(&[][..], Vec::as_slice);
        let mut found =
            priced(draft, category(draft.usage_point)).map_or_else(Vec::new, |priced| judge(rules, &priced, past));
        if is_held(draft) && draft.doubts.is_empty() && found.is_empty() {
            found.push(Finding::new(Doubt::Held, "暂缓发行后数据已变化", "it has changed since it was held"));
        }
        if !found.is_empty() {
            let mut all: Vec<Finding> = serde_json::from_str(&draft.findings)?;
            all.extend(found.iter().cloned());
            let is_again = all.iter().any(|finding| finding.doubt == Doubt::EstimatedAgain);
            all.retain(|finding| !(is_again && finding.doubt == Doubt::Estimated));
            draft.findings = serde_json::to_string(&all)?;
            draft.doubts = words_of(&all);
            let supply_no = named.get(&draft.usage_point).map_or("", |(supply_no, _)| supply_no);
            told.extend(found.into_iter().map(|finding| (supply_no.to_owned(), finding)));
        }
        draft.weight = weight(draft, past, cycle).weight;
    }
    Ok(told)
}

fn priced<'a>(draft: &Draft, category: &'a str) -> Option<Priced<'a>> {
    let bill = draft.bill.as_ref()?;
    Some(Priced { energy: bill.energy, amount: bill.amount, days: bill.period.days(), marks: bill.marks, category })
}

fn weight(draft: &Draft, past: &[bill::PastBill], cycle: Month) -> Weighing {
    let doubts: Vec<Doubt> = draft.doubts.iter().filter_map(|word| Doubt::from_word(word)).collect();
    let bill = draft.bill.as_ref();
    let own = bill.map(|bill| own_stake(&doubts, bill.amount, Some(bill.marks))).unwrap_or_default();
    let now = bill.map(|bill| Now { energy: bill.energy, amount: bill.amount, days: bill.period.days() });
    weigh(&doubts, now, past, days_of(cycle), own)
}

async fn past(tx: &Tx, points: &[UsagePointId], cycle: Month) -> Result<HashMap<UsagePointId, Vec<bill::PastBill>>> {
    if points.is_empty() {
        return Ok(HashMap::new());
    }
    bill::past(tx, points, cycle.back(USUAL_MONTHS), cycle).await
}

fn days_of(cycle: Month) -> i64 {
    i64::from(cycle.last_day().day())
}

/// The words of what was found, each once.
pub(crate) fn words_of(findings: &[Finding]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = findings.iter().map(|finding| finding.doubt.word()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Compares the drafts of a scope with their season and their peers, which are known only when all have
/// been tried. Gives every swing that stands to `tell`, with its supply number.
pub(crate) async fn compare(
    db: &Db,
    rules: &ExceptionRules,
    (cycle, scope): (Month, &RunScope),
    tell: &mut (dyn FnMut(&str, &Finding) -> Result<()> + Send),
) -> Result<()> {
    let bases = bases(db, cycle).await?;
    if bases.is_empty() {
        return Ok(());
    }
    let peers = peers(db, cycle, scope, &bases).await?;
    let (mut medians, mut pages) = (Medians::of(&peers), run::Pages::of(scope));
    loop {
        let tx = db.read().await?;
        tx.plan_afresh().await?;
        let Some(points) = pages.next(&tx, run::PAGE).await? else { return Ok(()) };
        let mut changed = Vec::new();
        for draft in store::compared(&tx, cycle, &points).await? {
            let found = beside_peers(rules, &mut medians, &draft);
            let has = |doubt: Doubt| draft.doubts.contains(&format!(",{},", doubt.word()));
            let is_other = match &found {
                Compared::Swing(finding) => {
                    tell(&draft.supply_no, finding)?;
                    true
                }
                Compared::AsExpected => has(Doubt::Swing) || has(Doubt::Spike),
                Compared::Unknown => has(Doubt::Swing),
            };
            if is_other {
                changed.push((draft, found));
            }
        }
        let notes = notes(&tx, cycle, changed).await?;
        tx.rollback().await?;
        if notes.is_empty() {
            continue;
        }
        let tx = db.write().await?;
        for (draft, findings, doubts, weight) in notes {
            store::note(&tx, cycle, draft, (&findings, &doubts), weight).await?;
        }
        tx.commit().await?;
    }
}

fn beside_peers(rules: &ExceptionRules, medians: &mut Medians<'_>, draft: &store::Beside) -> Compared {
    let mut earlier = |(base, before): &(Base, _)| {
        let movement = medians.movement(rules, *base, &draft.tariff, &draft.station);
        Earlier { base: *base, before: *before, movement }
    };
    let earlier: Vec<Earlier> = draft.earlier.iter().map(&mut earlier).collect();
    swing::compare(rules, draft.now, &earlier)
}

/// The months that a month is compared with, where there were bills: a bureau in its first year has no season yet.
async fn bases(db: &Db, cycle: Month) -> Result<Vec<(Base, Month)>> {
    let (tx, mut bases) = (db.read().await?, Vec::new());
    for (base, month) in [(Base::LastYear, cycle.back(12)), (Base::LastMonth, cycle.back(1))] {
        if store::was_billed(&tx, month).await? {
            bases.push((base, month));
        }
    }
    Ok(bases)
}

/// What everybody of the scope's station, or of the bureau, did; counted by the database, page by page.
async fn peers(db: &Db, cycle: Month, scope: &RunScope, bases: &[(Base, Month)]) -> Result<Peers> {
    let around = RunScope { station: scope.station.clone(), ..RunScope::default() };
    let (mut peers, mut pages) = (Peers::default(), run::Pages::of(&around));
    loop {
        let tx = db.read().await?;
        tx.plan_afresh().await?;
        let Some(points) = pages.next(&tx, run::PAGE).await? else { return Ok(peers) };
        for (base, then) in bases {
            for (tariff, station, percent, accounts) in store::changes(&tx, cycle, *then, &points).await? {
                peers.add(*base, &tariff, &station, (percent, accounts));
            }
        }
        tx.rollback().await?;
    }
}

type Note = ((UsagePointId, i64), String, String, Weight);

/// What is to be written about drafts whose findings are other ones now.
async fn notes(tx: &Tx, cycle: Month, changed: Vec<(store::Beside, Compared)>) -> Result<Vec<Note>> {
    let points: Vec<UsagePointId> = changed.iter().map(|(draft, _)| draft.usage_point).collect();
    let (past, held) = (past(tx, &points, cycle).await?, store::held(tx, cycle, &points).await?);
    let mut notes = Vec::new();
    for (draft, compared) in changed {
        let at = (draft.usage_point, draft.sequence);
        let before = store::findings(tx, cycle, at).await?;
        let mut findings: Vec<Finding> = serde_json::from_str(&before)?;
        // A sudden rise that was to be expected is the season's, or everybody's.
        let is_expected = compared == Compared::AsExpected;
        findings.retain(|finding| finding.doubt != Doubt::Swing && !(is_expected && finding.doubt == Doubt::Spike));
        if let Compared::Swing(finding) = compared {
            findings.push(finding);
        }
        if findings.is_empty() && held.get(&at.0) == Some(&at.1) {
            continue; // it stays on the list
        }
        let text = serde_json::to_string(&findings)?;
        if text == before {
            continue;
        }
        let words = words_of(&findings);
        let doubts: Vec<Doubt> = words.iter().filter_map(|word| Doubt::from_word(word)).collect();
        let now = Now { energy: draft.now.energy, amount: draft.amount, days: draft.now.days };
        let past = past.get(&draft.usage_point).map_or(&[][..], Vec::as_slice);
        let own = own_stake(&doubts, draft.amount, draft.marks);
        let weight = if doubts.is_empty() {
            Weight::default()
        } else {
            weigh(&doubts, Some(now), past, days_of(cycle), own).weight
        };
        notes.push((at, text, bill::between_commas(&words), weight));
    }
    Ok(notes)
}

/// Those of these accounts whose ready drafts issue leaves out.
pub(crate) async fn left_out(
    tx: &Tx,
    rules: &ExceptionRules,
    cycle: Month,
    points: &[UsagePointId],
) -> Result<HashMap<UsagePointId, Left>> {
    let standings = store::standings(tx, cycle, points).await?;
    let left = standings.into_iter().filter_map(|(point, doubts, is_held, is_decided)| {
        Some((point, decide::left(rules, &doubts_of(&doubts), is_held, is_decided)?))
    });
    Ok(left.collect())
}

/// A page of accounts about whose bill the last trial had something to say, those first at which a
/// person should look first; not issued yet, of the stations that the actor may see.
pub async fn page(tx: &Tx, ctx: &Ctx, query: &ExceptionQuery, limit: u32) -> Result<Vec<Exception>> {
    let stations = ctx.require(bill::READ)?.stations();
    let mut exceptions = store::page(tx, query, stations, limit).await?;
    let points: Vec<UsagePointId> = exceptions.iter().map(|exception| exception.usage_point).collect();
    let mut past = past(tx, &points, query.cycle).await?;
    for exception in &mut exceptions {
        exception.past = past.remove(&exception.usage_point).unwrap_or_default();
    }
    Ok(exceptions)
}

impl Exception {
    /// How its weight came about.
    pub(crate) fn weighing(&self, cycle: Month) -> Weighing {
        let doubts = doubts_of(&self.figures.doubts);
        let (energy, amount) = (self.figures.energy, self.figures.amount);
        let now = self.period.map(|period| Now { energy, amount, days: period.days() });
        weigh(&doubts, now, &self.past, days_of(cycle), own_stake(&doubts, amount, self.marks))
    }
}

/// How far the work on a month's exceptions has come; those that weigh less than `below` are light.
pub async fn progress(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    (cycle, scope): (Month, &RunScope),
    below: i64,
) -> Result<Progress> {
    let stations = ctx.require(bill::READ)?.stations();
    count(tx, packs, (cycle, scope), below, stations).await
}

async fn count(
    tx: &Tx,
    packs: &Packs,
    (cycle, scope): (Month, &RunScope),
    below: i64,
    stations: Option<Vec<String>>,
) -> Result<Progress> {
    let rules = ExceptionRules::of(packs, cycle)?;
    let mut progress = Progress::default();
    for alike in store::counts(tx, cycle, scope, below, stations).await? {
        let (doubts, accounts) = (doubts_of(&alike.doubts), alike.accounts);
        let decided = if alike.is_decided { accounts } else { 0 };
        progress.accounts += accounts;
        progress.decided += decided;
        if alike.is_ready {
            match decide::left(&rules, &doubts, alike.is_held, alike.is_decided) {
                Some(Left::Held) => progress.held += accounts,
                Some(Left::Waiting) => progress.waiting += accounts,
                None if alike.is_light && !alike.is_decided => progress.light += accounts,
                None => {}
            }
        }
        for doubt in doubts {
            match progress.doubts.iter_mut().find(|(known, ..)| *known == doubt) {
                Some((_, all, done)) => (*all, *done) = (*all + accounts, *done + decided),
                None => progress.doubts.push((doubt, accounts, decided)),
            }
        }
    }
    progress.doubts.sort_unstable_by_key(|(doubt, all, _)| (-all, *doubt));
    Ok(progress)
}

/// Decides about one exception, as it was seen. What changes a reading goes through the review of
/// readings, with its rights and rules; the account must then be tried again.
pub async fn decide(tx: &Tx, ctx: &Ctx, packs: &Packs, cycle: Month, wish: &Wish) -> Result<Record> {
    let scope = ctx.require(DECIDE)?;
    let rules = ExceptionRules::of(packs, cycle)?;
    let note = journal::remark(wish.note.as_deref())?.map(str::to_owned);
    let point = visible(tx, &scope, &wish.supply_no).await?;
    supply::lock(tx, &[point]).await?;
    let exception = store::find(tx, cycle, point).await?.ok_or_else(|| decide::unknown(&wish.supply_no))?;
    decide::check(&exception, &wish.act, &wish.seen)?;
    let decision = wish.act.decision();
    let (reason, reviews) = match review_wish(&wish.act) {
        None => (rules.known_reason(decision, &wish.reason)?.code.clone(), Vec::new()),
        Some(act) => {
            let asked = registers(tx, cycle, &exception).await?;
            if asked.is_empty() {
                return Err(decide::nothing_read().into());
            }
            let decided = review::decide(tx, ctx, packs, &asked, &act, Some(&wish.reason)).await?;
            (wish.reason.trim().to_owned(), decided.into_iter().map(|decided| decided.id).collect())
        }
    };
    let record = Record {
        id: ctx.new_id(),
        cycle,
        usage_point: point,
        decision,
        reason,
        note,
        figures: exception.figures,
        reviews,
        by: ctx.actor.name.clone(),
        at: ctx.now,
    };
    store::insert(tx, std::slice::from_ref(&record)).await?;
    let detail = serde_json::json!({
        "decision": decision, "id": record.id, "cycle": cycle, "doubts": record.figures.doubts.trim_matches(','),
        "kwh": record.figures.energy.to_string(), "amount": record.figures.amount.to_string(),
        "note": record.note, "reviews": record.reviews,
    });
    let subject = format!("usage-point:{}", wish.supply_no);
    journal::record(tx, ctx, Entry { act: DECIDE.0, subject, reason: Some(&record.reason), detail }).await?;
    Ok(record)
}

async fn visible(tx: &Tx, scope: &Scope, supply_no: &str) -> Result<UsagePointId> {
    let points = supply::by_supply_nos(tx, vec![supply_no.to_owned()]).await?;
    let point = points.into_iter().find(|point| scope.covers(&point.station));
    point.map(|point| point.id).ok_or_else(|| decide::unknown(supply_no).into())
}

fn review_wish(act: &Act) -> Option<review::Wish> {
    match act {
        Act::Pass | Act::Hold | Act::FieldCheck => None,
        Act::ReRead { due_on, reader } => Some(review::Wish::ReRead { due_on: *due_on, reader: reader.clone() }),
        Act::Estimate { rule, beyond_limit } => {
            Some(review::Wish::Estimate { rule: *rule, beyond_limit: *beyond_limit })
        }
    }
}

/// The registers that are read again or estimated: those without a reading where one is missing, else
/// those that were read, of meters that count active energy.
async fn registers(tx: &Tx, cycle: Month, exception: &Exception) -> Result<Vec<Asked>> {
    let meters = metering::of_usage_points(tx, &[exception.usage_point]).await?;
    let in_use = |meter: &&Meter| meter.removed_on.is_none() && meter.installed_on < cycle.last_day();
    let meters: Vec<&Meter> = meters.iter().filter(in_use).collect();
    let ids: Vec<MeterId> = meters.iter().map(|meter| meter.id).collect();
    let read = reading::last_within(tx, &ids, cycle.first_day(), cycle.last_day()).await?;
    let books = book::by_codes(tx, exception.book.iter().cloned().collect()).await?;
    let due_on = Book::due_on(books.first(), cycle);
    let of = |reading: &&Reading, meter: &Meter| reading.meter == meter.id;
    let is_missing = doubts_of(&exception.figures.doubts).contains(&Doubt::Missing);
    let mut asked = Vec::new();
    for meter in meters {
        let of_energy = meter.registers.iter().filter(|register| register.register.is_active_energy());
        for register in of_energy {
            let reading = read.iter().find(|reading| of(reading, meter) && reading.register == register.register);
            if reading.is_none() == is_missing {
                let on = reading.map_or(due_on, |reading| reading.read_on);
                asked.push(Asked { meter_no: meter.meter_no.clone(), register: register.register, on });
            }
        }
    }
    Ok(asked)
}

/// Those of an exception that the actor may see.
pub async fn registers_of(tx: &Tx, ctx: &Ctx, cycle: Month, supply_no: &str) -> Result<Vec<Asked>> {
    let scope = ctx.require(bill::READ)?;
    let point = visible(tx, &scope, supply_no).await?;
    let exception = store::find(tx, cycle, point).await?.ok_or_else(|| decide::unknown(supply_no))?;
    registers(tx, cycle, &exception).await
}

/// Takes a decision back as long as it stands and its bill is not issued: readings are as before too.
pub async fn undo(tx: &Tx, ctx: &Ctx, id: Uuid) -> Result<()> {
    let scope = ctx.require(DECIDE)?;
    let (point, ..) = store::standing(tx, id).await?.ok_or_else(decide::no_decision)?;
    supply::lock(tx, &[point]).await?;
    // Read again: somebody may have been faster.
    let (point, cycle, decision, reviews) = store::standing(tx, id).await?.ok_or_else(decide::no_decision)?;
    let (supply_no, station) = place(tx, point).await?;
    if !scope.covers(&station) {
        return Err(decide::no_decision().into());
    }
    let (position, _) = bill::standings(tx, &[point]).await?.remove(&point).unzip();
    if position.and_then(|position| position.last).is_some_and(|(last, _)| last >= cycle) {
        let (zh, en) = ("该户本月账单已发行，不能撤销", "its bill is issued: the decision cannot be taken back");
        return Err(Refusal::conflict("exception.issued", zh, en).into());
    }
    for review in reviews {
        review::undo(tx, ctx, review, "撤销异常处理 / exception decision taken back").await?;
    }
    store::take_back(tx, ctx, id).await?;
    let detail = serde_json::json!({ "decision": decision, "id": id, "cycle": cycle });
    let subject = format!("usage-point:{supply_no}");
    journal::record(tx, ctx, Entry { act: "bill.decide.undo", subject, reason: None, detail }).await
}

async fn place(tx: &Tx, point: UsagePointId) -> Result<(String, String)> {
    let mut numbers = supply::supply_nos(tx, vec![point.uuid()]).await?;
    Ok((numbers.remove(&point.uuid()).unwrap_or_default(), supply::station_of(tx, point).await?))
}

/// Passes all open exceptions of a scope that weigh less than `below`, `accounts` of them as somebody
/// saw them counted; not those that the pack wants decided one by one. Tells how many, and whether
/// there are more.
pub async fn pass_light(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    (cycle, scope, below): (Month, &RunScope, i64),
    reason: &str,
    accounts: i64,
) -> Result<(u64, bool)> {
    let stations = ctx.require(DECIDE)?.stations();
    let rules = ExceptionRules::of(packs, cycle)?;
    let reason = rules.known_reason(Decision::Pass, reason)?.code.clone();
    let light = light(tx, &rules, (cycle, scope, below), stations.clone()).await?;
    let points: Vec<UsagePointId> = light.iter().map(|light| light.usage_point).collect();
    supply::lock(tx, &points).await?;
    // Counted again, now that nobody else decides about them.
    let now = count(tx, packs, (cycle, scope), below, stations).await?.light;
    if now != accounts {
        return Err(decide::other_count(now).into());
    }
    if light.is_empty() {
        return Ok((0, false));
    }
    let numbers: Vec<String> = light.iter().map(|light| light.supply_no.clone()).collect();
    let record = |light: store::Light| Record {
        id: ctx.new_id(),
        cycle,
        usage_point: light.usage_point,
        decision: Decision::Pass,
        reason: reason.clone(),
        note: None,
        figures: light.figures,
        reviews: Vec::new(),
        by: ctx.actor.name.clone(),
        at: ctx.now,
    };
    let records: Vec<Record> = light.into_iter().map(record).collect();
    store::insert(tx, &records).await?;
    let detail = serde_json::json!({
        "decision": Decision::Pass, "below": below, "station": scope.station, "book": scope.book, "accounts": numbers,
    });
    let subject = format!("cycle:{cycle}");
    journal::record(tx, ctx, Entry { act: DECIDE.0, subject, reason: Some(&reason), detail }).await?;
    let passed = records.len();
    Ok((passed as u64, i64::try_from(passed).unwrap_or(i64::MAX) < now))
}

async fn light(
    tx: &Tx,
    rules: &ExceptionRules,
    of: (Month, &RunScope, i64),
    stations: Option<Vec<String>>,
) -> Result<Vec<store::Light>> {
    let limit = u32::try_from(PASSED_AT_ONCE).unwrap_or(u32::MAX);
    let (mut light, mut after) = (Vec::new(), (-1, String::new()));
    loop {
        let page = store::light(tx, of, stations.clone(), (after.0, &after.1), limit).await?;
        let is_last = page.len() < PASSED_AT_ONCE;
        if let Some(last) = page.last() {
            after = (last.weight, last.supply_no.clone());
        }
        light.extend(page.into_iter().filter(|light| !rules.waits(&doubts_of(&light.figures.doubts))));
        if is_last || light.len() >= PASSED_AT_ONCE {
            light.truncate(PASSED_AT_ONCE);
            return Ok(light);
        }
    }
}
