use kernel::{Date, Register, Text};

use crate::book::Book;
use crate::metering::MeterId;
use crate::reading::rules::Doubt;
use crate::review::{Background, Decided, Order, Place, Site, Told};

/// A reading with doubts, as the store has it.
#[derive(Debug, Clone)]
pub struct Doubtful {
    pub site: Site,
    pub place: Place,
    pub told: Told,
    pub doubts: Vec<Doubt>,
    pub decided: bool,
    pub severity: i64,
}

/// A register without a reading in the month.
#[derive(Debug, Clone)]
pub struct Missing {
    pub site: Site,
    pub meter: MeterId,
    pub register: Register,
}

/// A doubtful reading with all that a person needs to decide about it.
#[derive(Debug, Clone)]
pub struct DoubtfulReading {
    pub of: Doubtful,
    /// Each doubt, with its sentence where the figures still give it.
    pub doubts: Vec<(Doubt, Option<Text>)>,
    pub background: Background,
    /// A standing bill was computed from it.
    pub billed: bool,
    pub decision: Option<Decided>,
}

/// A register without a reading, with all that a person needs to decide about it.
#[derive(Debug, Clone)]
pub struct MissingReading {
    pub of: Missing,
    /// The day on which its book was to be read.
    pub due_on: Date,
    pub background: Background,
    pub order: Option<Order>,
}

/// How far the reading of a book has come in a month.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Empty: the usage points that name no book.
    pub code: String,
    pub station: Option<String>,
    pub book: Option<Book>,
    pub usage_points: i64,
    pub tally: Tally,
}

/// Registers of active energy, which bills rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// In use at the end of the month and there before its last day.
    pub registers: i64,
    pub read: i64,
    pub estimated: i64,
    /// Doubtful readings that nobody has decided about.
    pub undecided: i64,
    pub orders: i64,
}

impl Tally {
    /// Hundredths of a percent, rounded down, so that only a whole book shows as whole.
    pub fn share(&self) -> i64 {
        if self.registers == 0 { 10_000 } else { self.read * 10_000 / self.registers }
    }
}
