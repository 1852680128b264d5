//! Who acts.

use serde::{Deserialize, Serialize};

/// The author of an act, as the journal keeps him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The login name of a person, or the name of a built-in actor; unique in the bureau.
    pub name: String,
    pub kind: ActorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// Nobody has signed in.
    Nobody,
    /// A person with a session.
    Person,
    /// Whoever runs the command line: his right is his access to the data.
    Operator,
    /// The house itself, in what runs by the clock.
    System,
}

impl Actor {
    pub const OPERATOR: &'static str = "operator";
    pub const SYSTEM: &'static str = "system";

    pub fn operator() -> Actor {
        Actor { name: Self::OPERATOR.into(), kind: ActorKind::Operator }
    }

    pub fn system() -> Actor {
        Actor { name: Self::SYSTEM.into(), kind: ActorKind::System }
    }

    pub fn nobody() -> Actor {
        Actor { name: String::new(), kind: ActorKind::Nobody }
    }

    pub fn person(name: impl Into<String>) -> Actor {
        Actor { name: name.into(), kind: ActorKind::Person }
    }
}
