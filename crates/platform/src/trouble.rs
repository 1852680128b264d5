//! What keeps the house from working and is no defect of the program: it passes, and then all goes on.

use std::error::Error as StdError;
use std::io;

use kernel::Text;
use rusqlite::ErrorCode;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room to write, here or at the database.
    Full,
    /// The database cannot be reached, or went away in the middle.
    Away,
    /// Whoever works holds everything for too long.
    Busy,
}

impl Trouble {
    pub fn code(self) -> &'static str {
        match self {
            Trouble::Full => "storage.full",
            Trouble::Away => "database.away",
            Trouble::Busy => "database.busy",
        }
    }

    pub fn text(self) -> Text {
        match self {
            Trouble::Full => Text::new(
                "存储空间已满或不可写，本次操作未作任何更改；查询不受影响。请联系管理员腾出空间，之后重试即可，无需重启",
                "the storage is full or cannot be written, and nothing was changed; looking things up still works. Tell your \
                 administrator to make room, then try again; nothing needs a restart",
            ),
            Trouble::Away => Text::new(
                "数据库暂时连接不上，请稍后重试；重试不会重复记账",
                "the database cannot be reached just now; try again in a moment, nothing is done twice",
            ),
            Trouble::Busy => Text::new(
                "数据库繁忙，本次操作未作任何更改，请稍后重试",
                "the database is busy and nothing was changed; try again in a moment",
            ),
        }
    }

    /// What is behind an error, looking through all that caused it.
    pub(crate) fn behind(error: &(dyn StdError + 'static)) -> Option<Trouble> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(trouble) = of(error) {
                return Some(trouble);
            }
            cause = error.source();
        }
        None
    }
}

fn of(error: &(dyn StdError + 'static)) -> Option<Trouble> {
    if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
        return of_sqlite(error);
    }
    if let Some(error) = error.downcast_ref::<DbErr>() {
        return of_server(error);
    }
    if let Some(error) = error.downcast_ref::<sqlx::Error>() {
        return of_client(error);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // What it wraps is not its source.
        let wrapped = || error.get_ref().and_then(|wrapped| Trouble::behind(wrapped as &(dyn StdError + 'static)));
        return is_full(error).then_some(Trouble::Full).or_else(wrapped);
    }
    error.is::<tokio::time::error::Elapsed>().then_some(Trouble::Busy)
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// Extended codes of SQLite: what it says besides SQLITE_FULL when a file cannot grow.
const CANNOT_GROW: [i32; 2] = [
    10 | (3 << 8),  // SQLITE_IOERR_WRITE: over a quota, say
    10 | (19 << 8), // SQLITE_IOERR_SHMSIZE
];

fn of_sqlite(error: &rusqlite::Error) -> Option<Trouble> {
    let rusqlite::Error::SqliteFailure(error, _) = error else { return None };
    match error.code {
        ErrorCode::DiskFull | ErrorCode::ReadOnly => Some(Trouble::Full),
        ErrorCode::SystemIoFailure if CANNOT_GROW.contains(&error.extended_code) => Some(Trouble::Full),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Some(Trouble::Away),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Trouble::Busy),
        _ => None,
    }
}

fn of_server(error: &DbErr) -> Option<Trouble> {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(Trouble::Busy),
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => of_client(error),
        _ => None,
    }
}

fn of_client(error: &sqlx::Error) -> Option<Trouble> {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => Some(Trouble::Away),
        sqlx::Error::PoolTimedOut => Some(Trouble::Busy),
        sqlx::Error::Database(error) => of_state(error.code().as_deref().unwrap_or_default()),
        _ => None,
    }
}

/// By the SQLSTATE that PostgreSQL gives.
fn of_state(state: &str) -> Option<Trouble> {
    match state {
        "53100" => Some(Trouble::Full),
        // Shut down by hand or by a crash, not up yet, a disk that fails, a server that has become a replica.
        "57P01" | "57P02" | "57P03" | "58030" | "25006" => Some(Trouble::Away),
        "53200" | "53300" => Some(Trouble::Busy),
        state if state.starts_with("08") => Some(Trouble::Away),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_says_of_its_state_tells_the_trouble() {
        let table = [
            ("53100", Some(Trouble::Full)),
            ("57P01", Some(Trouble::Away)),
            ("57P03", Some(Trouble::Away)),
            ("08006", Some(Trouble::Away)),
            ("53300", Some(Trouble::Busy)),
            ("23505", None),
            ("", None),
        ];
        for (state, trouble) in table {
            assert_eq!(of_state(state), trouble, "{state}");
        }
    }

    #[test]
    fn a_trouble_is_found_behind_whatever_it_caused() {
        let full = io::Error::other(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(Trouble::behind(&full), Some(Trouble::Full));
        let lost = DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::Io(io::ErrorKind::BrokenPipe.into()).into()));
        assert_eq!(Trouble::behind(&lost), Some(Trouble::Away));
        assert_eq!(Trouble::behind(&io::Error::from(io::ErrorKind::NotFound)), None);
    }
}
