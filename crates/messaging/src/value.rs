//! What goes into a statement and what comes out: one set of types for both engines.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row as _};
use uuid::Uuid;

use crate::{Error, Result};

/// A value bound to a statement. Nulls keep their type, as PostgreSQL wants to know it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants say it")]
pub enum Value {
    Bool(Option<bool>),
    Int(Option<i64>),
    Float(Option<f64>),
    Text(Option<String>),
    Uuid(Option<Uuid>),
    Date(Option<NaiveDate>),
    Instant(Option<DateTime<Utc>>),
    Json(Option<serde_json::Value>),
    Bytes(Option<Vec<u8>>),
}

/// The values of a statement, in the order of its `$1`, `$2`, ….
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value.into()))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )*};
}

from! {
    bool => Bool, i64 => Int, i32 => Int, f64 => Float, String => Text, &str => Text, &String => Text,
    Uuid => Uuid, NaiveDate => Date, DateTime<Utc> => Instant, serde_json::Value => Json,
    Vec<u8> => Bytes, &[u8] => Bytes,
}

macro_rules! bind {
    ($args:ident, $values:ident) => {
        for value in $values {
            match value {
                Value::Bool(v) => $args.add(*v),
                Value::Int(v) => $args.add(*v),
                Value::Float(v) => $args.add(*v),
                Value::Text(v) => $args.add(v.clone()),
                Value::Uuid(v) => $args.add(*v),
                Value::Date(v) => $args.add(*v),
                Value::Instant(v) => $args.add(*v),
                Value::Json(v) => $args.add(v.as_ref().map(sqlx::types::Json)),
                Value::Bytes(v) => $args.add(v.clone()),
            }
            .map_err(Error::internal)?;
        }
    };
}

pub(crate) fn sqlite_arguments(values: &[Value]) -> Result<SqliteArguments> {
    let mut args = SqliteArguments::default();
    bind!(args, values);
    Ok(args)
}

pub(crate) fn pg_arguments(values: &[Value]) -> Result<PgArguments> {
    let mut args = PgArguments::default();
    bind!(args, values);
    Ok(args)
}

/// A row of a result.
#[derive(Debug)]
pub struct Row(pub(crate) Engine);

#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column or it holds another type.
    pub fn get<T: Column>(&self, column: &str) -> Result<T> {
        T::from_row(self, column)
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads `column` of `row`.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column or it holds another type.
    fn from_row(row: &Row, column: &str) -> Result<Self>;
}

macro_rules! columns {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn from_row(row: &Row, column: &str) -> Result<Self> {
                match &row.0 {
                    // SQLite has no types to check against: what was bound comes back.
                    Engine::Sqlite(row) => row.try_get_unchecked(column),
                    Engine::Postgres(row) => row.try_get(column),
                }
                .map_err(Error::internal)
            }
        }

        impl Column for Option<$type> {
            fn from_row(row: &Row, column: &str) -> Result<Self> {
                match &row.0 {
                    Engine::Sqlite(row) => row.try_get_unchecked(column),
                    Engine::Postgres(row) => row.try_get(column),
                }
                .map_err(Error::internal)
            }
        }
    )*};
}

columns!(bool, i64, f64, String, Uuid, NaiveDate, DateTime<Utc>, serde_json::Value, Vec<u8>);

macro_rules! id_columns {
    ($($(#[$doc:meta])* $id:ident)*) => {$(
        impl From<contracts::$id> for Value {
            fn from(id: contracts::$id) -> Self {
                Self::Uuid(Some(id.into()))
            }
        }

        impl From<Option<contracts::$id>> for Value {
            fn from(id: Option<contracts::$id>) -> Self {
                Self::Uuid(id.map(Into::into))
            }
        }

        impl Column for contracts::$id {
            fn from_row(row: &Row, column: &str) -> Result<Self> {
                Uuid::from_row(row, column).map(Self::from)
            }
        }

        impl Column for Option<contracts::$id> {
            fn from_row(row: &Row, column: &str) -> Result<Self> {
                Ok(Option::<Uuid>::from_row(row, column)?.map(Into::into))
            }
        }
    )*};
}

contracts::each_id!(id_columns);
