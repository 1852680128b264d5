//! The two ways in which a use-case does not succeed.

use std::error::Error as StdError;
use std::fmt;

use kernel::Refusal;

use crate::trouble::Trouble;

/// A *refusal* is the business saying no: the user can act on it. A *fault* is ours: the user gets
/// a reference, the log gets the cause.
#[derive(Debug)]
pub enum Error {
    Refused(Box<Refusal>),
    Fault(Fault),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub struct Fault {
    doing: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Fault {
    /// A fault without an error beneath it: something that cannot be, is.
    pub fn impossible(what: impl Into<String>) -> Error {
        Error::Fault(Fault { doing: what.into(), cause: None })
    }

    pub fn because(doing: impl Into<String>, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::Fault(Fault { doing: doing.into(), cause: Some(cause.into()) })
    }
}

impl Fault {
    /// Whether whoever read our output has had enough: nothing is wrong with us.
    pub fn is_closed_pipe(&self) -> bool {
        let mut cause = self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static));
        while let Some(error) = cause {
            if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Fault {
    /// What passes by itself or by an administrator's hand; None: a defect.
    pub fn trouble(&self) -> Option<Trouble> {
        let cause = self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))?;
        match cause.downcast_ref::<Error>() {
            Some(error) => error.trouble(),
            None => Trouble::behind(cause),
        }
    }
}

impl Error {
    /// See [`Fault::trouble`]; a refusal is none.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Error::Refused(_) => None,
            Error::Fault(fault) => fault.trouble(),
        }
    }

    /// What a fault came of, where it is an `E`.
    pub(crate) fn cause<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Error::Refused(_) => None,
            Error::Fault(fault) => fault.cause.as_deref()?.downcast_ref(),
        }
    }

    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::Fault(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Fault(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)?;
        let mut cause = self.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(Box::new(refusal))
    }
}
impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Error {
        of_database(error)
    }
}
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        of_database(error)
    }
}
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Fault::because("input or output", error)
    }
}
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Fault::because("a stored document", error)
    }
}

fn of_database(error: impl StdError + Send + Sync + 'static) -> Error {
    metrics::counter!("gridhall_database_errors_total").increment(1);
    Fault::because("database", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_the_trouble_behind_all_that_led_to_it() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let wrapped = Fault::because("a report", Fault::because("a line", full));
        assert_eq!(wrapped.trouble(), Some(Trouble::Full));
        assert_eq!(Fault::impossible("x").trouble(), None);
        assert_eq!(Error::from(Refusal::conflict("a.code", "", "")).trouble(), None);
    }
}
