//! A database as a whole, whatever tables it has: for who takes all of it along.
//!
//! No database takes the name of a table or a column as a parameter; here they come from the database's own description
//! of its tables, never from a user.

use kernel::Refusal;
use kernel::id::Uuid;
use serde::{Deserialize, Serialize};

use super::{Bulk, Param, Row, Tx, dialect, migrate};
use crate::{Fault, Result, params};

/// The record of the schema's steps, which is about the database and not in it.
pub(super) const STEPS: &str = "schema_migration";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Places in `columns` of the primary key, where there is one.
    pub key: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    pub nullable: bool,
}

/// The kinds of values that there are in a bureau's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ColumnType {
    Uuid,
    Text,
    BigInt,
}

impl ColumnType {
    fn named(name: &str) -> Option<ColumnType> {
        match name {
            "UUID" => Some(ColumnType::Uuid),
            "TEXT" => Some(ColumnType::Text),
            "BIGINT" => Some(ColumnType::BigInt),
            _ => None,
        }
    }

    pub(super) fn read(self, row: &Row, at: usize) -> Result<Param> {
        Ok(match self {
            ColumnType::Uuid => Param::Id(row.get::<Option<Uuid>>(at)?),
            ColumnType::Text => Param::Text(row.get::<Option<String>>(at)?),
            ColumnType::BigInt => Param::Integer(row.get::<Option<i64>>(at)?),
        })
    }
}

impl Column {
    fn bulk_type(&self) -> &'static str {
        match (self.kind, self.nullable) {
            (ColumnType::Uuid, false) => "UUID",
            (ColumnType::Uuid, true) => "UUID NULL",
            (ColumnType::Text, false) => "TEXT",
            (ColumnType::Text, true) => "TEXT NULL",
            (ColumnType::BigInt, false) => "BIGINT",
            (ColumnType::BigInt, true) => "BIGINT NULL",
        }
    }
}

impl Table {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// All columns, as a statement names them.
    pub(super) fn list(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn read(&self, row: &Row) -> Result<Vec<Param>> {
        self.columns.iter().enumerate().map(|(at, column)| column.kind.read(row, at)).collect()
    }

    /// Where a column of this name stands.
    pub fn place_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// The values by which a row is known.
    pub fn key_of(&self, row: &[Param]) -> Vec<Param> {
        self.key.iter().map(|at| row[*at].clone()).collect()
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Tx {
    /// The tables of the schema as the database describes them, in the order of their names, but for the record of the
    /// schema's steps.
    pub async fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::new();
        for name in self.table_names().await?.into_iter().filter(|name| name != STEPS) {
            tables.push(self.table(name).await?);
        }
        Ok(tables)
    }

    pub(super) async fn table_names(&self) -> Result<Vec<String>> {
        self.names(dialect::table_names(self.engine())).await
    }

    async fn names(&self, sql: &str) -> Result<Vec<String>> {
        self.rows(sql, params![]).await?.iter().map(|row| row.get(0)).collect()
    }

    async fn table(&self, name: String) -> Result<Table> {
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for row in self.rows(dialect::table_columns(self.engine()), params![&name]).await? {
            let (declared, place): (String, i64) = (row.get(1)?, row.get(3)?);
            let Some(kind) = ColumnType::named(&declared) else { return Err(other_table(&name).into()) };
            if place > 0 {
                key.push((place, columns.len()));
            }
            columns.push(Column { name: row.get(0)?, kind, nullable: row.get::<i64>(2)? == 1 });
        }
        key.sort_unstable();
        Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect() })
    }

    /// The steps of the schema, each with the digest of its text.
    pub async fn schema_steps(&self) -> Result<Vec<(String, String)>> {
        migrate::applied(self).await
    }

    pub async fn count_of(&self, table: &Table) -> Result<u64> {
        let sql = format!("SELECT COUNT(*) FROM {}", table.quoted());
        self.row(&sql, params![]).await?.ok_or_else(|| Fault::impossible("a count without a row"))?.get(0)
    }

    /// Rows of a table with all their columns, as [`Tx::insert_into`] takes them: those that `which` names (`WHERE …`).
    pub async fn rows_of(&self, table: &Table, which: &str, params: Vec<Param>) -> Result<Vec<Vec<Param>>> {
        let sql = format!("SELECT {} FROM {} {which}", table.list(), table.quoted());
        self.rows(&sql, params).await?.iter().map(|row| table.read(row)).collect()
    }

    pub async fn insert_into(&self, table: &Table, rows: Vec<Vec<Param>>) -> Result<u64> {
        let types: Vec<&str> = table.columns.iter().map(Column::bulk_type).collect();
        let into = format!("{} ({})", table.quoted(), table.list());
        self.insert(&Bulk { into: &into, types: &types, then: "" }, rows).await
    }

    /// Whether the database can keep every value of the other.
    pub fn can_hold_all(&self) -> bool {
        dialect::can_hold_all(self.engine())
    }

    /// Whether the database can keep this value as it is.
    pub fn can_hold(&self, param: &Param) -> bool {
        dialect::can_hold(self.engine(), param)
    }

    pub(super) async fn drop_all(&self) -> Result<()> {
        for name in self.names(dialect::view_names(self.engine())).await? {
            self.execute_ddl(&format!("DROP VIEW {}", quoted(&name))).await?;
        }
        let cascade = dialect::cascade(self.engine());
        for name in self.table_names().await? {
            self.execute_ddl(&format!("DROP TABLE {}{cascade}", quoted(&name))).await?;
        }
        Ok(())
    }

    pub(super) async fn empty_all(&self) -> Result<()> {
        for table in self.tables().await? {
            self.run(&format!("DELETE FROM {}", table.quoted()), params![]).await?;
        }
        Ok(())
    }
}

fn other_table(name: &str) -> Refusal {
    Refusal::conflict(
        "backup.other-table",
        format!(
            "数据库中的表 {name} 有本系统不认识的列类型，无法完整备份；如不是本系统的表，请移到其他 schema 或数据库"
        ),
        format!(
            "the table {name} has a column of a type that Gridhall does not know, and cannot be backed up whole: where it is not Gridhall's, move it to another schema or database"
        ),
    )
}
