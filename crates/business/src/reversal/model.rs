use kernel::{Money, Timestamp, words};
use serde::{Deserialize, Serialize};

use crate::payment::{InFull, Method};

words! {
    /// What a second person is asked for.
    pub enum RequestKind {
        Reversal = "reversal" ("收费冲正", "to reverse a payment"),
        Refund = "refund" ("退预收", "to pay money paid ahead back"),
    }
}

words! {
    pub enum RequestState {
        Waiting = "waiting" ("待审批", "waiting"),
        Approved = "approved" ("已同意", "approved"),
        Declined = "declined" ("已拒绝", "declined"),
        Withdrawn = "withdrawn" ("已撤回", "withdrawn"),
    }
}

/// What is asked of a second person, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub request_no: String,
    pub kind: RequestKind,
    pub state: RequestState,
    /// The receipt to be reversed.
    pub receipt_no: Option<String>,
    /// The account whose money paid ahead goes back.
    pub supply_no: Option<String>,
    pub method: Method,
    pub instrument: Option<String>,
    pub amount: Money,
    pub station: Option<String>,
    pub reason: String,
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub decided_by: Option<String>,
    pub decided_at: Option<Timestamp>,
    pub decision: Option<String>,
    /// The receipt number of the reversal or refund that it became.
    pub outcome: Option<String>,
}

/// A wish that money paid ahead is paid back.
#[derive(Debug, Clone)]
pub struct RefundWish {
    pub supply_no: String,
    pub amount: Money,
    pub method: Method,
    pub instrument: Option<String>,
    pub reason: String,
}

/// What came of the wish to reverse a payment.
#[derive(Debug)]
pub enum Reversed {
    Done(InFull),
    /// A second person must approve it.
    Asked(Request),
}
