//! What the bills of a month would have come to by other prices 电价测算.
//!
//! ```text
//!   standing bill ──document──▶ its case, as it was billed ──the other price list──▶ another total
//! ```
//!
//! Nothing is kept and nothing is billed. A case is priced as it was billed: reads, days, household, agreement and use of
//! the year so far stay, whatever customers would do at other prices.

mod model;

use std::sync::Arc;

use kernel::Month;
use platform::jobs::Watch;
use platform::{Ctx, Fault, Result, Tx};
use pricing::TariffBook;

pub use model::{Compared, Group, Tally};

use crate::bill::{self, Bill, BillDocument, BillStatus};

/// Bills at a time.
const PAGE: u32 = 1000;

/// The other prices, by the code of the tariff that they take the place of.
#[derive(Debug, Clone)]
pub struct Prices(Arc<TariffBook>);

impl Prices {
    /// Of each price list the last version, as if it had been in force: prices that are to come.
    pub fn to_come(pack: &TariffBook) -> Prices {
        let mut book = TariffBook::default();
        pack.iter().for_each(|tariff| book.extend(tariff.held(tariff.versions.len().saturating_sub(1))));
        Prices(Arc::new(book))
    }

    /// Each day by the version of that day, those of `pack` before those at `present`: prices that hold from a day of the
    /// past.
    pub fn by_day(present: &TariffBook, pack: &TariffBook) -> Prices {
        let mut book = TariffBook::default();
        for tariff in pack.iter() {
            present.get(&tariff.code).into_iter().chain([tariff]).for_each(|tariff| book.extend(tariff.clone()));
        }
        Prices(Arc::new(book))
    }
}

/// Where results and progress go.
pub struct Desk<'a> {
    pub compared: &'a mut (dyn FnMut(&Compared) -> Result<()> + Send),
    pub watch: &'a mut dyn Watch,
}

/// The standing bills of `cycle` that the actor may see and whose tariffs have other prices, in order of bill number.
pub async fn compare(tx: &Tx, ctx: &Ctx, prices: &Prices, cycle: Month, desk: &mut Desk<'_>) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut page = bill::with_documents(tx, ctx, Some(cycle), "", PAGE).await?;
    let mut read = 0;
    while let Some((last, ..)) = page.last() {
        let (after, book) = (last.bill_no.clone(), Arc::clone(&prices.0));
        read += page.len() as u64;
        let pricing = tokio::task::spawn_blocking(move || priced(&book, page));
        let (next, compared) = tokio::join!(bill::with_documents(tx, ctx, Some(cycle), &after, PAGE), pricing);
        for compared in compared.map_err(|error| Fault::because("pricing bills by other prices", error))?? {
            (desk.compared)(&compared)?;
            tally.add(compared);
        }
        desk.watch.progress(read, None)?;
        page = next?;
    }
    Ok(tally)
}

fn priced(book: &TariffBook, page: Vec<(Bill, String, String)>) -> Result<Vec<Compared>> {
    let mut all = Vec::with_capacity(page.len());
    for (bill, text, _) in page {
        if bill.status != BillStatus::Issued || book.get(&bill.tariff).is_none() {
            continue;
        }
        let document: BillDocument = serde_json::from_str(&text)?;
        let Some(tariff) = book.of_case(&bill.tariff, &document.case) else { continue };
        let new = pricing::price(&tariff, &document.case).map(|priced| priced.total);
        all.push(Compared {
            supply_no: bill.supply_no,
            station: bill.station,
            tariff: bill.tariff,
            now: bill.amount,
            new: new.map_err(|reason| pricing::quote::refusal(reason, &tariff.code)),
        });
    }
    Ok(all)
}
