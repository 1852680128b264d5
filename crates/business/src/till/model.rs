use kernel::id::Uuid;
use kernel::{Date, Money, Timestamp, words};
use serde::{Deserialize, Serialize};

words! {
    pub enum TillState {
        Open = "open" ("未结", "open"),
        Closed = "closed" ("已结", "closed"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    pub id: Uuid,
    /// Login of the cashier.
    pub cashier: String,
    /// The day of the books.
    pub day: Date,
    /// None: the bureau's own counter.
    pub station: Option<String>,
    /// 备用金: the bureau's change that lay in it from the start; no customer's money.
    pub change: Money,
    pub opened_at: Timestamp,
    pub state: TillState,
}
