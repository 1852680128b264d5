use kernel::id::Uuid;
use kernel::{Date, Money, Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::supply::UsagePointId;

words! {
    pub enum BatchState {
        Made = "made" ("待送盘", "made"),
        Sent = "sent" ("已送盘", "sent"),
        Partly = "partly" ("部分回盘", "partly answered"),
        Answered = "answered" ("已回盘", "answered"),
        /// All its lines were withdrawn before it was sent.
        Withdrawn = "withdrawn" ("已撤销", "withdrawn"),
        /// The bank has not answered, and is not waited for any more.
        GivenUp = "given-up" ("已放弃", "given up"),
    }
}

impl BatchState {
    pub fn awaits(self) -> bool {
        matches!(self, BatchState::Sent | BatchState::Partly)
    }

    /// Whether the bank may have its file.
    pub fn is_out(self) -> bool {
        !matches!(self, BatchState::Made | BatchState::Withdrawn)
    }
}

words! {
    pub enum LineState {
        Waiting = "waiting" ("在途", "waiting"),
        Withdrawn = "withdrawn" ("已撤回", "withdrawn"),
        Collected = "collected" ("扣款成功", "collected"),
        Failed = "failed" ("扣款失败", "failed"),
        GivenUp = "given-up" ("已放弃", "given up"),
    }
}

words! {
    /// Why a debt is not in a batch.
    pub enum LeftOutWhy {
        InFlight = "in-flight" ("已在别的批次中", "in another batch"),
        Refused = "refused" ("上次被银行拒绝，须重签协议", "refused by the bank; the mandate must be signed anew"),
        TooLarge = "too-large" ("超过单笔限额", "above the limit of a payment"),
    }
}

/// Which debts a batch shall be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub bank: String,
    /// None: all stations.
    pub station: Option<String>,
    pub book: Option<String>,
    /// Debts that fall due up to this day.
    pub due_until: Date,
    /// The day on which the bank is to debit 扣款日.
    pub collect_on: Date,
}

/// A debit that a batch would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    pub mandate: Uuid,
    pub point: UsagePointId,
    pub supply_no: String,
    pub station: String,
    pub name: String,
    pub receivable: Uuid,
    pub bill_no: Option<String>,
    /// The month of the bill; none for an opening debt.
    pub month: Option<String>,
    pub due_on: Date,
    pub amount: Money,
    /// How much of it is late charge.
    pub late_charge: Money,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub line: PlanLine,
    pub why: LeftOutWhy,
    /// The number of the debit, or the code of the bank's answer.
    pub detail: Option<String>,
}

/// What a batch would be; nothing has happened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub wish: Wish,
    pub lines: Vec<PlanLine>,
    pub left_out: Vec<LeftOut>,
    /// Over wish and lines: whoever makes the batch names it, so that nobody makes another than he saw.
    pub digest: String,
}

impl Plan {
    pub fn amount(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

/// A batch 代扣批次.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub batch_no: String,
    pub wish: Wish,
    pub state: BatchState,
    pub made_at: Timestamp,
    pub made_by: String,
    pub sent_at: Option<Timestamp>,
    pub sent_by: Option<String>,
    /// SHA-256 of its file, once it was sent.
    pub digest: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    pub reason: Option<String>,
}

/// Lines of a batch in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub state: LineState,
    pub count: i64,
    pub amount: Money,
    /// What the bank took.
    pub collected: Money,
}

/// Failed lines of a batch with one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: String,
    pub count: i64,
    pub amount: Money,
}

/// A batch as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub batch: Batch,
    pub tallies: Vec<Tally>,
    /// Of a single batch; not in lists.
    pub failures: Vec<Failure>,
}

/// What the bank said of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub code: String,
    /// Taken from the customer; zero when it failed.
    pub amount: Money,
    pub text: String,
    /// When it was taken.
    pub debited_at: Option<Timestamp>,
}

/// A debit of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub line_no: String,
    pub batch_no: String,
    pub bank: String,
    pub mandate: Uuid,
    pub point: UsagePointId,
    pub supply_no: String,
    pub station: String,
    pub name: String,
    pub holder: String,
    pub account_no: String,
    pub receivable: Uuid,
    pub bill_no: Option<String>,
    pub month: Option<String>,
    pub amount: Money,
    pub late_charge: Money,
    pub state: LineState,
    pub answer: Option<Answer>,
    pub answered_at: Option<Timestamp>,
    /// The receipt of the payment that it became.
    pub receipt_no: Option<String>,
    /// Why it was withdrawn or given up.
    pub remark: Option<String>,
}
