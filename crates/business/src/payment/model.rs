use kernel::id::Uuid;
use kernel::{Date, Money, Timestamp, words};
use platform::Ctx;
use serde::{Deserialize, Serialize};

use crate::inflight::InFlight;
use crate::ledger::{self, Debt};
use crate::supply::{CustomerKind, UsagePoint, UsagePointId};

words! {
    /// How money came 缴费方式.
    pub enum Method {
        Cash = "cash" ("现金", "cash"),
        Pos = "pos" ("POS 刷卡", "card at the counter"),
        Cheque = "cheque" ("支票", "cheque"),
        Voucher = "voucher" ("进账单", "bank voucher"),
        Transfer = "transfer" ("转账", "transfer"),
        Wechat = "wechat" ("微信", "WeChat"),
        Alipay = "alipay" ("支付宝", "Alipay"),
        BankDebit = "bank-debit" ("银行代扣", "bank debit"),
    }
}

words! {
    pub enum PaymentKind {
        Payment = "payment" ("收费", "payment"),
        Reversal = "reversal" ("冲正", "reversal"),
        Refund = "refund" ("退预收", "refund of money paid ahead"),
    }
}

words! {
    pub enum PaymentState {
        Taken = "taken" ("已收", "taken"),
        Reversed = "reversed" ("已冲正", "reversed"),
        /// A reversal itself, which nothing takes back.
        Reversal = "reversal" ("冲正", "a reversal"),
    }
}

words! {
    /// What a share of a payment is for.
    pub enum Purpose {
        Debt = "debt" ("电费", "electricity"),
        LateCharge = "late-charge" ("违约金", "late charge"),
        Prepayment = "prepayment" ("预收", "paid ahead"),
    }
}

/// Where a payment was taken over a counter; any other channel is one that reports its payments.
pub const COUNTER: &str = "counter";

/// Money taken, taken back or paid out. Of a reversal and a refund the amount is negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: Uuid,
    /// Empty until it is written down; see [`super::write`].
    pub receipt_no: String,
    pub kind: PaymentKind,
    pub state: PaymentState,
    /// Of a reversal: the payment that it takes back.
    pub reverses: Option<Uuid>,
    pub method: Method,
    pub channel: String,
    /// The channel's own number.
    pub reference: Option<String>,
    pub paid_at: Timestamp,
    pub booked_on: Date,
    pub amount: Money,
    /// Cash handed over, from which change was given.
    pub tendered: Option<Money>,
    pub cashier: String,
    pub station: Option<String>,
    pub bank: Option<String>,
    /// Number of the cheque, voucher, slip or transfer.
    pub instrument: Option<String>,
    pub reason: Option<String>,
    /// How often its receipt was printed.
    pub prints: i64,
}

impl Payment {
    pub fn change(&self) -> Option<Money> {
        self.tendered.map(|tendered| tendered - self.amount)
    }
}

/// A payment as a channel reports it.
#[derive(Debug, Clone)]
pub struct Reported {
    pub channel: String,
    pub reference: String,
    pub supply_no: String,
    pub paid_at: Timestamp,
    pub amount: Money,
    pub method: Method,
}

impl Reported {
    pub fn payment(self, ctx: &Ctx, station: Option<String>, booked_on: Date) -> Payment {
        Payment {
            id: ctx.new_id(),
            receipt_no: String::new(),
            kind: PaymentKind::Payment,
            state: PaymentState::Taken,
            reverses: None,
            method: self.method,
            channel: self.channel,
            reference: Some(self.reference),
            paid_at: self.paid_at,
            booked_on,
            amount: self.amount,
            tendered: None,
            cashier: ctx.actor.name.clone(),
            station,
            bank: None,
            instrument: None,
            reason: None,
            prints: 0,
        }
    }
}

/// What part of a payment is for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub payment: Uuid,
    pub line_no: i64,
    pub usage_point: UsagePointId,
    pub receivable: Option<Uuid>,
    pub purpose: Purpose,
    pub amount: Money,
}

/// A share as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRow {
    pub share: Share,
    pub supply_no: String,
    pub name: String,
    pub bill_no: Option<String>,
    /// The month of the bill; none for an opening debt and for money paid ahead.
    pub cycle: Option<String>,
}

/// A payment with everything that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFull {
    pub payment: Payment,
    pub shares: Vec<ShareRow>,
    /// The receipt number of what it reverses.
    pub reverses: Option<String>,
    /// The receipt number of what reversed it.
    pub reversed_by: Option<String>,
}

/// An account as taking money finds it.
#[derive(Debug, Clone)]
pub struct Account {
    pub point: UsagePoint,
    pub debts: Vec<Debt>,
    pub prepaid: Money,
    /// What of the debts somebody is collecting already.
    pub in_flight: Vec<InFlight>,
}

impl Account {
    pub fn id(&self) -> UsagePointId {
        self.point.id
    }

    pub fn kind(&self) -> CustomerKind {
        self.point.kind
    }
}

/// What is due for one bill, or for one opening debt, on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillDue {
    pub receivable: Uuid,
    pub bill_no: Option<String>,
    pub arisen_on: Date,
    pub due_on: Date,
    pub open: Money,
    /// How much of it money paid ahead will settle before anything is taken.
    pub from_prepaid: Money,
    pub days_late: i64,
    pub late_charge: Money,
    /// Who collects it already: then it is taken again only for a reason.
    pub in_flight: Option<InFlight>,
}

impl BillDue {
    /// By which the older of two is told.
    pub fn age(&self) -> ledger::Age<'_> {
        ledger::age(self.arisen_on, self.bill_no.as_deref(), self.receivable)
    }

    pub fn due(&self) -> Money {
        self.open - self.from_prepaid + self.late_charge
    }
}

/// What an account is to pay on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDue {
    pub bills: Vec<BillDue>,
    pub prepaid: Money,
}

impl AccountDue {
    pub fn owed(&self) -> Money {
        self.bills.iter().map(|bill| bill.open).sum()
    }

    pub fn late_charge(&self) -> Money {
        self.bills.iter().map(|bill| bill.late_charge).sum()
    }

    pub fn due(&self) -> Money {
        self.bills.iter().map(BillDue::due).sum()
    }
}

/// What some accounts are to pay today, before anything is taken.
#[derive(Debug, Clone)]
pub struct Quote {
    pub accounts: Vec<(Account, AccountDue)>,
    pub as_of: Date,
    /// Over all figures: the wish to pay names it, so that nobody pays what he has not seen.
    pub digest: String,
}

impl Quote {
    pub fn total(&self) -> Money {
        self.accounts.iter().map(|(_, due)| due.due()).sum()
    }
}

/// A customer's wish to pay.
#[derive(Debug, Clone)]
pub struct Wish {
    pub supply_nos: Vec<String>,
    /// The digest of the quote that the customer was told.
    pub digest: String,
    pub amount: Money,
    pub method: Method,
    pub tendered: Option<Money>,
    pub bank: Option<String>,
    pub instrument: Option<String>,
    /// The account to which what is above the debts is paid ahead; none: nothing may be above.
    pub prepay_to: Option<String>,
    /// Why money is taken for a debt that a bank is collecting already.
    pub despite_debit: Option<String>,
}

/// What a printed receipt 收费凭证 says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The company that takes the money.
    pub company: String,
    pub payment: InFull,
    /// Civil time of the bureau, `2016-09-05 10:00:00`.
    pub paid_at: String,
    /// The amount in capitals 大写金额.
    pub in_capitals: String,
    /// What each account has paid ahead now, by supply number.
    pub prepaid: Vec<(String, Money)>,
    /// 补打: 0 for the first print, then how many times it was printed before.
    pub reprint: i64,
}
