use kernel::id::Uuid;
use kernel::{Date, Money, Refusal, Timestamp, words};
use serde::{Deserialize, Serialize};

/// How many papers, and what they come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub count: i64,
    pub amount: Money,
}

words! {
    pub enum DifferenceKind {
        Till = "till" ("钱箱长短款", "till over or short"),
        ChannelMissingHere = "channel-missing-here" ("渠道有、我方无", "the channel has it, we do not"),
        ChannelMissingThere = "channel-missing-there" ("我方有、渠道无", "we have it, the channel does not"),
        ChannelAmount = "channel-amount" ("渠道金额不符", "another amount at the channel"),
        ChannelTwice = "channel-twice" ("渠道重复", "twice at the channel"),
        BankUnknown = "bank-unknown" ("银行到账无对应", "the bank has it, we do not"),
        BankMissing = "bank-missing" ("在途资金逾期未到账", "not credited in time"),
        DebitUnexpected = "debit-unexpected" ("银行代扣多扣或逾期回盘", "a debit not awaited or not owed any more"),
    }
}

impl DifferenceKind {
    /// Whether a comparison finds it, and finds out that it is none any more.
    pub fn is_compared(self) -> bool {
        !matches!(self, DifferenceKind::Till | DifferenceKind::DebitUnexpected)
    }
}

words! {
    pub enum DifferenceState {
        Open = "open" ("待处理", "open"),
        Explained = "explained" ("已说明", "explained"),
        Settled = "settled" ("已了结", "settled"),
        /// The till that it was found in was opened again, or what it missed has been found.
        Withdrawn = "withdrawn" ("已消除", "withdrawn"),
    }
}

words! {
    /// How a difference ended.
    pub enum Settlement {
        /// Its owner made it good: the money goes to the collection account.
        PaidIn = "paid-in" ("责任人补缴", "paid in by its owner"),
        /// The bureau bears it, or keeps what was over.
        WrittenOff = "written-off" ("计入长短款损益", "taken to profit and loss"),
        /// Other entries put it right, such as a reversal and a payment.
        Corrected = "corrected" ("已由更正业务处理", "put right by other entries"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub id: Uuid,
    /// The day whose close found it.
    pub day: Date,
    pub kind: DifferenceKind,
    /// What it is about; a difference about one thing stands once.
    pub subject: String,
    pub till: Option<Uuid>,
    pub method: Option<String>,
    pub channel: Option<String>,
    pub reference: Option<String>,
    pub expected: Tally,
    pub found: Tally,
    /// Login of who is answerable for it.
    pub owner: String,
    pub station: Option<String>,
    pub state: DifferenceState,
    pub events: Vec<DifferenceEvent>,
}

impl Difference {
    pub fn amount(&self) -> Money {
        self.found.amount - self.expected.amount
    }

    pub fn refuse_ended(&self) -> Result<(), Refusal> {
        match self.state {
            DifferenceState::Open | DifferenceState::Explained => Ok(()),
            DifferenceState::Settled | DifferenceState::Withdrawn => {
                Err(Refusal::conflict("difference.ended", "该差异已了结", "this difference has ended already"))
            }
        }
    }
}

/// A step in the life of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceEvent {
    pub no: i64,
    pub state: DifferenceState,
    pub at: Timestamp,
    pub by: String,
    pub text: String,
    pub how: Option<Settlement>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DifferenceFilter {
    pub day: Option<Date>,
    pub only_open: bool,
    pub owner: Option<String>,
}
