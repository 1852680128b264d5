use kernel::id::Uuid;
use kernel::{Date, Money, Timestamp, words};
use serde::{Deserialize, Serialize};

words! {
    pub enum DepositKind {
        Cash = "cash" ("现金缴款", "cash paid in"),
        Pos = "pos" ("POS 结算", "card settlement"),
        Cheque = "cheque" ("支票", "cheques"),
        Voucher = "voucher" ("进账单", "bank vouchers"),
        Channel = "channel" ("渠道结算", "channel settlement"),
        Transfer = "transfer" ("转账", "transfer"),
    }
}

/// Money that is to arrive in the collection account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    pub id: Uuid,
    /// The day of the books on which it went on its way.
    pub day: Date,
    pub kind: DepositKind,
    pub till: Option<Uuid>,
    /// Who handed it over, of a till.
    pub cashier: Option<String>,
    pub channel: Option<String>,
    /// Number of the deposit slip or of the transfer.
    pub reference: Option<String>,
    pub amount: Money,
}

/// A line of the bank's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    pub id: Uuid,
    pub account: String,
    pub value_date: Date,
    /// Negative: money that went out.
    pub amount: Money,
    /// The bank's own number of the line.
    pub reference: String,
    pub text: String,
    pub matched: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineFilter {
    pub only_open: bool,
    pub from: Option<Date>,
    pub to: Option<Date>,
}

words! {
    /// How a line and a deposit found each other.
    pub enum How {
        Reference = "reference" ("按凭证号", "by reference"),
        Amount = "amount" ("按金额日期", "by amount and day"),
        Hand = "hand" ("人工", "by hand"),
    }
}

/// A line of a channel's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLine {
    pub channel: String,
    pub reference: String,
    pub kind: ChannelKind,
    pub paid_at: Timestamp,
    /// The civil day of `paid_at`.
    pub day: Date,
    pub amount: Money,
    /// How often it stood in one file.
    pub times: i64,
}

words! {
    pub enum ChannelKind {
        Payment = "payment" ("收费", "payment"),
        Reversal = "reversal" ("冲正", "reversal"),
    }
}
