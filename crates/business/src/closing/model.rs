use std::collections::BTreeMap;

use kernel::id::Uuid;
use kernel::{Date, Money, Refusal, Timestamp};
use serde::{Deserialize, Serialize};

use crate::difference::{CASH, DifferenceKind, Tally};
use crate::ledger::AccountSum;
use crate::till::Till;

/// By method: `cash`, `pos`, `cheque`, `voucher` and whatever else was taken.
pub type Tallies = BTreeMap<String, Tally>;

/// The methods whose money lies in the till as something that can be counted.
pub const COUNTED: [&str; 4] = ["cash", "pos", "cheque", "voucher"];

/// What the cashier found in his till.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// All cash, the change from the start included.
    pub cash: Money,
    /// Notes and coins by denomination in yuan; empty where only the sum was told.
    pub pieces: BTreeMap<String, i64>,
    pub papers: Tallies,
}

/// A count, with the books as they were at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub no: i64,
    pub at: Timestamp,
    pub by: String,
    pub counted: Counted,
    pub book: Tallies,
}

/// What of one method was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub method: String,
    pub expected: Tally,
    pub found: Tally,
}

impl Compared {
    pub fn difference(&self) -> Money {
        self.found.amount - self.expected.amount
    }

    pub fn agrees(&self) -> bool {
        self.difference() == Money::ZERO && (self.method == CASH || self.found.count == self.expected.count)
    }
}

/// A close of a till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    pub no: i64,
    pub count_no: i64,
    pub at: Timestamp,
    pub by: String,
    /// Number of the deposit slip 缴款单.
    pub slip_no: Option<String>,
    /// Cash handed over to the bank.
    pub handed: Money,
    pub entry_id: Option<Uuid>,
    pub reopened: Option<(Timestamp, String, String)>,
}

/// A till with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillView {
    pub till: Till,
    pub book: Tallies,
    pub counts: Vec<Count>,
    pub closes: Vec<Close>,
}

impl TillView {
    pub fn last_count(&self) -> Option<&Count> {
        self.counts.last()
    }

    /// The last count, unless something was taken since.
    pub fn standing_count(&self) -> Option<&Count> {
        self.counts.last().filter(|count| count.book == self.book)
    }

    pub fn standing_close(&self) -> Option<&Close> {
        self.closes.last().filter(|close| close.reopened.is_none())
    }
}

/// What a channel took on a day, by our books and by its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelDay {
    pub channel: String,
    pub ours: Tally,
    pub theirs: Tally,
    /// Whether the channel has reported this day or a later one.
    pub reported: bool,
}

/// A day of the books as whoever closes it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub day: Date,
    /// When it was closed, by whom, and the digest of its figures.
    pub closed: Option<(Timestamp, String, String)>,
    /// Money taken, by method.
    pub taken: Tallies,
    pub tills: Vec<TillView>,
    pub channels: Vec<ChannelDay>,
    /// Money on its way that the bank has not credited.
    pub in_transit: Tally,
    /// Lines of the bank that match nothing.
    pub unmatched: Tally,
    pub open_differences: i64,
    /// Why it cannot be closed now.
    pub obstacles: Vec<Refusal>,
}

/// The figures of a closed day, as they were sealed. Only Rust reads its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayDocument {
    pub day: Date,
    pub closed_at: Timestamp,
    pub closed_by: String,
    /// Digest of the day closed before.
    pub before: Option<String>,
    pub accounts: Vec<AccountSum>,
    /// By method and channel, `cash counter`.
    pub payments: Tallies,
    pub tills: Vec<TillFigures>,
    /// Sent on its way at the close: channels and transfers.
    pub deposits: Vec<Money>,
    pub differences: Vec<DifferenceFigures>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillFigures {
    pub cashier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    pub change: Money,
    pub book: Tallies,
    pub counted: Counted,
    pub handed: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slip_no: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceFigures {
    pub kind: DifferenceKind,
    pub subject: String,
    pub expected: Money,
    pub found: Money,
    pub owner: String,
}
