use kernel::id::Uuid;
use kernel::{Date, Money, words};
use platform::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::supply::UsagePointId;

words! {
    /// Why an entry was posted.
    pub enum EntryKind {
        Opening = "opening" ("期初", "opening"),
        Bill = "bill" ("电费发行", "bill issued"),
        Reversal = "reversal" ("电费红冲", "bill reversed"),
        Application = "application" ("预收冲抵", "prepayment applied"),
        ApplicationReversed = "application-reversed" ("冲抵撤回", "application taken back"),
    }
}

/// An account of the ledger 会计科目.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// 应收电费.
    Receivable,
    /// 预收电费.
    Prepayment,
    /// 电费收入, net of tax.
    Revenue,
    /// 应交税费—销项税额.
    OutputTax,
    /// 代征基金 of one kind.
    Fund(String),
    /// 期初结转: the other side of opening figures.
    Opening,
}

impl Account {
    pub fn code(&self) -> String {
        match self {
            Account::Receivable => "receivable".into(),
            Account::Prepayment => "prepayment".into(),
            Account::Revenue => "revenue".into(),
            Account::OutputTax => "output-tax".into(),
            Account::Fund(fund) => format!("fund:{fund}"),
            Account::Opening => "opening".into(),
        }
    }

    /// The account with this code; every other code is that of a fund.
    pub fn from_code(code: &str) -> Account {
        match code {
            "receivable" => Account::Receivable,
            "prepayment" => Account::Prepayment,
            "revenue" => Account::Revenue,
            "output-tax" => Account::OutputTax,
            "opening" => Account::Opening,
            fund => Account::Fund(fund.strip_prefix("fund:").unwrap_or(fund).to_owned()),
        }
    }
}

/// One line of an entry; debits are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub account: Account,
    pub usage_point: Option<UsagePointId>,
    pub amount: Money,
}

impl Posting {
    pub fn of(account: Account, usage_point: Option<UsagePointId>, amount: Money) -> Posting {
        Posting { account, usage_point, amount }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: Uuid,
    pub on: Date,
    pub kind: EntryKind,
    pub bill_no: Option<String>,
    pub postings: Vec<Posting>,
}

impl LedgerEntry {
    /// Its lines as bill number, account and amount, in order.
    pub fn lines(&self) -> impl Iterator<Item = (String, String, Money)> + '_ {
        let bill_no = self.bill_no.clone().unwrap_or_default();
        self.postings.iter().map(move |posting| (bill_no.clone(), posting.account.code(), posting.amount))
    }

    pub fn check(&self) -> Result<()> {
        let sum: Money = self.postings.iter().map(|posting| posting.amount).sum();
        if sum == Money::ZERO {
            return Ok(());
        }
        Err(Fault::impossible(format!("an entry ({}, bill {:?}) is off balance by {sum}", self.kind, self.bill_no)))
    }
}

/// An open item 应收款: what is owed for one bill, or was owed at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receivable {
    pub id: Uuid,
    pub usage_point: UsagePointId,
    pub bill_no: Option<String>,
    pub arisen_on: Date,
    pub due_on: Date,
    pub amount: Money,
    pub settled: Money,
}

impl Receivable {
    pub fn open(&self) -> Money {
        self.amount - self.settled
    }
}
