//! The words of a printed receipt.

use kernel::paper::{Fact, PaidRow, PaperLanguage, ReceiptSheet, Standing};
use platform::paper::{IssuerPack, say};

use crate::payment::{InFull, PaymentKind, PaymentState, Receipt, ShareRow};
use crate::supply::masked_name;

pub fn sheet(receipt: &Receipt, codes: &IssuerPack, language: PaperLanguage) -> ReceiptSheet {
    let words = Words { receipt, language };
    let payment = &receipt.payment.payment;
    let amount = payment.amount.to_string();
    ReceiptSheet {
        receipt_no: payment.receipt_no.clone(),
        standing: standing(&receipt.payment),
        remark: words.remark(),
        copy: (receipt.reprint > 0)
            .then(|| words.pick(format!("补打 {}", receipt.reprint), format!("copy {}", receipt.reprint))),
        facts: words.facts(),
        rows: receipt.payment.shares.iter().map(|row| words.row(row)).collect(),
        capitals: receipt.in_capitals.clone(),
        after: words.after(),
        code: codes.receipt_code(&payment.receipt_no, &amount),
        amount,
    }
}

pub fn standing(payment: &InFull) -> Standing {
    match (payment.payment.kind, payment.payment.state) {
        (PaymentKind::Payment, PaymentState::Reversed) => Standing::Cancelled,
        (PaymentKind::Payment, _) => Standing::Valid,
        _ => Standing::Reversal,
    }
}

pub struct Words<'w> {
    pub receipt: &'w Receipt,
    pub language: PaperLanguage,
}

impl Words<'_> {
    pub fn pick(&self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self.language {
            PaperLanguage::Zh => zh.into(),
            PaperLanguage::En => en.into(),
        }
    }

    pub fn remark(&self) -> Option<String> {
        let full = &self.receipt.payment;
        let reason = full.payment.reason.as_deref().map_or_else(String::new, |reason| format!("（{reason}）"));
        if let Some(by) = &full.reversed_by {
            return Some(self.pick(format!("本收据已由 {by} 冲正"), format!("Taken back by {by}")));
        }
        let other = full.reverses.as_ref()?;
        Some(self.pick(format!("冲正收据 {other}{reason}"), format!("Takes back receipt {other}")))
    }

    pub fn facts(&self) -> Vec<Fact> {
        let payment = &self.receipt.payment.payment;
        let mut facts = vec![
            Fact::new(self.pick("收费时间", "Paid at"), &self.receipt.paid_at),
            Fact::new(self.pick("缴费方式", "Method"), say(&payment.method.label(), self.language)),
            Fact::new(self.pick("收费员", "Cashier"), &payment.cashier),
        ];
        if let Some(station) = &payment.station {
            facts.push(Fact::new(self.pick("营业点", "Station"), station));
        }
        let paper = [&payment.bank, &payment.instrument].into_iter().flatten().cloned().collect::<Vec<_>>();
        if !paper.is_empty() {
            facts.push(Fact::new(self.pick("票据", "Slip"), paper.join(" ")));
        }
        if let Some(reference) = &payment.reference {
            facts.push(Fact::new(self.pick("渠道流水", "Reference"), reference));
        }
        facts
    }

    /// Anybody may pay for an account: what he gets does not tell who holds it.
    fn row(&self, row: &ShareRow) -> PaidRow {
        let purpose = say(&row.share.purpose.label(), self.language);
        PaidRow {
            supply_no: row.supply_no.clone(),
            name: masked_name(&row.name),
            purpose: row.cycle.as_ref().map_or_else(|| purpose.clone(), |cycle| format!("{purpose} {cycle}")),
            bill: row.bill_no.clone(),
            amount: row.share.amount.to_string(),
        }
    }

    pub fn after(&self) -> Vec<Fact> {
        let payment = &self.receipt.payment.payment;
        let mut facts = Vec::new();
        if let (Some(tendered), Some(change)) = (payment.tendered, payment.change()) {
            facts.push(Fact::new(self.pick("收现", "Cash"), tendered.to_string()));
            facts.push(Fact::new(self.pick("找零", "Change"), change.to_string()));
        }
        for (supply_no, money) in &self.receipt.prepaid {
            let label = self.pick(format!("{supply_no} 预收余额"), format!("{supply_no} paid ahead"));
            facts.push(Fact::new(label, money.to_string()));
        }
        facts
    }
}
