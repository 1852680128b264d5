use kernel::{Date, Register, words};
use serde::{Deserialize, Serialize};

use crate::metering::{Count, MeterId};

words! {
    /// Where a reading comes from 抄表方式; it stays with the value for ever.
    pub enum ReadingKind {
        Actual = "actual" ("实抄", "actual"),
        Customer = "customer" ("客户自报", "told by the customer"),
        Estimated = "estimated" ("估抄", "estimated"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub meter: MeterId,
    pub register: Register,
    /// The state is that at the end of this day.
    pub read_on: Date,
    pub value: Count,
    pub kind: ReadingKind,
}
