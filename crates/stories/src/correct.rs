//! What turned out otherwise, and the bills that take others' places.

use business::amendment::{self, Amendment, Found, ReadingWish};
use business::correction::{self, AccountOrder, Correction, IssueTally, Wish};
use business::reading::ReadingKind;
use business::run::RunScope;
use business::terms::ToldTerms;
use kernel::Register;
use platform::jobs::Unwatched;
use platform::{Ctx, Result};

use crate::House;
use crate::house::{date, when_free};

/// All bills of the bureau that bill `since` or later days.
pub fn all_since(since: &str) -> Wish {
    Wish { since: date(since), scope: RunScope::default(), tariff: None, reason: "抄错表".into() }
}

impl House {
    /// Says what a `total` register showed on a day that is billed.
    pub async fn amend(&self, meter_no: &str, read_on: &str, value: &str) -> Result<Amendment> {
        let tx = self.writing_tx().await;
        let wish = ReadingWish {
            meter_no: meter_no.into(),
            register: Register::Total,
            read_on: date(read_on),
            value: value.into(),
            kind: ReadingKind::Actual,
            reason: "现场核实".into(),
        };
        let made = amendment::amend_reading(&tx, &self.operator(), wish).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub async fn amend_multiplier(&self, meter_no: &str, multiplier: i64) -> Result<Amendment> {
        let tx = self.writing_tx().await;
        let reason = "互感器铭牌".to_owned();
        let made = amendment::amend_multiplier(&tx, &self.operator(), meter_no, multiplier, reason).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub async fn amend_counting(&self, meter_no: &str, found: Found, found_on: &str) -> Result<Amendment> {
        let tx = self.writing_tx().await;
        let reason = "检定证书".to_owned();
        let made = amendment::amend_counting(&tx, &self.operator(), meter_no, found, date(found_on), reason).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Says what an account should have been billed by since a day.
    pub async fn amend_terms(&self, supply_no: &str, told: &ToldTerms<'_>) -> Result<Amendment> {
        let (tx, book) = (self.writing_tx().await, self.bureau.book().await?);
        let reason = "核实分类".to_owned();
        let made = amendment::amend_terms(&tx, &self.operator(), &book, supply_no, told, reason).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub async fn try_correction(&self, ctx: &Ctx, wish: Wish) -> Result<Correction> {
        let tx = self.writing_tx().await;
        let asked = correction::ask(&tx, ctx, wish).await?;
        tx.commit().await?;
        let no = &asked.correction_no;
        when_free(async || correction::try_bills(&self.bureau, ctx, no, &mut Unwatched).await).await
    }

    pub async fn issue_correction(&self, ctx: &Ctx, correction_no: &str, second_person: bool) -> Result<IssueTally> {
        let work = async || correction::issue(&self.bureau, ctx, correction_no, second_person, &mut Unwatched).await;
        when_free(work).await
    }

    /// Tries and issues, as the operator.
    pub async fn correct(&self, wish: Wish) -> Correction {
        let ctx = self.operator();
        let tried = self.try_correction(&ctx, wish).await.expect("a trial");
        self.issue_correction(&ctx, &tried.correction_no, false).await.expect("bills");
        tried
    }

    /// The accounts of a correction: `1001 ready 2016-08 2 120.00 -> 110.00`.
    pub async fn corrected(&self, correction_no: &str) -> Vec<String> {
        let tx = self.reading_tx().await;
        let order = AccountOrder::SupplyNo;
        let rows = correction::accounts(&tx, &self.operator(), correction_no, None, order, None, 1000).await;
        let shown = |row: &correction::AccountRow| {
            let from = row.from_cycle.map_or_else(String::new, |cycle| cycle.to_string());
            format!("{} {} {from} {} {} -> {}", row.supply_no, row.state, row.bills, row.before, row.after)
        };
        rows.expect("accounts").iter().map(shown).collect()
    }

    /// How many amendments still wait for a correction.
    pub async fn waiting_amendments(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM amendment WHERE corrected_by IS NULL").await
    }

    /// The standing bills in order of account and cycle: `1001 2016-08 100 80.00`.
    pub async fn standing(&self) -> Vec<String> {
        let mut bills = self.all_bills().await;
        bills.retain(|bill| bill.status == business::bill::BillStatus::Issued);
        bills.sort_by(|a, b| (&a.supply_no, a.cycle).cmp(&(&b.supply_no, b.cycle)));
        bills.iter().map(|b| format!("{} {} {} {}", b.supply_no, b.cycle, b.energy, b.amount)).collect()
    }
}
