//! Back-ups 备份: the whole of a bureau in one file, made while it works, restored on either database.
//!
//! ```text
//!   files of the data directory ───▶ blocks of bytes ─┐
//!                                                     ├─▶ FILE.part ──fsync, rename──▶ FILE
//!   database ──one consistent view──▶ blocks of rows ─┘
//!
//!   FILE ──read to its end──▶ whole? ──▶ empty place: schema of then ──▶ rows, files ──▶ references, counts,
//!                                                                            journal ──▶ schema of today
//! ```
//!
//! **Invariants.** Every table of the database is in it, but for those that [`LEFT_OUT`] names with the reason; nobody
//! keeps a list of tables. What it holds is one state of the database. Rows go page by page, so that memory does not grow
//! with the bureau. Nothing is written anywhere before the file has been read to its end and found whole; what
//! a restore leaves half done, no command takes for a bureau.

mod dump;
mod files;
mod format;
mod last;
mod load;
mod stream;

pub use dump::{Made, make, nothing};
pub use format::{Header, Trailer};
pub use last::{Last, age, describe_metrics, last, show_metrics};
pub use load::{Restored, refuse_taken, restore};
pub use stream::{Checked, check};

use crate::{Permission, Result};

/// To take everything out of the house, and to bring it back.
pub const KEEP: Permission = Permission("backup.keep");

/// How the journal calls what happens here; behind the subject comes the name of the file.
const MADE: &str = "backup.make";
const RESTORED: &str = "backup.restore";
const SUBJECT: &str = "backup:";

/// Tables whose rows stay behind, and why.
pub const LEFT_OUT: [(&str, &str); 1] =
    // Who signed out, or was made to, since the back-up would be signed in again.
    [("session", "whoever was signed in signs in again")];

/// Who is told how far it has come; an error from it ends the work there.
pub trait Teller: Send {
    /// `what` is a table, `check` or `files`; of the latter `of` is not known, and zero.
    fn tell(&mut self, what: &str, done: u64, of: u64) -> Result<()>;
}

/// Nobody is told.
#[derive(Debug)]
pub struct Untold;

impl Teller for Untold {
    fn tell(&mut self, _what: &str, _done: u64, _of: u64) -> Result<()> {
        Ok(())
    }
}
