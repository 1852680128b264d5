//! Saying no, in the user's language, with a code that programs can rely on.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The languages that Gridhall speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Zh,
    En,
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Text {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Text {
        Text { zh: zh.into(), en: en.into() }
    }

    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// What the business answers when it cannot do as asked: a rule of the house, not a fault of ours.
///
/// `code` is stable and names the rule (`supply-no.unknown`); `field` names the input that has to
/// change; the text tells the user what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub code: &'static str,
    pub field: Option<String>,
    pub text: Text,
}

/// What sort of no it is; the HTTP status follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The input is wrong.
    Invalid,
    /// Nobody is signed in.
    Unauthenticated,
    /// The actor lacks the right.
    Forbidden,
    /// There is no such thing, or none that the actor may see.
    NotFound,
    /// The state of the thing does not allow it now.
    Conflict,
    /// Too many attempts.
    TooMany,
}

impl Refusal {
    pub fn new(
        kind: RefusalKind,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Refusal {
        Refusal { kind, code, field: None, text: Text::new(zh, en) }
    }

    pub fn invalid(code: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::new(RefusalKind::Invalid, code, zh, en)
    }

    pub fn conflict(code: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::new(RefusalKind::Conflict, code, zh, en)
    }

    pub fn not_found(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Refusal {
        Refusal::new(RefusalKind::NotFound, code, zh, en)
    }

    pub fn at(mut self, field: impl Into<String>) -> Refusal {
        self.field = Some(field.into());
        self
    }

    /// Of a field of `outer`.
    pub fn within(mut self, outer: &str) -> Refusal {
        self.field = Some(self.field.map_or_else(|| outer.to_owned(), |inner| format!("{outer}.{inner}")));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(field) = &self.field {
            write!(f, " ({field})")?;
        }
        write!(f, ": {} / {}", self.text.zh, self.text.en)
    }
}

impl std::error::Error for Refusal {}

/// A closed list of words: an enum whose values have one spelling in files, tables and the API,
/// and a name in both languages for people.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal ($zh:literal, $en:literal)),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn label(self) -> $crate::Text {
                match self { $($name::$variant => $crate::Text::new($zh, $en)),+ }
            }

            /// The value with this spelling, if there is one.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
pub use crate::words;
