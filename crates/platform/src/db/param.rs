//! How the house's types travel to and from columns.

use kernel::id::Uuid;
use kernel::{Capacity, Date, Energy, Money, Month, Timestamp};
use sea_orm::{QueryResult, TryGetable, Value};

use super::dialect::{self, Engine};
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
    pub(super) fn into_value(self, engine: Engine) -> Result<Value> {
        Ok(match self {
            Param::Integer(value) => Value::BigInt(value),
            Param::Text(value) => Value::String(value),
            Param::Id(value) => Value::Uuid(value),
            Param::List(list) => dialect::list_value(engine, list)?,
        })
    }
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

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    fn from_column(row: &QueryResult, at: usize) -> Result<Self>;
}

fn raw<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Into::into)
}

macro_rules! plain_column {
    ($($type:ty),+) => {$(
        impl FromColumn for $type {
            fn from_column(row: &QueryResult, at: usize) -> Result<Self> {
                raw(row, at)
            }
        }
    )+};
}
plain_column!(i64, String, Uuid, Option<i64>, Option<String>, Option<Uuid>);

macro_rules! column_through {
    ($($type:ty as $raw:ty => |$value:ident| $read:expr;)+) => {$(
        impl FromColumn for $type {
            fn from_column(row: &QueryResult, at: usize) -> Result<Self> {
                let $value: $raw = raw(row, at)?;
                $read.ok_or_else(|| Fault::impossible(format!("column {at} does not hold a {}", stringify!($type))))
            }
        }
        impl FromColumn for Option<$type> {
            fn from_column(row: &QueryResult, at: usize) -> Result<Self> {
                if raw::<Option<$raw>>(row, at)?.is_none() {
                    return Ok(None);
                }
                <$type>::from_column(row, at).map(Some)
            }
        }
    )+};
}

column_through! {
    Money as i64 => |value| Some(Money::from_fen(value));
    Energy as i64 => |value| Some(Energy::from_wh(value));
    Capacity as i64 => |value| Some(Capacity::from_va(value));
    u32 as i64 => |value| u32::try_from(value).ok();
    u64 as i64 => |value| u64::try_from(value).ok();
    Date as String => |value| kernel::time::parse_date(&value);
    Month as String => |value| value.parse::<Month>().ok();
    Timestamp as String => |value| value.parse::<Timestamp>().ok();
}
