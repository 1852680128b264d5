//! Finding somebody by whatever he gives of himself: a search index over plain records. It knows
//! nothing of the product.
//!
//! ```text
//!   Record (key, scope, fields) ──Keeper──▶ directory ──Finder──▶ hits, the surest first
//!                                  one writer at a time, with a note of what it holds
//! ```
//!
//! A field is a number (digits, a meter's letters), a name or a text. Each is taken apart when it is
//! written into terms that need no analysis when they are looked for: the number and the number
//! backwards, the name and its pairs of characters, its sound in pinyin, the initials of that sound.
//! A line is then looked for in all of these ways at once, and a hit tells the surest of them.

mod index;
mod layout;
mod query;
mod sound;
mod text;
mod variants;

use std::fmt;

pub use index::{Finder, Found, Hit, Keeper, Wish};
pub use layout::{Kind, Layout, Record};
pub use query::Match;

/// The longest line that is looked for, in characters.
pub const LONGEST: usize = 100;
/// The most hits of one answer.
pub const MOST: usize = 50;

/// What an index says when it cannot do its work: its files are missing, spoilt or full.
#[derive(Debug)]
pub struct Error(Box<dyn std::error::Error + Send + Sync>);

pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the search index: {}", self.0)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Error {
        Error(Box::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error(Box::new(error))
    }
}
