use finder::Match;
use kernel::Money;

use crate::supply::UsagePoint;

/// How far the index is true: the journal's position and the link of its chain there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub position: i64,
    pub link: String,
}

impl Mark {
    /// Reads what [`Mark::to_string`] wrote.
    pub fn read(note: &str) -> Option<Mark> {
        let (position, link) = note.split_once(' ')?;
        Some(Mark { position: position.parse().ok()?, link: link.to_owned() })
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.position, self.link)
    }
}

/// What an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub records: u64,
    /// The journal's position up to which it is known to be true.
    pub position: i64,
}

/// A usage point that may be meant.
#[derive(Debug, Clone)]
pub struct Found {
    pub point: UsagePoint,
    pub how: Match,
    /// The field that fits, where it is one.
    pub field: Option<&'static str>,
    /// What it owes, for those who may see it.
    pub owed: Option<Money>,
}

#[derive(Debug, Clone)]
pub struct Answer {
    /// The surest first.
    pub rows: Vec<Found>,
    pub more: bool,
    /// False while the index is being built for the first time: then only numbers are found.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for mark in [Mark { position: 0, link: String::new() }, Mark { position: 1042, link: "9f86d0".into() }] {
            assert_eq!(Mark::read(&mark.to_string()), Some(mark));
        }
        assert_eq!(Mark::read("spoilt"), None);
    }
}
