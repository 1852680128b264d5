//! Proof 核验: that every bill still follows from its inputs, and every sum from its parts.
//!
//! | checked | against |
//! |---|---|
//! | a document's text | its digest |
//! | a bill's lines, total, use by year, funds | priced again from the document, by the kept versions |
//! | the states in a document | the readings, openings and closings on record |
//! | a document's starting states | the ending states of the bill before |
//! | year to date, in documents and positions | the bills before, and the opening |
//! | a bill's amount | what was posted for it; a reversal, what it reverses |
//! | amounts, taxes and funds of a cycle's bills | the sums that were posted for them |
//! | documents and ledger entries of each posting | what the journal signed |
//! | bills, positions, reversals, entries | none of them without the others |
//! | entries, open items, prepayments | each other |
//! | payments | their shares, the ledger, what they settled, and what the journal signed |
//! | debits of banks | what is in flight, the payments that they became |
//! | money on its way | the ledger, the bank's lines |
//! | closed days | their digests, each other, the ledger |
//! | the journal | its chain |

mod rules;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Money, Month};
use platform::{Ctx, Result, Tx, journal};
use pricing::Tariff;
use serde::Deserialize;

use crate::amendment;
use crate::bill::{self, Bill, BillDocument, BillStatus};
use crate::closing;
use crate::debit;
use crate::ledger;
use crate::opening;
use crate::payment;
use crate::reading::ReadingKind;
use crate::tariff;

/// What was looked at, and what was not as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub bills: u64,
    pub differences: Vec<String>,
}

const PAGE: u32 = 500;

/// Checks the bills of `cycle`, or all, and the ledger and journal as a whole.
pub async fn verify(
    tx: &Tx,
    ctx: &Ctx,
    cycle: Option<Month>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Report> {
    let mut report = Report::default();
    let mut tariffs = Tariffs::default();
    let mut sums = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = bill::with_documents(tx, ctx, cycle, &after, PAGE).await?;
        let Some((last, ..)) = page.last() else { break };
        after.clone_from(&last.bill_no);
        check_page(tx, &page, &mut tariffs, &mut sums, &mut report.differences).await?;
        report.bills += page.len() as u64;
        progress(report.bills);
    }
    check_sums(tx, &sums, &mut report.differences).await?;
    check_positions(tx, &mut report.differences).await?;
    check_signatures(tx, cycle, &mut report.differences).await?;
    report.differences.extend(store::gaps(tx).await?);
    report.differences.extend(ledger::verify(tx).await?);
    report.differences.extend(payment::verify(tx).await?);
    report.differences.extend(debit::verify(tx).await?);
    report.differences.extend(closing::verify(tx).await?);
    report.differences.extend(journal::verify(tx).await?);
    Ok(report)
}

async fn check_page(
    tx: &Tx,
    page: &[(Bill, String, String)],
    tariffs: &mut Tariffs,
    sums: &mut BTreeMap<Month, Sums>,
    differences: &mut Vec<String>,
) -> Result<()> {
    let posted = ledger::posted_for(tx, page.iter().map(|(bill, ..)| bill.bill_no.clone()).collect()).await?;
    let mut documents = Vec::with_capacity(page.len());
    for (bill, text, digest) in page {
        let mut wrong = |what: String| differences.push(format!("bill {}: {what}", bill.bill_no));
        if bill::digest(text) != *digest {
            wrong("the document was altered".into());
        }
        let Ok(document) = serde_json::from_str::<BillDocument>(text) else {
            wrong("the document cannot be read".into());
            continue;
        };
        if posted.get(&bill.bill_no) != Some(&bill.amount) {
            wrong(format!(
                "the ledger has {}, the bill {}",
                posted.get(&bill.bill_no).map_or("nothing".into(), ToString::to_string),
                bill.amount
            ));
        }
        match tariffs.get(tx, &document).await? {
            Some(tariff) => rules::replay(tariff, &document).into_iter().for_each(&mut wrong),
            None => wrong("the tariff versions that it was computed by are not on record, or were altered".into()),
        }
        rules::heads(bill, &document).into_iter().for_each(&mut wrong);
        rules::add_up(sums.entry(bill.cycle).or_default(), bill, &document);
        documents.push((bill, document));
    }
    let points: Vec<_> = documents.iter().map(|(bill, _)| bill.usage_point).collect();
    let openings: HashMap<_, _> =
        opening::of(tx, &points).await?.into_iter().map(|opening| (opening.usage_point, opening)).collect();
    let (states, voided) = (store::states(tx, &documents).await?, store::voided(tx, &documents).await?);
    let amended = amended(tx, &documents).await?;
    let before = store::before(tx, &documents).await?;
    for (bill, document) in &documents {
        let mut wrong = |what: String| differences.push(format!("bill {}: {what}", bill.bill_no));
        // A bill that no longer stands may have been computed from a reading that was voided since; one that stands, only
        // from a reading that was amended.
        let also = if bill.status == BillStatus::Issued { &amended } else { &voided };
        rules::states(&states, also, document).into_iter().for_each(&mut wrong);
        rules::year_to_date(openings.get(&bill.usage_point), document).into_iter().for_each(&mut wrong);
        if let Some(before) = before.get(&bill.bill_no) {
            rules::follows(before, document).into_iter().for_each(&mut wrong);
        }
    }
    Ok(())
}

/// What was said of the registers that these documents name, before it was amended.
async fn amended(tx: &Tx, documents: &[(&Bill, BillDocument)]) -> Result<States> {
    let reads = documents.iter().flat_map(|(_, document)| &document.reads);
    let meters: BTreeSet<&String> = reads.map(|read| &read.meter_no).collect();
    let mut states = States::new();
    for (key, said) in amendment::said_before(tx, meters.into_iter().cloned().collect()).await? {
        let on = key.2;
        let state = |(value, kind): (_, ReadingKind)| bill::State { on, value, kind: kind.into() };
        states.insert(key, said.into_iter().map(state).collect());
    }
    Ok(states)
}

/// The ledger must have what the bills of each cycle come to, account by account.
async fn check_sums(tx: &Tx, sums: &BTreeMap<Month, Sums>, differences: &mut Vec<String>) -> Result<()> {
    for (cycle, billed) in sums {
        let posted = ledger::posted_in(tx, *cycle).await?;
        differences.extend(rules::sums(billed, &posted).into_iter().map(|what| format!("bills of {cycle}: {what}")));
    }
    Ok(())
}

/// Positions must be the sums of their accounts' standing bills.
async fn check_positions(tx: &Tx, differences: &mut Vec<String>) -> Result<()> {
    let mut after = kernel::id::Uuid::nil();
    loop {
        let page = bill::positions(tx, after, PAGE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = last.uuid();
        let standing = store::standing_bills(tx, &page.iter().map(|(point, _)| *point).collect::<Vec<_>>()).await?;
        for (point, position) in page {
            let none = Vec::new();
            let bills = standing.get(&point).unwrap_or(&none);
            differences.extend(rules::position(&position, bills).map(|what| format!("account {point}: {what}")));
        }
    }
}

/// What the journal signed when bills were posted must be what is on record.
async fn check_signatures(tx: &Tx, cycle: Option<Month>, differences: &mut Vec<String>) -> Result<()> {
    let subject = cycle.map(|cycle| format!("cycle:{cycle}"));
    let mut after = kernel::id::Uuid::nil();
    loop {
        let page = journal::details(tx, bill::POSTED, subject.as_deref(), after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (_, detail) in &page {
            // What cannot be read breaks the journal's own digest, which is told there.
            let Ok(Posting { signed }) = serde_json::from_str(detail) else { continue };
            let documents = store::documents_digest(tx, &signed.first, &signed.last).await?;
            let lines = ledger::lines_between(tx, &signed.first, &signed.last).await?;
            let range = format!("bills {} to {}", signed.first, signed.last);
            if documents != signed.documents {
                differences.push(format!("{range}: their documents are not those that the journal signed"));
            }
            if bill::postings_digest(lines.into_iter()) != signed.postings {
                differences.push(format!("{range}: their ledger entries are not those that the journal signed"));
            }
        }
    }
}

#[derive(Deserialize)]
struct Posting {
    signed: bill::Signed,
}

/// Kept versions, read once each.
#[derive(Default)]
struct Tariffs(BTreeMap<(String, Vec<String>), Option<Tariff>>);

impl Tariffs {
    async fn get(&mut self, tx: &Tx, document: &BillDocument) -> Result<Option<&Tariff>> {
        let digests: Vec<String> = document.versions.iter().map(|version| version.digest.clone()).collect();
        let key = (document.tariff.clone(), digests.clone());
        if !self.0.contains_key(&key) {
            let kept = tariff::kept(tx, &document.tariff, &digests).await?;
            // A version whose content no longer gives its digest is as good as lost.
            let sound = kept.filter(|tariff| tariff.versions.iter().all(|version| digests.contains(&version.digest())));
            self.0.insert(key.clone(), sound);
        }
        Ok(self.0.get(&key).and_then(Option::as_ref))
    }
}

/// What bills come to in the ledger, by account; a debit is positive.
type Sums = BTreeMap<String, Money>;

/// The states on record, by meter number, register and day.
type States = HashMap<(String, kernel::Register, kernel::Date), Vec<bill::State>>;
