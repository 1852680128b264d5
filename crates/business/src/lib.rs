//! The marketing business floor 营销业务层: it does the work behind the counter and owns the truth.
//!
//! Features are listed in order of dependency: each may use those above it, none those below.

pub mod fields;

pub mod pack;

pub mod tariff;

pub mod bureau;

pub mod grid;

pub mod supply;

pub mod book;

pub mod metering;

pub mod reading;

pub mod ledger;

pub mod inflight;

pub mod opening;

pub mod till;

pub mod bill;

pub mod agreement;

pub mod terms;

pub mod amendment;

pub mod review;

pub mod progress;

pub mod run;

pub mod exception;

pub mod billing;

pub mod what_if;

pub mod correction;

pub mod payment;

pub mod reversal;

pub mod mandate;

pub mod transit;

pub mod difference;

pub mod debit;

pub mod closing;

pub mod arrears;

pub mod search;

pub mod recovery;

pub mod comparison;

pub mod customer;

pub mod print;

pub mod print_run;

pub mod proof;

pub use bureau::Bureau;
