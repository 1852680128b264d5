//! Printed papers 打印: bills and receipts as PDF, receipts for the printer of a till.
//!
//! ```text
//!   a bill on record ──▶ sheet (what the paper says, in words) ──▶ platform/paper ──▶ PDF
//! ```
//!
//! A paper is the customer's own: name and address stand on it in full. So printing has a right of its
//! own, and each print an entry in the journal. What was issued is printed from its document and from
//! the versions that are kept; what is owed is that of the day of printing, which the paper names.
//!
//! **Invariants.** A paper with a character that no font has is not printed at all. A cancelled bill
//! and a reversal are printed as such. The same bill on the same day gives the same bytes.

pub mod api;
mod model;
mod rules;
mod store;

use std::collections::{HashMap, HashSet};

use kernel::paper::{Order, PaperLanguage, PaperSize, Sheet};
use kernel::{Date, Month};
use platform::journal::{self, Entry};
use platform::packs::Packs;
use platform::paper::IssuerPack;
use platform::{Ctx, Fault, House, Permission, Result, Tx};
use pricing::Tariff;

use crate::bill::{self, Bill, BillDocument, BillStatus, IssueRules};
use crate::payment::Receipt;
use crate::supply::{self, UsagePointId};
use crate::tariff;
use model::{Account, Print};

/// To print bills, with the customer's name and address in full.
pub const PRINT: Permission = Permission("bill.print");

/// How many months the chart of use shows: a year, and the same month of the year before.
const MONTHS: i32 = 13;

/// The paper of one bill.
pub async fn bill_paper(tx: &Tx, ctx: &Ctx, house: &House, bill_no: &str, language: PaperLanguage) -> Result<Order> {
    let scope = ctx.require(PRINT)?;
    let (bill, document, digest) = bill::in_full(tx, ctx, bill_no).await?;
    scope.admit(&bill.station)?;
    let title = match language {
        PaperLanguage::Zh => format!("电费账单 {bill_no}"),
        PaperLanguage::En => format!("Electricity bill {bill_no}"),
    };
    let dated_on = bill.issued_on;
    let mut kept = Kept::default();
    let bills = vec![(bill, document, digest)];
    let sheets = sheets(tx, &house.packs, &mut kept, bills, language, ctx.today).await?;
    order(house, language, title, dated_on, sheets)
}

/// The papers of several bills in one file, in the order of their numbers here. For work that has asked
/// for the right over all of them.
pub(crate) async fn bills_paper(
    tx: &Tx,
    ctx: &Ctx,
    house: &House,
    numbers: &[String],
    language: PaperLanguage,
    title: String,
) -> Result<Order> {
    ctx.require(PRINT)?;
    let mut bills = Vec::with_capacity(numbers.len());
    for (bill, text, digest) in bill::by_numbers(tx, numbers).await? {
        bills.push((bill, serde_json::from_str(&text)?, digest));
    }
    let dated_on = bills.iter().map(|(bill, ..): &(Bill, BillDocument, String)| bill.issued_on).max();
    let mut kept = Kept::default();
    let sheets = sheets(tx, &house.packs, &mut kept, bills, language, ctx.today).await?;
    order(house, language, title, dated_on.unwrap_or(ctx.today), sheets)
}

fn order(house: &House, language: PaperLanguage, title: String, dated_on: Date, sheets: Vec<Sheet>) -> Result<Order> {
    let issuer = IssuerPack::read(&house.packs)?.issuer(&house.config, language);
    Ok(Order { language, size: PaperSize::A4, title, dated_on, issuer, sheets })
}

/// Notes that a bill was printed; it is done before the paper leaves the house.
pub async fn note_print(tx: &Tx, ctx: &Ctx, bill_no: &str, language: PaperLanguage) -> Result<()> {
    ctx.require(PRINT)?;
    let detail = serde_json::json!({ "language": language, "shown": ["name", "address"] });
    journal::record(tx, ctx, Entry { act: PRINT.0, subject: format!("bill:{bill_no}"), reason: None, detail }).await
}

/// The paper of a receipt that was counted as printed.
pub fn receipt_paper(house: &House, receipt: &Receipt, size: PaperSize, language: PaperLanguage) -> Result<Order> {
    let pack = IssuerPack::read(&house.packs)?;
    let payment = &receipt.payment.payment;
    let title = match language {
        PaperLanguage::Zh => format!("电费收据 {}", payment.receipt_no),
        PaperLanguage::En => format!("Receipt {}", payment.receipt_no),
    };
    let sheets = vec![Sheet::Receipt(Box::new(rules::receipt::sheet(receipt, &pack, language)))];
    let issuer = pack.issuer(&house.config, language);
    Ok(Order { language, size, title, dated_on: payment.booked_on, issuer, sheets })
}

/// The bytes of a receipt for a printer of 80 mm.
pub fn receipt_bytes(house: &House, receipt: &Receipt) -> Result<Vec<u8>> {
    let pack = IssuerPack::read(&house.packs)?;
    let hotline = pack.issuer(&house.config, PaperLanguage::Zh).hotline;
    Ok(rules::escpos::bytes(receipt, &pack, &hotline))
}

/// Tariffs of the versions that bills were computed by, read once.
#[derive(Default)]
struct Kept(HashMap<(String, Vec<String>), Tariff>);

impl Kept {
    async fn tariff(&mut self, tx: &Tx, document: &BillDocument) -> Result<Tariff> {
        let digests: Vec<String> = document.versions.iter().map(|version| version.digest.clone()).collect();
        let key = (document.tariff.clone(), digests);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let kept = tariff::kept(tx, &key.0, &key.1).await?;
        let kept = kept.ok_or_else(|| Fault::impossible(format!("versions of the tariff {} are not kept", key.0)))?;
        self.0.insert(key, kept.clone());
        Ok(kept)
    }
}

/// What the papers of these bills say, in their order.
async fn sheets(
    tx: &Tx,
    packs: &Packs,
    kept: &mut Kept,
    bills: Vec<(Bill, BillDocument, String)>,
    language: PaperLanguage,
    today: Date,
) -> Result<Vec<Sheet>> {
    let codes = IssuerPack::read(packs)?;
    let numbers: Vec<String> = bills.iter().map(|(bill, ..)| bill.bill_no.clone()).collect();
    let successors = store::successors(tx, numbers).await?;
    let accounts = accounts(tx, &bills).await?;
    let mut sheets = Vec::with_capacity(bills.len());
    for (bill, document, digest) in bills {
        let account = accounts.get(&bill.usage_point);
        let account = account.ok_or_else(|| Fault::impossible(format!("bill {} is nobody's", bill.bill_no)))?;
        // A reversal takes back what was contained by the rules of the day on which its bill was issued.
        let issued_on = match (bill.status, &bill.replaces) {
            (BillStatus::Reversal, Some(original)) => store::issued_on(tx, original).await?.unwrap_or(bill.issued_on),
            _ => bill.issued_on,
        };
        let print = Print {
            vat: IssueRules::on(packs, issued_on)?.vat,
            tariff: kept.tariff(tx, &document).await?,
            successors: successors.get(&bill.bill_no).map_or(&[][..], Vec::as_slice),
            bill: &bill,
            document: &document,
            digest: &digest,
            account,
            today,
        };
        sheets.push(Sheet::Bill(Box::new(rules::bill::sheet(&print, &codes, language)?)));
    }
    Ok(sheets)
}

/// Everything about the accounts of these bills that papers need besides the bills.
async fn accounts(tx: &Tx, bills: &[(Bill, BillDocument, String)]) -> Result<HashMap<UsagePointId, Account>> {
    let numbers: HashSet<String> = bills.iter().map(|(bill, ..)| bill.supply_no.clone()).collect();
    let points = supply::by_supply_nos(tx, numbers.into_iter().collect()).await?;
    let ids: Vec<UsagePointId> = points.iter().map(|point| point.id).collect();
    let cycles = || bills.iter().map(|(bill, ..)| bill.cycle);
    let (Some(first), Some(last)) = (cycles().min(), cycles().max()) else {
        return Ok(HashMap::new());
    };
    let from = (1..MONTHS).fold(first, |month, _| before(month));
    let mut uses = store::uses(tx, &ids, from, last).await?;
    let mut debts = store::debts(tx, &ids).await?;
    let prepaid = store::prepaid(tx, &ids).await?;
    let mut estimates = store::estimates(tx, &ids, from.first_day(), last.last_day()).await?;
    let account = |point: supply::UsagePoint| {
        let id = point.id;
        let account = Account {
            uses: uses.remove(&id).unwrap_or_default(),
            estimated: estimates.remove(&id).unwrap_or_default(),
            debts: debts.remove(&id).unwrap_or_default(),
            prepaid: prepaid.get(&id).copied().unwrap_or_default(),
            point,
        };
        (id, account)
    };
    Ok(points.into_iter().map(account).collect())
}

fn before(month: Month) -> Month {
    Month::of(kernel::time::previous_day(month.first_day()))
}

/// The months that the chart of a bill of `cycle` shows.
fn months(cycle: Month) -> Vec<Month> {
    let mut months: Vec<Month> = std::iter::successors(Some(cycle), |month| Some(before(*month)))
        .take(usize::try_from(MONTHS).unwrap_or_default())
        .collect();
    months.reverse();
    months
}
