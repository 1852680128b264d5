use std::collections::BTreeMap;

use kernel::id::Uuid;
use kernel::{Date, Money, Text, Timestamp, words};
use platform::{Ctx, Fault, Result};
use serde::{Deserialize, Serialize};

use super::rules::Contained;
use crate::supply::UsagePointId;

words! {
    /// Why an entry was posted.
    pub enum EntryKind {
        Opening = "opening" ("期初", "opening"),
        Bill = "bill" ("电费发行", "bill issued"),
        Reversal = "reversal" ("电费红冲", "bill reversed"),
        Application = "application" ("预收冲抵", "prepayment applied"),
        ApplicationReversed = "application-reversed" ("冲抵撤回", "application taken back"),
        Payment = "payment" ("收费", "payment taken"),
        PaymentReversed = "payment-reversed" ("收费冲正", "payment reversed"),
        TillClosed = "till-closed" ("钱箱结账", "till closed"),
        TillReopened = "till-reopened" ("钱箱重开", "till reopened"),
        InTransit = "in-transit" ("渠道资金在途", "channel money on its way"),
        Credited = "credited" ("银行到账", "credited by the bank"),
        CreditUndone = "credit-undone" ("到账撤销", "credit undone"),
        DifferenceSettled = "difference-settled" ("差异了结", "difference settled"),
        Refund = "refund" ("退预收", "prepayment paid back"),
    }
}

const MONEY: &str = "money:";

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
    /// 库存现金, 银行存款 and what else holds money, by its code.
    Money(String),
    /// 电费违约金收入.
    LateCharge,
    /// 待处理现金长短款: what tills were short or over, until somebody settles it.
    TillDifference,
    /// 长短款损益: what the bureau bears or keeps of it.
    DifferenceResult,
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
            Account::Money(place) => format!("money:{place}"),
            Account::LateCharge => "late-charge".into(),
            Account::TillDifference => "till-difference".into(),
            Account::DifferenceResult => "difference-result".into(),
        }
    }

    /// Its name for people.
    pub fn label(&self) -> Text {
        match self {
            Account::Receivable => Text::new("应收电费", "Receivable from customers"),
            Account::Prepayment => Text::new("预收电费", "Paid ahead by customers"),
            Account::Revenue => Text::new("电费收入", "Revenue, net of tax"),
            Account::OutputTax => Text::new("应交税费—销项税额", "Output tax"),
            Account::Opening => Text::new("期初结转", "Opening figures"),
            Account::Fund(fund) => Text::new(format!("代征基金—{fund}"), format!("Fund held for the state: {fund}")),
            Account::Money(place) => money_label(place),
            Account::LateCharge => Text::new("电费违约金收入", "Late charges"),
            Account::TillDifference => Text::new("待处理现金长短款", "Cash short or over, unsettled"),
            Account::DifferenceResult => Text::new("长短款损益", "Cash short or over, borne by the bureau"),
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
            "late-charge" => Account::LateCharge,
            "till-difference" => Account::TillDifference,
            "difference-result" => Account::DifferenceResult,
            money if money.starts_with(MONEY) => Account::Money(money[MONEY.len()..].to_owned()),
            fund => Account::Fund(fund.strip_prefix("fund:").unwrap_or(fund).to_owned()),
        }
    }
}

/// What holds money: the ways in which it comes, and what the bureau keeps it in.
fn money_label(place: &str) -> Text {
    let (zh, en) = match place {
        "cash" => ("库存现金", "Cash"),
        "pos" => ("银行存款—POS", "Bank: cards"),
        "cheque" => ("银行存款—支票", "Bank: cheques"),
        "voucher" => ("银行存款—进账单", "Bank: vouchers"),
        "transfer" => ("银行存款—转账", "Bank: transfers"),
        "wechat" => ("其他货币资金—微信", "WeChat"),
        "alipay" => ("其他货币资金—支付宝", "Alipay"),
        "bank-debit" => ("银行存款—代扣", "Bank: debits"),
        "in-transit" => ("在途资金", "Money on its way"),
        "collection" => ("银行存款—电费收入专户", "Bank: collection account"),
        "expenditure" => ("银行存款—支出户", "Bank: expenditure account"),
        other => return Text::new(format!("货币资金—{other}"), format!("Money: {other}")),
    };
    Text::new(zh, en)
}

/// One line of an entry; debits are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub account: Account,
    pub usage_point: Option<UsagePointId>,
    /// The bill that it is for, in an entry of many bills.
    pub bill_no: Option<String>,
    pub amount: Money,
}

impl Posting {
    pub fn of(account: Account, usage_point: Option<UsagePointId>, amount: Money) -> Posting {
        Posting { account, usage_point, bill_no: None, amount }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: Uuid,
    pub on: Date,
    pub kind: EntryKind,
    /// The bill that all of its lines are for.
    pub bill_no: Option<String>,
    /// The payment, reversal or refund that it books.
    pub receipt_no: Option<String>,
    pub postings: Vec<Posting>,
}

impl LedgerEntry {
    /// An entry that belongs to no bill and no receipt.
    pub fn plain(ctx: &Ctx, on: Date, kind: EntryKind, postings: Vec<Posting>) -> LedgerEntry {
        LedgerEntry { id: ctx.new_id(), on, kind, bill_no: None, receipt_no: None, postings }
    }

    /// The bill that a line of it is for.
    pub fn bill_of<'e>(&'e self, posting: &'e Posting) -> Option<&'e str> {
        posting.bill_no.as_deref().or(self.bill_no.as_deref())
    }

    /// The lowest bill number that its lines name.
    pub fn first_bill(&self) -> Option<&str> {
        self.postings.iter().filter_map(|posting| self.bill_of(posting)).min()
    }

    /// Its lines as bill number, account and amount, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&str, String, Money)> {
        let bill_no = |posting| self.bill_of(posting).unwrap_or_default();
        self.postings.iter().map(move |posting| (bill_no(posting), posting.account.code(), posting.amount))
    }

    pub fn check(&self) -> Result<()> {
        let sum: Money = self.postings.iter().map(|posting| posting.amount).sum();
        if sum == Money::ZERO {
            return Ok(());
        }
        Err(Fault::impossible(format!("an entry ({}, bill {:?}) is off balance by {sum}", self.kind, self.bill_no)))
    }
}

/// Bills that are posted together, as one entry 汇总记账: a line of each customer's, and the other side in sums.
#[derive(Debug, Default)]
pub struct BillSums {
    owed: Vec<Posting>,
    revenue: Money,
    tax: Money,
    funds: BTreeMap<String, Money>,
}

impl BillSums {
    /// `contained` divides `amount`; both are negative for a bill that is taken back.
    pub fn add(&mut self, point: UsagePointId, bill_no: &str, amount: Money, contained: Contained) {
        self.owed.push(Posting {
            account: Account::Receivable,
            usage_point: Some(point),
            bill_no: Some(bill_no.to_owned()),
            amount,
        });
        self.revenue += contained.revenue;
        self.tax += contained.tax;
        for (fund, amount) in contained.funds {
            *self.funds.entry(fund).or_default() += amount;
        }
    }

    pub fn entry(self, ctx: &Ctx, on: Date, kind: EntryKind) -> LedgerEntry {
        let funds = self.funds.into_iter().map(|(fund, amount)| (Account::Fund(fund), amount));
        let sums = [(Account::Revenue, self.revenue), (Account::OutputTax, self.tax)].into_iter().chain(funds);
        let moved = sums.filter(|(_, amount)| *amount != Money::ZERO);
        let mut postings = self.owed;
        postings.extend(moved.map(|(account, amount)| Posting::of(account, None, -amount)));
        LedgerEntry::plain(ctx, on, kind, postings)
    }
}

/// Orders debts, the oldest first.
pub type Age<'a> = (Date, Option<&'a str>, Uuid);

/// Of debts of one day the one without a bill, from before the first, is the oldest; then the number tells, which begins
/// with the cycle. The id is made by a clock that may have been set, and tells last.
pub fn age(arisen_on: Date, bill_no: Option<&str>, id: Uuid) -> Age<'_> {
    (arisen_on, bill_no, id)
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

    /// By which the older of two is told.
    pub fn age(&self) -> Age<'_> {
        age(self.arisen_on, self.bill_no.as_deref(), self.id)
    }
}

/// A day that is closed 日终结账: its figures stand, and nothing is posted into it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDay {
    pub day: Date,
    pub closed_at: Timestamp,
    pub closed_by: String,
    /// JSON text, never changed.
    pub document: String,
    /// SHA-256 of the document.
    pub digest: String,
}

/// An account in a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSum {
    pub account: String,
    /// Before the first day; a debit balance is positive.
    pub opening: Money,
    pub debit: Money,
    pub credit: Money,
}

impl AccountSum {
    pub fn closing(&self) -> Money {
        self.opening + self.debit - self.credit
    }

    /// Whether it stood at anything or moved.
    pub fn has_moved(&self) -> bool {
        [self.opening, self.debit, self.credit].iter().any(|amount| *amount != Money::ZERO)
    }
}

/// A trial balance 试算平衡: every account over a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialBalance {
    pub from: Date,
    pub to: Date,
    /// The stations whose entries alone are in it; none: the whole bureau.
    pub stations: Option<Vec<String>>,
    pub accounts: Vec<AccountSum>,
}

impl TrialBalance {
    pub fn total(&self) -> AccountSum {
        let sum = |part: fn(&AccountSum) -> Money| self.accounts.iter().map(part).sum();
        AccountSum {
            account: String::new(),
            opening: sum(|account| account.opening),
            debit: sum(|account| account.debit),
            credit: sum(|account| account.credit),
        }
    }

    /// Debits equal credits, and so they did before.
    pub fn balances(&self) -> bool {
        let total = self.total();
        total.opening == Money::ZERO && total.debit == total.credit
    }
}

/// Which stretch of an account's history is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStretch {
    pub account: String,
    pub from: Date,
    pub to: Date,
}

/// A day of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDay {
    pub on: Date,
    pub lines: i64,
    pub debit: Money,
    pub credit: Money,
    /// At the end of the day.
    pub balance: Money,
}

/// A line of an account with the balance after it.
#[derive(Debug, Clone)]
pub struct AccountLine {
    pub row: super::LedgerRow,
    pub balance: Money,
}

/// Where a page of an account's lines begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCursor {
    pub on: Date,
    pub entry: Uuid,
    pub line: i64,
}

/// An open item with what its late charge 违约金 is told from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    pub item: Receivable,
    /// What was settled after the due day, by day.
    pub settled_late: Vec<(Date, Money)>,
    /// Late charges taken or waived so far.
    pub charged: Money,
}

impl Debt {
    /// Takes a settlement into account, the earliest days first.
    pub fn note(&mut self, settles: Settles, on: Date, amount: Money) {
        if settles != Settles::Debt {
            self.charged += amount;
            return;
        }
        match self.settled_late.last_mut() {
            Some((last, settled)) if *last == on => *settled += amount,
            _ if on > self.item.due_on => self.settled_late.push((on, amount)),
            _ => {}
        }
    }
}

/// How an account stands: what it owes, and what it has paid ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The oldest first: open items, and settled ones on which a late charge may still be open.
    pub debts: Vec<Debt>,
    pub prepaid: Money,
}

words! {
    /// What a settlement takes off.
    pub enum Settles {
        /// What is owed for the bill itself.
        Debt = "debt" ("电费", "the bill"),
        /// 违约金, taken.
        LateCharge = "late-charge" ("违约金", "the late charge"),
        /// 违约金, forgone.
        Waiver = "waiver" ("违约金减免", "the late charge, waived"),
    }
}

words! {
    /// Where a settlement came from.
    pub enum SettledBy {
        Payment = "payment" ("收费", "a payment"),
        Prepayment = "prepayment" ("预收", "money paid ahead"),
        /// The bill was cancelled and gave back what it had got.
        Return = "return" ("账单作废退回", "the cancelled bill's return"),
        Waiver = "waiver" ("减免", "a waiver"),
    }
}

/// One step by which an open item was settled, or, with a negative amount, opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub id: Uuid,
    pub receivable: Uuid,
    /// The day until which the amount was owed; what takes a settlement back bears the same day, as
    /// if it had never been.
    pub on: Date,
    pub settles: Settles,
    pub by: SettledBy,
    /// The payment, or the reversal, that did it.
    pub payment: Option<Uuid>,
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_found_again_by_its_code() {
        let accounts = [
            Account::Receivable,
            Account::Prepayment,
            Account::Revenue,
            Account::OutputTax,
            Account::Fund("renewables".into()),
            Account::Opening,
            Account::Money("cash".into()),
            Account::LateCharge,
            Account::TillDifference,
            Account::DifferenceResult,
        ];
        for account in accounts {
            assert_eq!(Account::from_code(&account.code()), account);
        }
    }
}
