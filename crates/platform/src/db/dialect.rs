//! Everything in which the two databases differ, and why.

use std::fmt::Write as _;
use std::fs::File;

use kernel::id::Uuid;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait, Value};

use super::param::{self, List, Param};
use super::soon::Waiting;
use super::{Db, Source, Tx};
use crate::{Fault, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        }
    }
}

/// Differs because SQLite's durability and locking are settings of each connection; PostgreSQL's defaults are
/// durable.
pub(super) const SQLITE_SETTINGS: [(&str, &str); 5] = [
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("cache_size", "-32768"),
    // The log is carried on beside the work; a commit does it itself where that does not keep up: at 256 MiB.
    ("wal_autocheckpoint", "65536"),
];

/// Differs because PostgreSQL sorts and compares text by the database's language unless told to go
/// by bytes, as SQLite does.
pub(super) fn ddl(engine: Engine, sql: &str) -> String {
    match engine {
        Engine::Sqlite => sql.to_owned(),
        Engine::Postgres => sql.replace(" TEXT", " TEXT COLLATE \"C\""),
    }
}

/// Differs because only PostgreSQL has arrays as parameters; SQLite reads the members from JSON.
/// Ids are blobs there, which JSON holds as hex.
pub(super) fn membership(engine: Engine, sql: &str) -> String {
    if !sql.contains("IN LIST(") && !sql.contains("IN IDS(") {
        return sql.to_owned();
    }
    let (texts, ids, end) = match engine {
        Engine::Postgres => ("= ANY(", "= ANY(", ")"),
        Engine::Sqlite => ("IN (SELECT value FROM json_each(", "IN (SELECT unhex(value) FROM json_each(", "))"),
    };
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some((start, marker, open)) = [("IN LIST(", texts), ("IN IDS(", ids)]
        .into_iter()
        .filter_map(|(marker, open)| rest.find(marker).map(|start| (start, marker, open)))
        .min_by_key(|(start, ..)| *start)
    {
        let (before, after) = (&rest[..start], &rest[start + marker.len()..]);
        let close = after.find(')').unwrap_or(after.len());
        out.push_str(before);
        out.push_str(open);
        out.push_str(&after[..close]);
        out.push_str(end);
        rest = after.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// See [`membership`].
pub(super) fn members(list: &List) -> Result<String> {
    Ok(match list {
        List::Texts(texts) => serde_json::to_string(texts)?,
        List::Ids(ids) => {
            let hex: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            serde_json::to_string(&hex)?
        }
    })
}

/// Differs because SQLite has one writer and needs no row locks.
pub(super) fn has_row_locks(engine: Engine) -> bool {
    engine == Engine::Postgres
}

/// See [`has_row_locks`].
pub(super) fn locked(engine: Engine, sql: &str) -> String {
    let for_update = if has_row_locks(engine) { " FOR UPDATE" } else { "" };
    format!("{sql}{for_update}")
}

/// See [`has_row_locks`].
pub(super) fn locked_of(engine: Engine, table: &'static str, sql: &str) -> String {
    if has_row_locks(engine) { format!("{sql} FOR UPDATE OF {table}") } else { sql.to_owned() }
}

/// Differs because PostgreSQL keeps the plan of a statement that was used a few times; a run fills tables that were
/// empty when the plan was made. SQLite goes by its indexes alone.
pub(super) async fn plan_afresh(tx: &Tx) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => tx.run("SET LOCAL plan_cache_mode = force_custom_plan", Vec::new()).await.map(drop),
    }
}

/// Counts a table, or all.
///
/// Differs because PostgreSQL plans by what it last counted in its tables, and looks at one that was just filled only
/// minutes later.
pub(super) async fn count_anew(tx: &Tx, table: Option<&str>) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => tx.run(&format!("ANALYZE {}", table.unwrap_or_default()), Vec::new()).await.map(drop),
    }
}

/// How many rows the database takes a table to hold, where it plans by that. See [`count_anew`].
pub(super) async fn taken_to_hold(tx: &Tx, table: &str) -> Result<Option<u64>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = to_regclass($1)";
    tx.row(sql, vec![Param::from(table)]).await?.map(|row| row.get(0)).transpose()
}

/// How many bytes the database takes, and the log before it, where one may know.
///
/// Differs because SQLite's are files beside this process, and PostgreSQL's lie with its server, which shows its log to
/// whom it lets.
pub(super) async fn sizes(db: &Db) -> Result<[Option<u64>; 2]> {
    if let Source::Sqlite { own, .. } = &db.source {
        return Ok(own.sizes());
    }
    let tx = db.read().await?;
    let number = async |sql: &str| tx.row(sql, Vec::new()).await?.map(|row| row.get::<u64>(0)).transpose();
    let database = number("SELECT CAST(pg_database_size(current_database()) AS BIGINT)").await?;
    let may = "SELECT CASE WHEN has_function_privilege('pg_ls_waldir()', 'EXECUTE') THEN 1::BIGINT ELSE 0::BIGINT END";
    let log = match number(may).await? {
        Some(1) => number("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM pg_ls_waldir()").await?,
        _ => None,
    };
    Ok([database, log])
}

/// A statement that inserts many rows: `into` names the table and its columns, `types` their SQL
/// types in the same order (`TEXT`, or `TEXT NULL` where the column may be NULL), `then` is what
/// follows (`ON CONFLICT …`), or nothing.
#[derive(Debug)]
pub struct Bulk<'a> {
    pub into: &'a str,
    pub types: &'a [&'a str],
    pub then: &'a str,
}

/// Differs because a row costs SQLite, which is a part of this process, no more in a statement of its own.
/// The placeholders have no names: SQLite looks a name up in a list.
pub(super) fn insert_row(bulk: &Bulk) -> String {
    let places = vec!["?"; bulk.types.len()].join(",");
    format!("INSERT INTO {} VALUES ({places}) {}", bulk.into, bulk.then)
}

/// Differs because PostgreSQL, which one speaks to over a wire, takes each column as one array parameter
/// whatever its length.
pub(super) fn insert_arrays(bulk: &Bulk) -> String {
    insert_arrays_after(0, bulk)
}

/// Among the parameters of others, after so many.
fn insert_arrays_after(others: usize, bulk: &Bulk) -> String {
    let (mut select, mut arrays) = (String::new(), String::new());
    for (at, declared) in bulk.types.iter().enumerate() {
        let (comma, n) = (if at == 0 { "" } else { ", " }, at + 1);
        let _ = match (declared.strip_suffix(NULLABLE), declared.starts_with("TEXT")) {
            (None, _) => write!(select, "{comma}c{n}"),
            (Some(_), true) => write!(select, "{comma}NULLIF(c{n}, U&'\\0001')"),
            (Some("BIGINT"), _) => write!(select, "{comma}NULLIF(c{n}, {NO_INTEGER})"),
            (Some(_), _) => write!(select, "{comma}NULLIF(c{n}, '{}')", Uuid::nil()),
        };
        let _ = write!(arrays, "{comma}CAST(${} AS {}[])", others + n, plain_type(declared));
    }
    let names = (1..=bulk.types.len()).map(|n| format!("c{n}")).collect::<Vec<_>>().join(", ");
    format!("INSERT INTO {} SELECT {select} FROM UNNEST({arrays}) AS rows ({names}) {}", bulk.into, bulk.then)
}

/// Rows of several tables in one statement, with its parameters.
///
/// Differs because each statement is a way over PostgreSQL's wire and back. It checks references when all of a
/// statement is done, so that rows may refer to each other.
pub(super) fn insert_together(waiting: Vec<Waiting>) -> (String, Vec<Value>) {
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for Waiting { bulk, rows } in waiting {
        parts.push(insert_arrays_after(values.len(), bulk));
        values.extend(arrays(bulk, rows));
    }
    let last = parts.pop().unwrap_or_default();
    let before = parts.iter().enumerate().map(|(at, part)| format!("t{at} AS ({part})"));
    let before = before.collect::<Vec<_>>().join(", ");
    (if before.is_empty() { last } else { format!("WITH {before} {last}") }, values)
}

/// The parameters of [`insert_arrays`].
pub(super) fn arrays(bulk: &Bulk, rows: Vec<Vec<Param>>) -> Vec<Value> {
    let mut columns: Vec<Vec<Value>> = bulk.types.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, param) in columns.iter_mut().zip(row) {
            column.push(never_null(param).into_value());
        }
    }
    let typed = |(values, declared): (Vec<Value>, &&str)| {
        let array_type = match plain_type(declared) {
            "BIGINT" => ArrayType::BigInt,
            "UUID" => ArrayType::Uuid,
            _ => ArrayType::String,
        };
        param::array(array_type, values)
    };
    columns.into_iter().zip(bulk.types).map(typed).collect()
}

/// Arrays of the client library hold no NULL, so that a column that may be NULL travels with a value
/// that no such column holds, which turns into NULL on arrival.
const NO_TEXT: &str = "\u{1}";
const NO_INTEGER: i64 = i64::MIN;

const NULLABLE: &str = " NULL";

fn plain_type(declared: &str) -> &str {
    declared.strip_suffix(NULLABLE).unwrap_or(declared)
}

fn never_null(param: Param) -> Param {
    match param {
        Param::Integer(None) => Param::from(NO_INTEGER),
        Param::Text(None) => Param::from(NO_TEXT),
        Param::Id(None) => Param::from(Uuid::nil()),
        known => known,
    }
}

/// A claim on a name that ends with the process, however the process ends.
#[derive(Debug)]
pub enum Exclusive {
    File(File),
    Transaction(DatabaseTransaction),
}

impl Exclusive {
    /// Gives the name back now; a claim that is only dropped ends when its connection is used again.
    pub async fn release(self) -> Result<()> {
        match self {
            Exclusive::File(_) => Ok(()),
            Exclusive::Transaction(tx) => Ok(tx.rollback().await?),
        }
    }
}

/// Differs because processes that share a SQLite file share its directory, where a locked file
/// tells; those that share a PostgreSQL database may be on different machines, where only the
/// server can tell. The lock lives in a transaction of its own, which ends when the connection does.
pub(super) async fn exclusive(db: &Db, name: &str) -> Result<Option<Exclusive>> {
    match &db.source {
        Source::Sqlite { .. } => {
            let folder = db.data.join("locks");
            std::fs::create_dir_all(&folder)?;
            let readable: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
            let file = File::options().create(true).append(true).open(folder.join(readable))?;
            match file.try_lock() {
                Ok(()) => Ok(Some(Exclusive::File(file))),
                Err(std::fs::TryLockError::WouldBlock) => Ok(None),
                Err(std::fs::TryLockError::Error(error)) => Err(Fault::because("a lock file", error)),
            }
        }
        Source::Postgres(server, _) => {
            let tx = server.begin().await?;
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1))",
                [name.into()],
            );
            let held =
                tx.query_one_raw(statement).await?.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(false);
            Ok(held.then_some(Exclusive::Transaction(tx)))
        }
    }
}

/// Who carries out the bureau's long work besides this process.
#[derive(Debug)]
pub enum Carriers {
    /// Nobody can, while this is held.
    Alone(Exclusive),
    /// Others may.
    Among,
    /// Another does, and this process shall not.
    Another,
}

/// Differs because a bureau on SQLite has one server, whose lock file tells that any other is gone;
/// servers on PostgreSQL share the work, and only the end of a lease tells that one is gone.
pub(super) async fn carriers(db: &Db) -> Result<Carriers> {
    match db.engine() {
        Engine::Sqlite => {
            let claim = exclusive(db, "carry work").await?;
            Ok(claim.map_or(Carriers::Another, Carriers::Alone))
        }
        Engine::Postgres => Ok(Carriers::Among),
    }
}

/// Differs because a second writer of SQLite waits for the first to end anyway, and then finds what
/// the first left.
pub(super) async fn try_hold(tx: &Tx, key: &str) -> Result<bool> {
    match tx.engine() {
        Engine::Sqlite => Ok(true),
        Engine::Postgres => {
            let sql =
                "SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended($1, 2)) THEN 1::BIGINT ELSE 0::BIGINT END";
            Ok(tx.row(sql, vec![Param::from(key)]).await?.map(|row| row.get::<i64>(0)).transpose()? == Some(1))
        }
    }
}

/// Differs because SQLite has one writer, who is alone with everything.
pub(super) async fn hold(tx: &Tx, key: &str, alone: bool) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let sql = if alone {
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 3))"
    } else {
        "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 3))"
    };
    tx.run(sql, vec![Param::from(key)]).await.map(drop)
}

/// Differs because each describes its tables in tables of its own. Tables that are SQLite's own are none.
pub(super) fn table_names(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname"
        }
    }
}

/// See [`table_names`].
pub(super) fn view_names(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name",
        Engine::Postgres => {
            "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind = 'v' ORDER BY c.relname"
        }
    }
}

/// The columns of the table `$1` in their order: name, type, whether it may be NULL, and its place in the primary key, or
/// zero. See [`table_names`].
pub(super) fn table_columns(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name, type, 1 - \"notnull\", pk FROM pragma_table_info($1) ORDER BY cid",
        Engine::Postgres => {
            "SELECT CAST(a.attname AS TEXT), CAST(UPPER(format_type(a.atttypid, a.atttypmod)) AS TEXT), \
             CASE WHEN a.attnotnull THEN 0::BIGINT ELSE 1::BIGINT END, \
             COALESCE((SELECT k.place FROM pg_index i, UNNEST(i.indkey) WITH ORDINALITY AS k (attnum, place) \
                       WHERE i.indrelid = c.oid AND i.indisprimary AND k.attnum = a.attnum), 0) \
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped \
             ORDER BY a.attnum"
        }
    }
}

/// How the rows of a table lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// In the order of a number that each has, by this name.
    Numbered(&'static str),
    ByKey,
    /// In no order that one could go on by.
    Heap,
}

/// Differs because SQLite numbers its rows, but for tables that lie in the order of their key, and PostgreSQL only lends a
/// cursor to who reads a table from its beginning to its end.
pub(super) async fn lie(tx: &Tx, table: &str) -> Result<Lie> {
    if tx.engine() == Engine::Postgres {
        return Ok(Lie::Heap);
    }
    let by_key = tx.row("SELECT wr FROM pragma_table_list WHERE name = $1", vec![Param::from(table)]).await?;
    Ok(if by_key.map(|row| row.get::<i64>(0)).transpose()? == Some(1) { Lie::ByKey } else { Lie::Numbered("rowid") })
}

/// Differs because PostgreSQL's texts hold no NUL, and a column that may be NULL nothing of what stands for it in
/// [`insert_arrays`].
pub(super) fn can_hold(engine: Engine, param: &Param) -> bool {
    can_hold_all(engine)
        || match param {
            Param::Text(Some(text)) => text != NO_TEXT && !text.contains('\0'),
            Param::Integer(Some(number)) => *number != NO_INTEGER,
            Param::Id(Some(id)) => !id.is_nil(),
            _ => true,
        }
}

/// See [`can_hold`].
pub(super) fn can_hold_all(engine: Engine) -> bool {
    engine == Engine::Sqlite
}

/// Differs because SQLite, told not to check references, drops a table whoever refers to it.
pub(super) fn cascade(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " CASCADE",
    }
}

/// Lets rows in whatever they refer to, and tells by which statements PostgreSQL is to check again.
///
/// Differs because SQLite has a switch for it, and PostgreSQL, but for its superuser, only drops and adds constraints.
pub(super) async fn suspend_references(db: &Db) -> Result<Vec<String>> {
    let Source::Sqlite { writer, .. } = &db.source else {
        let tx = db.write().await?;
        let sql = "SELECT CAST(CAST(c.conrelid AS regclass) AS TEXT), CAST(quote_ident(c.conname) AS TEXT), \
                   pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
                   WHERE n.nspname = current_schema() AND c.contype = 'f' AND c.conparentid = 0 \
                   ORDER BY c.conrelid, c.conname";
        let mut again = Vec::new();
        for row in tx.rows(sql, Vec::new()).await? {
            let (table, name, definition): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            tx.run(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"), Vec::new()).await?;
            again.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
        }
        tx.commit().await?;
        return Ok(again);
    };
    writer.set("foreign_keys", "OFF").await?;
    Ok(Vec::new())
}

/// Checks every reference, and from now on each that is written. See [`suspend_references`].
pub(super) async fn resume_references(db: &Db, again: &[String]) -> Result<()> {
    if let Source::Sqlite { writer, .. } = &db.source {
        let tx = db.read().await?;
        if let Some(row) = tx.row("SELECT \"table\", parent FROM pragma_foreign_key_check", Vec::new()).await? {
            let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
            return Err(Fault::impossible(format!("a row of {table} refers to one of {parent} that is not there")));
        }
        return writer.set("foreign_keys", "ON").await;
    }
    let tx = db.write().await?;
    for statement in again {
        tx.run(statement, Vec::new()).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn membership_is_written_for_each_database() {
        let sql = "SELECT a FROM t WHERE b IN LIST($1) AND c = $2 AND d IN IDS($3) ORDER BY a";
        assert_eq!(
            membership(Engine::Postgres, sql),
            "SELECT a FROM t WHERE b = ANY($1) AND c = $2 AND d = ANY($3) ORDER BY a"
        );
        assert_eq!(
            membership(Engine::Sqlite, sql),
            "SELECT a FROM t WHERE b IN (SELECT value FROM json_each($1)) AND c = $2 AND d IN (SELECT unhex(value) FROM json_each($3)) ORDER BY a"
        );
    }
}
