//! Bills 电费账单: documents that were issued, and their ends.
//!
//! ```text
//!   trial ──▶ draft ──post──▶ issued ──cancel──▶ cancelled
//!             (document)                    └──▶ reversal (own number, negative lines)
//!                                           └──▶ a new trial may take its place, next sequence
//! ```
//!
//! **Invariants.** A document is written by a trial and never changed once a bill points to it. One
//! standing bill per account, cycle and sequence, kept by the database. Posting a bill is one
//! transaction with its line in the ledger, its open item and the account's position. Only an account's
//! latest bill can be cancelled; the account then stands where it stood before it.

pub mod api;
mod model;
mod rules;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;

use kernel::{Date, Money, Month, Refusal, Register, Text};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::{Ctx, Fault, Permission, Result, Tx};
use pricing::Line;
use pricing::explain::explain as explain_lines;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use model::{
    Adjusted, AsOf, Bill, BillDocument, BillStatus, CarriedState, Draft, FactorCause, Marks, PastBill, Position,
    PricedDraft, Read, State, StateKind, VersionRef, Weight,
};
pub use rules::IssueRules;
pub(crate) use rules::explain::adjustment;
pub use store::{Kept, MARKS, MIGRATION, TAX, WEIGHTS};
pub(crate) use store::{between_commas, last_columns, marks_of, position_of};

use crate::ledger::{self, BillSums, Contained, EntryKind, LedgerEntry};
use crate::metering;
use crate::pack;
use crate::reading::{self, Reading};
use crate::supply::{self, UsagePointId};
use crate::tariff;

pub const READ: Permission = Permission("bill.read");
pub const CANCEL: Permission = Permission("bill.cancel");

/// The act under which the journal keeps the posting of bills.
pub const POSTED: &str = "bill.issue";

/// SHA-256 of a document's text.
pub fn digest(document: &str) -> String {
    kernel::hex(Sha256::digest(document.as_bytes()))
}

/// The standing bills of these accounts that bill `since` or later days, each account's together and oldest first, with
/// their documents.
pub(crate) async fn standing_since(tx: &Tx, points: &[UsagePointId], since: Date) -> Result<Vec<(Bill, BillDocument)>> {
    store::standing_since(tx, points, since).await
}

/// The document of an account's bill of a cycle, standing or not.
pub(crate) async fn document_at(
    tx: &Tx,
    point: UsagePointId,
    (cycle, sequence): (Month, i64),
) -> Result<Option<BillDocument>> {
    let kept = store::document(tx, point, cycle, sequence).await?;
    kept.map(|(text, _)| Ok(serde_json::from_str(&text)?)).transpose()
}

/// An account, its revision and its last bill, as they were when something was computed from them.
pub(crate) type Then = (UsagePointId, i64, Option<(Month, i64)>);

/// Those of these accounts that still are as they were then.
pub(crate) async fn unchanged(tx: &Tx, then: &[Then]) -> Result<HashSet<UsagePointId>> {
    let points: Vec<UsagePointId> = then.iter().map(|(point, ..)| *point).collect();
    let now = store::now_standing(tx, &points).await?;
    let holds = |(point, revision, last): &&Then| {
        let (cycle, sequence) = last_columns(*last);
        now.get(point).is_some_and(|(now, _)| {
            (now.revision, now.last_cycle.as_str(), now.last_sequence) == (*revision, cycle.as_str(), sequence)
        })
    };
    Ok(then.iter().filter(holds).map(|(point, ..)| *point).collect())
}

/// Where these accounts stand, with the document of their last bill.
pub async fn standings(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, (Position, BillDocument)>> {
    store::standings(tx, points).await
}

/// The last day that these accounts' standing bills bill, of those that have one.
pub async fn billed_to_days(tx: &Tx, points: &[UsagePointId]) -> Result<HashMap<UsagePointId, Date>> {
    store::billed_to(tx, points).await
}

/// The highest sequence that bills of these accounts have in `cycle`.
pub async fn sequences(tx: &Tx, points: &[UsagePointId], cycle: Month) -> Result<HashMap<UsagePointId, i64>> {
    store::sequences(tx, points, cycle).await
}

/// Standing bills of these accounts from `from` on and before `before`, in order of cycle.
pub async fn past(
    tx: &Tx,
    points: &[UsagePointId],
    from: Month,
    before: Month,
) -> Result<HashMap<UsagePointId, Vec<PastBill>>> {
    store::past(tx, points, from, before).await
}

/// Keeps drafts, replacing earlier ones of the same account, cycle and sequence.
pub async fn keep_drafts(tx: &Tx, drafts: &[Draft]) -> Result<()> {
    store::upsert_drafts(tx, drafts).await
}

/// Tells the database that many drafts are new.
pub async fn count_drafts_anew(tx: &Tx) -> Result<()> {
    store::count_drafts_anew(tx).await
}

/// A draft that was read, and found to have its digest.
#[derive(Debug)]
pub struct Ready {
    kept: Kept,
    document: BillDocument,
}

impl Ready {
    pub fn usage_point(&self) -> UsagePointId {
        self.kept.usage_point
    }

    /// Whether the review found something in it; only then can somebody have decided about it.
    pub fn is_doubtful(&self) -> bool {
        self.kept.is_doubtful
    }
}

/// Drafts of `cycle` for `points` that may be posted, by the rules of `basis`; whether they still hold is asked when
/// they are.
pub async fn kept(tx: &Tx, cycle: Month, basis: &str, points: &[UsagePointId]) -> Result<Vec<Kept>> {
    store::ready_drafts(tx, points, cycle, basis).await
}

/// Reads drafts. One whose document does not have its digest is a fault.
pub fn read(kept: Vec<Kept>) -> Result<Vec<Ready>> {
    let read = |kept: Kept| {
        let document: BillDocument = serde_json::from_str(&kept.document)?;
        if digest(&kept.document) == kept.digest {
            return Ok(Ready { kept, document });
        }
        let (supply_no, cycle) = (document.supply_no, document.cycle);
        Err(Fault::impossible(format!("the draft of {supply_no} for {cycle} does not have its digest")))
    };
    kept.into_iter().map(read).collect()
}

/// Issues those of `drafts`, all of `cycle`, that still hold: of the account's present revision and position. What does
/// not hold is left out. Whoever calls keeps trials of the cycle out.
pub async fn post(tx: &Tx, ctx: &Ctx, packs: &Packs, cycle: Month, mut drafts: Vec<Ready>) -> Result<Vec<Bill>> {
    let points: Vec<UsagePointId> = drafts.iter().map(|draft| draft.kept.usage_point).collect();
    supply::lock(tx, &points).await?;
    let mut standing = store::now_standing(tx, &points).await?;
    let issued = store::sequences(tx, &points, cycle).await?;
    drafts.retain(|Ready { kept, .. }| {
        let is_new = issued.get(&kept.usage_point).is_none_or(|last| *last < kept.sequence);
        is_new && standing.get(&kept.usage_point).is_some_and(|(standing, _)| *standing == kept.standing)
    });
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let rules = IssueRules::on(packs, ctx.today)?;
    let day = ledger::open_day(tx, ctx).await?;
    let first = take_numbers(tx, &series(cycle), drafts.len()).await?;
    let mut replaced = store::cancelled_before(tx, &drafts, cycle).await?;
    let mut posted = Posted::default();
    for (number, draft) in (first..).zip(drafts) {
        let point = draft.kept.usage_point;
        let station = standing.remove(&point).map(|(_, station)| station).unwrap_or_default();
        let place = Place { bill_no: number_of(cycle, number), station, replaces: replaced.remove(&point) };
        posted.add(ctx, &rules, draft, place);
    }
    let entries = posted.entries(ctx, day.on);
    store::insert_bills(tx, &posted.bills).await?;
    store::set_positions(tx, &posted.positions).await?;
    ledger::post(tx, &day, &entries)?;
    ledger::open_items(tx, &posted.items).await?;
    tariff::use_versions(tx, &posted.versions).await?;
    pack::note_billed(tx, &billed_to(&posted.bills)).await?;
    ledger::apply_prepayments(tx, ctx, &points).await?;
    journal_posting(tx, ctx, cycle, &posted, &entries).await?;
    Ok(posted.bills)
}

/// What a draft is given when it becomes a bill.
struct Place {
    bill_no: String,
    station: String,
    replaces: Option<String>,
}

/// What posting some drafts writes.
#[derive(Default)]
struct Posted {
    bills: Vec<Bill>,
    positions: Vec<(UsagePointId, Position)>,
    /// In order of station, so that a station's people see whole entries.
    sums: BTreeMap<String, BillSums>,
    items: Vec<ledger::Receivable>,
    versions: Vec<String>,
    digests: Sha256,
}

impl Posted {
    fn add(&mut self, ctx: &Ctx, rules: &IssueRules, draft: Ready, place: Place) {
        let (Ready { kept, document }, Place { bill_no, station, replaces }) = (draft, place);
        let (point, due_on) = (kept.usage_point, rules.due_on(ctx.today));
        let position = document.before.after(document.cycle, kept.sequence, &document.use_by_year);
        let contained = ledger::split_amount(document.total, document.funds, rules.vat);
        let output_tax = contained.tax;
        let sums = self.sums.entry(station.clone()).or_default();
        sums.add(point, &bill_no, document.total, contained);
        self.items.push(ledger::item(ctx.new_id(), point, Some(bill_no.clone()), ctx.today, due_on, document.total));
        self.positions.push((point, position));
        for version in &document.versions {
            if !self.versions.contains(&version.digest) {
                self.versions.push(version.digest.clone());
            }
        }
        self.digests.update(kept.digest.as_bytes());
        self.bills.push(Bill {
            bill_no,
            usage_point: point,
            supply_no: document.supply_no,
            station,
            cycle: document.cycle,
            sequence: kept.sequence,
            period: document.period,
            energy: document.energy,
            amount: document.total,
            output_tax,
            tariff: document.tariff,
            tariff_version: kept.tariff_version,
            status: BillStatus::Issued,
            issued_on: ctx.today,
            due_on,
            replaces,
        });
    }

    /// One for each station.
    fn entries(&mut self, ctx: &Ctx, booked_on: Date) -> Vec<LedgerEntry> {
        let sums = std::mem::take(&mut self.sums).into_values();
        let mut entries: Vec<LedgerEntry> = sums.map(|sums| sums.entry(ctx, booked_on, EntryKind::Bill)).collect();
        // As they are read when they are proved.
        entries.sort_by(|a, b| a.first_bill().cmp(&b.first_bill()));
        entries
    }
}

/// What the journal, whose chain nobody can bend unseen, keeps of the bills of one posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// First and last number; the bills between them were posted together.
    pub first: String,
    pub last: String,
    /// Over the digests of their documents, in order of number.
    pub documents: String,
    /// Over the lines of their ledger entries.
    pub postings: String,
}

/// Over ledger lines, given as bill number, account and amount in order.
pub fn postings_digest<T: Display>(lines: impl Iterator<Item = (T, String, Money)>) -> String {
    let mut hash = Sha256::new();
    for (bill_no, account, amount) in lines {
        hash.update(format!("{bill_no} {account} {};", amount.fen()));
    }
    kernel::hex(hash.finalize())
}

/// The last day that these bills bill by each tariff.
fn billed_to(bills: &[Bill]) -> Vec<(String, Date)> {
    let mut last: BTreeMap<&str, Date> = BTreeMap::new();
    for bill in bills {
        let day = last.entry(&bill.tariff).or_insert(bill.period.to);
        *day = bill.period.to.max(*day);
    }
    last.into_iter().map(|(tariff, day)| (tariff.to_owned(), day)).collect()
}

async fn journal_posting(tx: &Tx, ctx: &Ctx, cycle: Month, posted: &Posted, entries: &[LedgerEntry]) -> Result<()> {
    let amount: Money = posted.bills.iter().map(|bill| bill.amount).sum();
    let number = |bill: Option<&Bill>| bill.map_or_else(String::new, |bill| bill.bill_no.clone());
    let signed = Signed {
        first: number(posted.bills.first()),
        last: number(posted.bills.last()),
        documents: kernel::hex(posted.digests.clone().finalize()),
        postings: postings_digest(entries.iter().flat_map(LedgerEntry::lines)),
    };
    let detail = serde_json::json!({ "bills": posted.bills.len(), "amount": amount.to_string(), "signed": signed });
    journal::record(tx, ctx, Entry { act: POSTED, subject: format!("cycle:{cycle}"), reason: None, detail }).await
}

fn series(cycle: Month) -> String {
    format!("bill {cycle}")
}

/// Takes `count` running numbers of a series, which begins with 1; returns the first. Whoever wants one after it waits until
/// the transaction ends, so that none is missing: take them last.
pub async fn take_numbers(tx: &Tx, series: &str, count: usize) -> Result<i64> {
    store::take_numbers(tx, series, count).await
}

/// The cycle's six digits and a running number of eight.
pub(crate) fn number_of(cycle: Month, number: i64) -> String {
    format!("{:04}{:02}{number:08}", cycle.year(), cycle.month())
}

/// The month of a bill, which its number begins with.
pub fn cycle_of(bill_no: &str) -> Option<Month> {
    Month::new(bill_no.get(..4)?.parse().ok()?, bill_no.get(4..6)?.parse().ok()?)
}

/// The running number of a bill or reversal within its month. They rise in the order in which they are committed: whoever
/// wants one waits for whoever took the one before it.
pub(crate) fn running_no(bill_no: &str) -> Option<i64> {
    bill_no.get(6..)?.parse().ok()
}

/// Cancels the latest bill of an account. Returns the reversal.
pub async fn cancel(tx: &Tx, ctx: &Ctx, bill_no: &str, reason: &str) -> Result<Bill> {
    let scope = ctx.require(CANCEL)?;
    journal::reason(reason)?;
    let bill = store::bill(tx, bill_no).await?.filter(|bill| scope.covers(&bill.station));
    let bill = bill.ok_or_else(|| unknown(bill_no))?;
    supply::lock(tx, &[bill.usage_point]).await?;
    // Read again under the lock: somebody may have been faster.
    let bill = store::bill(tx, bill_no).await?.ok_or_else(|| unknown(bill_no))?;
    check_cancellable(tx, &bill).await?;
    let reversal = take_back(tx, ctx, &bill, reason).await?;
    supply::touch(tx, vec![bill.usage_point]).await?;
    Ok(reversal)
}

/// Cancels what can be cancelled. Whoever calls raises the revision of the account.
async fn take_back(tx: &Tx, ctx: &Ctx, bill: &Bill, reason: &str) -> Result<Bill> {
    let (document, _) = document_of(tx, bill).await?;
    let number = take_numbers(tx, &series(bill.cycle), 1).await?;
    let reversal = Bill {
        bill_no: number_of(bill.cycle, number),
        energy: -bill.energy,
        amount: -bill.amount,
        output_tax: -bill.output_tax,
        status: BillStatus::Reversal,
        issued_on: ctx.today,
        due_on: ctx.today,
        replaces: Some(bill.bill_no.clone()),
        ..bill.clone()
    };
    store::insert_bills(tx, std::slice::from_ref(&reversal)).await?;
    store::mark_cancelled(tx, &bill.bill_no).await?;
    store::set_positions(tx, &[(bill.usage_point, document.before)]).await?;
    let contained = Contained::of(bill.amount, bill.output_tax, document.funds);
    let mut taken_back = BillSums::default();
    taken_back.add(bill.usage_point, &reversal.bill_no, reversal.amount, contained.negated());
    let day = ledger::open_day(tx, ctx).await?;
    ledger::post(tx, &day, &[taken_back.entry(ctx, day.on, EntryKind::Reversal)])?;
    let returned = ledger::reverse_item(tx, ctx, bill.usage_point, &bill.bill_no).await?;
    let detail = serde_json::json!({ "reversal": reversal.bill_no, "amount": bill.amount.to_string(), "returned": returned.to_string() });
    let subject = format!("bill:{}", bill.bill_no);
    journal::record(tx, ctx, Entry { act: CANCEL.0, subject, reason: Some(reason), detail }).await?;
    Ok(reversal)
}

/// Drafts that take the place of an account's latest bills.
#[derive(Debug)]
pub struct Replacement {
    /// Numbers, newest first.
    pub cancels: Vec<String>,
    /// One for each, oldest first; each stands on the one before it.
    pub drafts: Vec<Draft>,
}

/// Cancels the latest bills of some accounts and issues others in their place. Whoever calls has asked the right, holds
/// the accounts' locks, and has made sure that the drafts still follow from what is known.
pub(crate) async fn replace(
    tx: &Tx,
    ctx: &Ctx,
    packs: &Packs,
    replacements: Vec<Replacement>,
    reason: &str,
) -> Result<Vec<Bill>> {
    let mut by_cycle: BTreeMap<Month, Vec<Draft>> = BTreeMap::new();
    let mut points = Vec::with_capacity(replacements.len());
    for Replacement { cancels, drafts } in replacements {
        for bill_no in cancels {
            let bill = store::bill(tx, &bill_no).await?.ok_or_else(|| unknown(&bill_no))?;
            check_cancellable(tx, &bill).await?;
            take_back(tx, ctx, &bill, reason).await?;
        }
        points.extend(drafts.first().map(|draft| draft.usage_point));
        drafts.into_iter().for_each(|draft| by_cycle.entry(draft.cycle).or_default().push(draft));
    }
    supply::touch(tx, points).await?;
    let mut bills = Vec::new();
    for (cycle, mut drafts) in by_cycle {
        let points: Vec<UsagePointId> = drafts.iter().map(|draft| draft.usage_point).collect();
        let standing = store::now_standing(tx, &points).await?;
        for draft in &mut drafts {
            draft.revision = standing.get(&draft.usage_point).map_or(draft.revision, |(now, _)| now.revision);
        }
        keep_drafts(tx, &drafts).await?;
        let basis = drafts.first().map(|draft| draft.basis.clone()).unwrap_or_default();
        let ready = read(kept(tx, cycle, &basis, &points).await?)?;
        let posted = post(tx, ctx, packs, cycle, ready).await?;
        if posted.len() != drafts.len() {
            return Err(Fault::impossible(format!(
                "{} bills of {cycle} take the place of {}",
                posted.len(),
                drafts.len()
            )));
        }
        bills.extend(posted);
    }
    Ok(bills)
}

async fn check_cancellable(tx: &Tx, bill: &Bill) -> Result<()> {
    match bill.status {
        BillStatus::Cancelled => {
            return Err(Refusal::conflict("bill.cancelled", "该账单已作废", "this bill is cancelled already")
                .at("bill_no")
                .into());
        }
        BillStatus::Reversal => {
            return Err(Refusal::conflict("bill.reversal", "红冲账单不能作废", "a reversal cannot be cancelled")
                .at("bill_no")
                .into());
        }
        BillStatus::Issued => {}
    }
    let last = store::position(tx, bill.usage_point).await?.last;
    if last == Some((bill.cycle, bill.sequence)) {
        return Ok(());
    }
    Err(Refusal::conflict(
        "bill.not-latest",
        "该户在此之后还有账单，请先作废最新的账单",
        "the account has a later bill; cancel its latest bill first",
    )
    .at("bill_no")
    .into())
}

fn unknown(bill_no: &str) -> Refusal {
    Refusal::not_found("bill.unknown", format!("没有账单 {bill_no}"), format!("there is no bill {bill_no}"))
        .at("bill_no")
}

/// A bill that the actor may see.
pub async fn find(tx: &Tx, ctx: &Ctx, bill_no: &str) -> Result<Bill> {
    let scope = ctx.require(READ)?;
    let bill = store::bill(tx, bill_no).await?.filter(|bill| scope.covers(&bill.station));
    bill.ok_or_else(|| unknown(bill_no).into())
}

/// A bill of an account and month, and what was known on the evening of a day: which bill stood for that month then, and
/// how much of it was settled by that day. A bill and what became of it later are two things.
pub async fn as_of(tx: &Tx, ctx: &Ctx, bill_no: &str, on: Date) -> Result<AsOf> {
    let asked = find(tx, ctx, bill_no).await?;
    let of_month = store::of_month(tx, asked.usage_point, asked.cycle).await?;
    let stood = rules::standing_on(&of_month, on).cloned();
    let settled = match &stood {
        Some(bill) => ledger::settled_by(tx, &bill.bill_no, on).await?,
        None => Money::ZERO,
    };
    let later = of_month.into_iter().filter(|bill| bill.issued_on > on).collect();
    Ok(AsOf { asked, on, stood, settled, later })
}

/// A bill that the actor may see, with its document and the document's digest.
pub async fn in_full(tx: &Tx, ctx: &Ctx, bill_no: &str) -> Result<(Bill, BillDocument, String)> {
    let bill = find(tx, ctx, bill_no).await?;
    let (document, digest) = document_of(tx, &bill).await?;
    Ok((bill, document, digest))
}

/// The document that a bill was issued from, and its digest.
pub async fn document_of(tx: &Tx, bill: &Bill) -> Result<(BillDocument, String)> {
    let kept = store::document(tx, bill.usage_point, bill.cycle, bill.sequence).await?;
    let (text, digest) = kept.ok_or_else(|| Fault::impossible(format!("bill {} has no document", bill.bill_no)))?;
    Ok((serde_json::from_str(&text)?, digest))
}

/// The lines of a bill with this document; of a reversal, taken back.
pub fn lines(bill: &Bill, document: &str) -> Result<Vec<Line>> {
    Ok(bill.lines(&serde_json::from_str(document)?))
}

/// A page of bills in order of number, those of `cycle` or all.
pub async fn page(tx: &Tx, ctx: &Ctx, cycle: Option<Month>, after: &str, limit: u32) -> Result<Vec<Bill>> {
    let stations = ctx.require(READ)?.stations();
    store::page(tx, cycle, stations, after, limit.clamp(1, 1000)).await
}

/// The bills of a usage point, newest first.
pub async fn of_usage_point(tx: &Tx, ctx: &Ctx, supply_no: &str, limit: u32) -> Result<Vec<Bill>> {
    ctx.require(READ)?;
    let point = supply::find(tx, ctx, supply_no).await?;
    ctx.require_at(READ, &point.station)?;
    store::of_usage_point(tx, point.id, limit.clamp(1, 200)).await
}

/// Bills with their documents' text and digest, in order of number; for export and proof.
pub async fn with_documents(
    tx: &Tx,
    ctx: &Ctx,
    cycle: Option<Month>,
    after: &str,
    limit: u32,
) -> Result<Vec<(Bill, String, String)>> {
    let stations = ctx.require(READ)?.stations();
    store::with_documents(tx, cycle, stations, after, limit).await
}

/// Bills with these numbers, in their order, with their documents' text and digest.
pub async fn by_numbers(tx: &Tx, numbers: &[String]) -> Result<Vec<(Bill, String, String)>> {
    let mut bills = store::by_numbers(tx, numbers.to_vec()).await?;
    let places: HashMap<&String, usize> = numbers.iter().zip(0..).collect();
    bills.sort_by_key(|(bill, ..)| places.get(&bill.bill_no).copied());
    Ok(bills)
}

/// A page of all positions, in order of usage point.
pub async fn positions(tx: &Tx, after: kernel::id::Uuid, limit: u32) -> Result<Vec<(UsagePointId, Position)>> {
    store::positions(tx, after, limit).await
}

/// Why a bill is what it is, step by step, in both languages.
pub async fn explain(tx: &Tx, ctx: &Ctx, bill_no: &str) -> Result<Vec<Text>> {
    let bill = find(tx, ctx, bill_no).await?;
    let (document, _) = document_of(tx, &bill).await?;
    let mut steps = vec![rules::explain::heading(&bill)];
    steps.extend(document.reads.iter().map(rules::explain::read_step));
    let digests: Vec<String> = document.versions.iter().map(|version| version.digest.clone()).collect();
    let kept = tariff::kept(tx, &document.tariff, &digests).await?;
    let kept = kept
        .ok_or_else(|| Fault::impossible(format!("the versions that bill {bill_no} was computed by are not kept")))?;
    let priced = pricing::price(&kept, &document.case)
        .map_err(|error| Fault::impossible(format!("bill {bill_no} has no price any more: {error:?}")))?;
    steps.extend(explain_lines(&kept, &document.case, &priced));
    steps.push(Text::new(format!("应缴日期：{}。", bill.due_on), format!("Due on {}.", bill.due_on)));
    Ok(steps)
}

/// Takes a reading out of use and returns it, unless a standing bill was computed from it.
pub async fn void_reading(
    tx: &Tx,
    ctx: &Ctx,
    meter_no: &str,
    register: Register,
    read_on: Date,
    reason: &str,
) -> Result<Reading> {
    ctx.require(reading::VOID)?;
    journal::reason(reason)?;
    if let Some(meter) = metering::by_meter_nos(tx, vec![meter_no.to_owned()]).await?.first() {
        ctx.require_at(reading::VOID, &supply::station_of(tx, meter.usage_point).await?)?;
        // Nobody issues a bill from the reading meanwhile.
        supply::lock(tx, &[meter.usage_point]).await?;
        let standing = standings(tx, &[meter.usage_point]).await?;
        if standing.values().any(|(_, document)| document.stands_on(meter_no, register, read_on)) {
            return Err(Refusal::conflict(
                "reading.billed",
                "已发行的账单用到该读数，请先作废账单",
                "an issued bill was computed from this reading; cancel the bill first",
            )
            .into());
        }
    }
    reading::void(tx, ctx, meter_no, register, read_on, reason).await
}
