//! What a printed paper says: the shape in which whoever knows it hands it to the printing program.
//!
//! Everything is text that is ready to be read, in the language of the order; only what is drawn to
//! scale is a number. The printing program adds the fixed words of the form and nothing else, so that
//! the same order gives the same paper for ever.

use serde::{Deserialize, Serialize};

use crate::words;
use crate::{Date, Energy, Month};

words! {
    /// The language of the form's own words.
    pub enum PaperLanguage {
        Zh = "zh" ("中文", "Chinese"),
        En = "en" ("英文", "English"),
    }
}

words! {
    /// The size of the sheet.
    pub enum PaperSize {
        A4 = "a4" ("A4", "A4"),
        /// Lying on its long side.
        A5 = "a5" ("A5", "A5"),
    }
}

words! {
    /// Whether what is printed still holds.
    pub enum Standing {
        Valid = "valid" ("有效", "valid"),
        Cancelled = "cancelled" ("作废", "cancelled"),
        /// A counter-entry 红字: all amounts are negative.
        Reversal = "reversal" ("红字", "reversal"),
    }
}

/// One file to be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub language: PaperLanguage,
    pub size: PaperSize,
    /// Title of the file.
    pub title: String,
    /// The file's date: that of what it says, not that of printing.
    pub dated_on: Date,
    pub issuer: Issuer,
    pub sheets: Vec<Sheet>,
}

/// Who issues the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub name: String,
    /// Where to turn to: address, opening hours.
    pub contact: Vec<String>,
    pub hotline: String,
    /// How and where a bill can be paid, one sentence each.
    pub ways_to_pay: Vec<String>,
    /// Small print at the end of a bill.
    pub notes: Vec<String>,
}

/// One paper of an order; it begins on a page of its own and numbers its pages from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sheet {
    Bill(Box<BillSheet>),
    Receipt(Box<ReceiptSheet>),
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact { label: label.into(), value: value.into() }
    }
}

/// A bill 电费账单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillSheet {
    pub bill_no: String,
    pub standing: Standing,
    /// What it replaces, reverses or is replaced by.
    pub remark: Option<String>,
    pub cycle: Month,
    pub name: String,
    pub address: Option<String>,
    pub supply_no: String,
    /// Period, category, tariff and whatever else identifies the supply.
    pub facts: Vec<Fact>,
    pub reads: Vec<ReadRow>,
    /// Says what an estimate means; present when a read is one.
    pub estimate_note: Option<String>,
    pub lines: Vec<ChargeRow>,
    /// The texts by which the lines were computed, in the order of their marks.
    pub bases: Vec<String>,
    pub energy: String,
    pub amount: String,
    /// The amount in capital numerals.
    pub capitals: String,
    /// Tax and funds that the amount contains.
    pub contained: Vec<Fact>,
    pub due: Due,
    pub history: Vec<Bar>,
    pub tiers: Option<TierScale>,
    /// What the QR code says.
    pub code: String,
    /// The beginning of the digest of the document behind the bill.
    pub digest: String,
}

/// What is to be paid, as of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    pub as_of: String,
    /// How the sum comes about: this bill, earlier debts, money paid ahead.
    pub steps: Vec<Fact>,
    pub amount: String,
    pub capitals: String,
    /// None where nothing is to be paid.
    pub due_on: Option<String>,
}

/// One register's way over the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadRow {
    pub meter_no: String,
    pub register: String,
    pub from: ReadEnd,
    pub to: ReadEnd,
    pub multiplier: String,
    pub quantity: String,
    /// A remark: started again at zero, checks only.
    pub remark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadEnd {
    pub on: String,
    pub value: String,
    /// How it is known.
    pub kind: String,
    pub is_estimate: bool,
}

/// A line of the bill; `basis` counts from one into the bases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeRow {
    pub name: String,
    pub quantity: String,
    pub unit: String,
    pub price: String,
    pub amount: String,
    pub basis: Option<u32>,
}

/// A month of the usage chart; None where there was no bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    pub cycle: Month,
    pub energy: Option<Energy>,
    pub is_estimate: bool,
}

/// Where the account stands among the tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierScale {
    /// Over what the tiers count: a year, or the months of the bill.
    pub span: String,
    pub used: Energy,
    pub used_text: String,
    /// Upper limits of all tiers but the last, which is open.
    pub limits: Vec<Energy>,
    /// One for each tier: its name and range.
    pub names: Vec<String>,
    /// How much is left of the present tier.
    pub left: Option<String>,
}

/// A receipt for money taken 收据.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptSheet {
    pub receipt_no: String,
    pub standing: Standing,
    pub remark: Option<String>,
    /// Printed again 补打: the how-manieth copy, when it is not the first.
    pub copy: Option<String>,
    /// Day, method, cashier and whatever else tells how it was paid.
    pub facts: Vec<Fact>,
    pub rows: Vec<PaidRow>,
    pub amount: String,
    pub capitals: String,
    /// Cash given and change, money paid ahead that is left.
    pub after: Vec<Fact>,
    pub code: String,
}

/// What one part of a payment was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidRow {
    pub supply_no: String,
    pub name: String,
    pub purpose: String,
    /// The bill that was settled, where it was one.
    pub bill: Option<String>,
    pub amount: String,
}

impl Order {
    /// The texts that all its papers share.
    pub fn texts(&self) -> Vec<&str> {
        let issuer = &self.issuer;
        let lists = [&issuer.contact, &issuer.ways_to_pay, &issuer.notes];
        let mut texts = vec![self.title.as_str(), &issuer.name, &issuer.hotline];
        texts.extend(lists.into_iter().flatten().map(String::as_str));
        texts
    }
}

fn collect_facts<'s>(facts: &'s [Fact], texts: &mut Vec<&'s str>) {
    texts.extend(facts.iter().flat_map(|fact| [fact.label.as_str(), fact.value.as_str()]));
}

impl Sheet {
    pub fn number(&self) -> &str {
        match self {
            Sheet::Bill(bill) => &bill.bill_no,
            Sheet::Receipt(receipt) => &receipt.receipt_no,
        }
    }

    /// Every text of it that will be printed.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        match self {
            Sheet::Bill(bill) => bill.collect(&mut texts),
            Sheet::Receipt(receipt) => receipt.collect(&mut texts),
        }
        texts
    }

    /// What its QR code says.
    pub fn code(&self) -> &str {
        match self {
            Sheet::Bill(bill) => &bill.code,
            Sheet::Receipt(receipt) => &receipt.code,
        }
    }
}

impl BillSheet {
    fn collect<'s>(&'s self, texts: &mut Vec<&'s str>) {
        texts.extend([self.bill_no.as_str(), &self.name, &self.supply_no, &self.energy, &self.amount]);
        texts.extend([self.capitals.as_str(), &self.digest, &self.due.as_of, &self.due.amount, &self.due.capitals]);
        let optional = [&self.remark, &self.address, &self.estimate_note, &self.due.due_on];
        texts.extend(optional.into_iter().flatten().map(String::as_str));
        for facts in [&self.facts, &self.contained, &self.due.steps] {
            collect_facts(facts, texts);
        }
        texts.extend(self.bases.iter().map(String::as_str));
        for read in &self.reads {
            texts.extend([read.meter_no.as_str(), &read.register, &read.multiplier, &read.quantity]);
            texts.extend([&read.from, &read.to].iter().flat_map(|end| [end.on.as_str(), &end.value, &end.kind]));
            texts.extend(read.remark.as_deref());
        }
        for line in &self.lines {
            texts.extend([line.name.as_str(), &line.quantity, &line.unit, &line.price, &line.amount]);
        }
        if let Some(tiers) = &self.tiers {
            texts.extend([tiers.span.as_str(), &tiers.used_text]);
            texts.extend(tiers.names.iter().chain(&tiers.left).map(String::as_str));
        }
    }
}

impl ReceiptSheet {
    fn collect<'s>(&'s self, texts: &mut Vec<&'s str>) {
        texts.extend([self.receipt_no.as_str(), &self.amount, &self.capitals]);
        texts.extend(self.remark.iter().chain(&self.copy).map(String::as_str));
        collect_facts(&self.facts, texts);
        collect_facts(&self.after, texts);
        for row in &self.rows {
            texts.extend([row.supply_no.as_str(), &row.name, &row.purpose, &row.amount]);
            texts.extend(row.bill.as_deref());
        }
    }
}
