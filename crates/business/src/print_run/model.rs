use kernel::id::Uuid;
use kernel::paper::PaperLanguage;
use kernel::{Date, Month};
use serde::{Deserialize, Serialize};

/// Which bills shall be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    pub cycle: Month,
    pub station: Option<String>,
    pub book: Option<String>,
    pub language: PaperLanguage,
}

/// A print run on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRun {
    /// That of the work that carries it out.
    pub id: Uuid,
    pub wish: Wish,
    pub asked_by: String,
    pub asked_on: Date,
    /// How many bills there were when it was asked for.
    pub bills: u64,
    /// Files, bills in them and bills left out, as far as it has come.
    pub printed_files: u64,
    pub printed_bills: u64,
    pub left: u64,
    /// The state of the work.
    pub state: String,
}

/// One file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintFile {
    pub number: i64,
    /// How many bills it is planned to hold, and how many it holds.
    pub planned: u64,
    pub bills: u64,
    pub first: String,
    pub last: String,
    pub bytes: u64,
    /// SHA-256; None until it is printed.
    pub digest: Option<String>,
}

/// A bill that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub bill_no: String,
    pub characters: String,
    pub text: String,
}
