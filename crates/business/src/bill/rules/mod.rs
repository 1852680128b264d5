//! Rules and words of bills. Pure.

pub mod explain;

mod issue;

pub use issue::IssueRules;
