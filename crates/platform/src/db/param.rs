//! How the house's types travel to and from columns.

use std::borrow::Cow;

use kernel::id::Uuid;
use kernel::{Capacity, Date, Energy, Money, Month, Power, Rate, Timestamp};
use sea_orm::sea_query::ArrayType;
use sea_orm::{QueryResult, Value};

use super::Row;
use crate::{Fault, Result};

/// One parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    Integer(Option<i64>),
    Text(Option<String>),
    Id(Option<Uuid>),
    List(List),
}

/// The members of `IN LIST($n)`.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    Texts(Vec<String>),
    Ids(Vec<Uuid>),
}

/// How far a list reaches, as two parameters: `everywhere` where it is limited to no stations, and
/// the stations. A statement uses them as `(CAST($1 AS TEXT) IS NOT NULL OR u.station IN LIST($2))`.
pub fn reach(stations: Option<&[String]>) -> (Option<&'static str>, List) {
    (stations.is_none().then_some("all"), List::Texts(stations.unwrap_or_default().to_vec()))
}

impl Param {
    /// Nothing, of the same type.
    pub fn emptied(&self) -> Param {
        match self {
            Param::Integer(_) => Param::Integer(None),
            Param::Text(_) => Param::Text(None),
            Param::Id(_) => Param::Id(None),
            Param::List(list) => Param::List(list.clone()),
        }
    }

    /// As the client library of PostgreSQL takes it.
    pub(super) fn into_value(self) -> Value {
        match self {
            Param::Integer(value) => Value::BigInt(value),
            Param::Text(value) => Value::String(value),
            Param::Id(value) => Value::Uuid(value),
            Param::List(List::Texts(texts)) => {
                array(ArrayType::String, texts.into_iter().map(|text| Value::String(Some(text))).collect())
            }
            Param::List(List::Ids(ids)) => {
                array(ArrayType::Uuid, ids.into_iter().map(|id| Value::Uuid(Some(id))).collect())
            }
        }
    }
}

pub(super) fn array(of: ArrayType, values: Vec<Value>) -> Value {
    Value::Array(of, Some(Box::new(values)))
}

macro_rules! param_from {
    ($($type:ty => |$value:ident| $param:expr;)+) => {$(
        impl From<$type> for Param {
            fn from($value: $type) -> Param {
                $param
            }
        }
    )+};
}

param_from! {
    i64 => |value| Param::Integer(Some(value));
    Option<i64> => |value| Param::Integer(value);
    u32 => |value| Param::Integer(Some(i64::from(value)));
    Option<u32> => |value| Param::Integer(value.map(i64::from));
    Money => |value| Param::Integer(Some(value.fen()));
    Energy => |value| Param::Integer(Some(value.wh()));
    Option<Capacity> => |value| Param::Integer(value.map(Capacity::va));
    &str => |value| Param::Text(Some(value.to_owned()));
    String => |value| Param::Text(Some(value));
    &String => |value| Param::Text(Some(value.clone()));
    Option<&str> => |value| Param::Text(value.map(str::to_owned));
    Option<String> => |value| Param::Text(value);
    Uuid => |value| Param::Id(Some(value));
    Option<Uuid> => |value| Param::Id(value);
    Date => |value| Param::Text(Some(value.to_string()));
    Option<Date> => |value| Param::Text(value.map(|date| date.to_string()));
    Month => |value| Param::Text(Some(value.to_string()));
    Option<Month> => |value| Param::Text(value.map(|month| month.to_string()));
    Timestamp => |value| Param::Text(Some(instant_text(value)));
    Option<Timestamp> => |value| Param::Text(value.map(instant_text));
    List => |value| Param::List(value);
}

/// UTC, always with six decimals: the order of the texts is the order of the instants.
pub(super) fn instant_text(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// What a column of SQLite holds.
#[derive(Debug)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Id(Uuid),
}

/// The columns of a row, as its database gave them.
#[derive(Debug)]
pub(super) enum Cells {
    Sqlite(Box<[Cell]>),
    Postgres(QueryResult),
}

impl Row {
    fn integer(&self, at: usize) -> Result<Option<i64>> {
        match &self.0 {
            Cells::Postgres(row) => Ok(row.try_get_by_index(at)?),
            Cells::Sqlite(cells) => match cells.get(at) {
                Some(Cell::Integer(value)) => Ok(Some(*value)),
                other => null(other, at),
            },
        }
    }

    fn text(&self, at: usize) -> Result<Option<Cow<'_, str>>> {
        match &self.0 {
            Cells::Postgres(row) => Ok(row.try_get_by_index::<Option<String>>(at)?.map(Cow::Owned)),
            Cells::Sqlite(cells) => match cells.get(at) {
                Some(Cell::Text(text)) => Ok(Some(Cow::Borrowed(text))),
                other => null(other, at),
            },
        }
    }

    fn id(&self, at: usize) -> Result<Option<Uuid>> {
        match &self.0 {
            Cells::Postgres(row) => Ok(row.try_get_by_index(at)?),
            Cells::Sqlite(cells) => match cells.get(at) {
                Some(Cell::Id(id)) => Ok(Some(*id)),
                other => null(other, at),
            },
        }
    }
}

fn null<T>(cell: Option<&Cell>, at: usize) -> Result<Option<T>> {
    match cell {
        Some(Cell::Null) => Ok(None),
        // What it holds is not told: it may be a name.
        Some(_) => Err(Fault::impossible(format!("column {at} holds something else"))),
        None => Err(Fault::impossible(format!("there is no column {at}"))),
    }
}

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    /// None where the column is NULL.
    fn or_null(row: &Row, at: usize) -> Result<Option<Self>>;

    fn from_column(row: &Row, at: usize) -> Result<Self> {
        Self::or_null(row, at)?.ok_or_else(|| Fault::impossible(format!("column {at} is empty")))
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn or_null(row: &Row, at: usize) -> Result<Option<Option<T>>> {
        T::or_null(row, at).map(Some)
    }
}

macro_rules! column {
    ($($type:ty as $raw:ident => |$value:ident| $read:expr;)+) => {$(
        impl FromColumn for $type {
            fn or_null(row: &Row, at: usize) -> Result<Option<$type>> {
                let Some($value) = row.$raw(at)? else { return Ok(None) };
                let read: Option<$type> = $read;
                let wrong = || Fault::impossible(format!("column {at} does not hold a {}", stringify!($type)));
                read.map(Some).ok_or_else(wrong)
            }
        }
    )+};
}

column! {
    i64 as integer => |value| Some(value);
    u32 as integer => |value| u32::try_from(value).ok();
    u64 as integer => |value| u64::try_from(value).ok();
    Money as integer => |value| Some(Money::from_fen(value));
    Energy as integer => |value| Some(Energy::from_wh(value));
    Capacity as integer => |value| Some(Capacity::from_va(value));
    Power as integer => |value| Some(Power::from_w(value));
    Rate as integer => |value| Some(Rate::from_millionths(value));
    Uuid as id => |value| Some(value);
    String as text => |value| Some(value.into_owned());
    Date as text => |value| kernel::time::parse_date(&value);
    Month as text => |value| value.parse::<Month>().ok();
    Timestamp as text => |value| value.parse::<Timestamp>().ok();
}
