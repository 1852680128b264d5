//! What stands in the books, as text that a story can compare.

use business::bill::{self, Bill};
use business::billing;
use business::{ledger, proof};
use kernel::Register;
use platform::db::Param;
use platform::{Result, journal};

use crate::House;
use crate::house::{date, month};

const PAGE: u32 = 1000;

impl House {
    /// All bills in order of number.
    pub async fn all_bills(&self) -> Vec<Bill> {
        let tx = self.reading_tx().await;
        let (mut bills, mut after) = (Vec::new(), String::new());
        loop {
            let page = bill::page(&tx, &self.operator(), None, &after, PAGE).await.expect("bills");
            let Some(last) = page.last() else {
                return bills;
            };
            after.clone_from(&last.bill_no);
            bills.extend(page);
        }
    }

    /// `1001 2016-08/1 2016-08-01..2016-08-31 300 148.80 issued`, in order of account, cycle,
    /// sequence; a reversal after what it reverses.
    pub async fn bills(&self) -> Vec<String> {
        let mut bills = self.all_bills().await;
        bills.sort_by(|a, b| {
            (&a.supply_no, a.cycle, a.sequence, &a.bill_no).cmp(&(&b.supply_no, b.cycle, b.sequence, &b.bill_no))
        });
        let shown = |b: &Bill| {
            let (from, to) = (b.period.from, b.period.to);
            format!("{} {}/{} {from}..{to} {} {} {}", b.supply_no, b.cycle, b.sequence, b.energy, b.amount, b.status)
        };
        bills.iter().map(shown).collect()
    }

    /// The bills of one account: `2016-08 300 148.80`.
    pub async fn bills_of(&self, supply_no: &str) -> Vec<String> {
        let mut bills = self.all_bills().await;
        bills.sort_by_key(|b| (b.cycle, b.sequence));
        let own = bills.iter().filter(|b| b.supply_no == supply_no);
        own.map(|b| format!("{} {} {}", b.cycle, b.energy, b.amount)).collect()
    }

    /// The standing bill of an account and cycle.
    pub async fn bill(&self, supply_no: &str, cycle: &str) -> Bill {
        let bills = self.all_bills().await;
        let found = bills
            .into_iter()
            .find(|b| b.supply_no == supply_no && b.cycle == month(cycle) && b.status == bill::BillStatus::Issued);
        found.unwrap_or_else(|| panic!("no standing bill of {supply_no} for {cycle}"))
    }

    /// The lines of a bill: `energy.peak 180 x 0.568 = 102.24`.
    pub async fn lines(&self, bill_no: &str) -> Vec<String> {
        let tx = self.reading_tx().await;
        let page = bill::with_documents(&tx, &self.operator(), None, "", PAGE).await.expect("documents");
        let (bill, text, _) = page.iter().find(|(bill, ..)| bill.bill_no == bill_no).expect("the bill");
        let lines = bill::lines(bill, text).expect("lines");
        lines
            .iter()
            .map(|line| format!("{} {} x {} = {}", line.code(), line.quantity(), line.price(), line.amount))
            .collect()
    }

    /// The lines of the standing bill of an account and cycle.
    pub async fn lines_of(&self, supply_no: &str, cycle: &str) -> Vec<String> {
        let bill = self.bill(supply_no, cycle).await;
        self.lines(&bill.bill_no).await
    }

    /// What the last trial found, in Chinese.
    pub async fn finding_texts(&self, cycle: &str) -> Vec<String> {
        let tx = self.reading_tx().await;
        let found = billing::findings(&tx, &self.operator(), month(cycle), "", PAGE).await.expect("findings");
        found.into_iter().flat_map(|of| of.findings).map(|finding| finding.text.zh.into_owned()).collect()
    }

    /// The steps of an account's bill in Chinese.
    pub async fn explained(&self, supply_no: &str, cycle: &str) -> Vec<String> {
        let bill = self.bill(supply_no, cycle).await;
        let tx = self.reading_tx().await;
        let steps = bill::explain(&tx, &self.operator(), &bill.bill_no).await.expect("steps");
        steps.into_iter().map(|step| step.zh.into_owned()).collect()
    }

    pub async fn cancel(&self, bill_no: &str) -> Result<Bill> {
        let tx = self.writing_tx().await;
        let reversal = bill::cancel(&tx, &self.operator(), bill_no, "抄错表").await?;
        tx.commit().await?;
        Ok(reversal)
    }

    /// Takes a reading of a `total` register out of use.
    pub async fn void(&self, meter_no: &str, read_on: &str) -> Result<()> {
        let tx = self.writing_tx().await;
        bill::void_reading(&tx, &self.operator(), meter_no, Register::Total, date(read_on), "抄错").await?;
        tx.commit().await
    }

    /// `owes 20.00, ahead 0.00`.
    pub async fn balance(&self, supply_no: &str) -> String {
        let tx = self.reading_tx().await;
        let (owed, ahead) = ledger::balance(&tx, &self.operator(), supply_no).await.expect("a balance");
        format!("owes {owed}, ahead {ahead}")
    }

    /// The ledger as `kind account amount`, entry by entry, in the order of posting.
    pub async fn ledger(&self) -> Vec<String> {
        let tx = self.reading_tx().await;
        let page = ledger::page(&tx, &self.operator(), None, None, PAGE).await.expect("the ledger");
        page.iter().map(|line| format!("{} {} {}", line.kind, line.account, line.amount)).collect()
    }

    /// What `verify` finds.
    pub async fn verify(&self) -> Vec<String> {
        journal::seal(&self.bureau.house.db).await.expect("sealed");
        let tx = self.reading_tx().await;
        let report = proof::verify(&tx, &self.operator(), None, &mut |_| {}).await.expect("a proof");
        report.differences
    }

    /// Fails with the list when anything does not follow.
    pub async fn prove(&self) {
        let differences = Box::pin(self.verify()).await;
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// Reaches behind the program's back; tells how many rows were touched.
    pub async fn tamper(&self, sql: &str, params: Vec<Param>) -> u64 {
        let tx = self.writing_tx().await;
        let touched = tx.run(sql, params).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        tx.commit().await.expect("committed");
        touched
    }

    /// One number from the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let row = self.reading_tx().await.row(sql, Vec::new()).await.expect("an answer");
        row.expect("a row").get(0).expect("a number")
    }

    /// The acts on record, oldest first: `bill.issue operator`.
    pub async fn acts(&self) -> Vec<String> {
        let tx = self.reading_tx().await;
        let mut page = journal::page(&tx, &self.operator(), None, None, 200).await.expect("the journal");
        page.reverse();
        page.iter().map(|entry| format!("{} {}", entry.act, entry.actor)).collect()
    }
}
