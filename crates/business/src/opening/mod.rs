//! Opening figures 期初: what a bureau brings from its former system for each account.
//!
//! `balance` is the customer's: positive is money that he has paid ahead, negative is what he owes.
//! `year_to_date_kwh` is his use from 1 January to the end of `as_of`, for annual tiers.

mod import;
mod store;

use kernel::{Date, Energy, Money};
use platform::{Result, Tx};

pub use import::OpeningImport;
pub use store::MIGRATION;

use crate::supply::UsagePointId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub usage_point: UsagePointId,
    pub as_of: Date,
    pub year_to_date: Energy,
    pub balance: Money,
}

impl Opening {
    /// The use that counts for `year`.
    pub fn use_in(&self, year: i16) -> Energy {
        if self.as_of.year() == year { self.year_to_date } else { Energy::ZERO }
    }
}

/// The opening figures of these accounts.
pub async fn of(tx: &Tx, points: &[UsagePointId]) -> Result<Vec<Opening>> {
    store::of(tx, points).await
}
