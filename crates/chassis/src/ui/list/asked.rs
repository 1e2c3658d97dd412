//! What the address of a list asks for. What cannot be read of it is as if it had not been said: an
//! old bookmark still shows the list.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate};
use messaging::Value;
use uuid::Uuid;

use super::wanted::{Cursor, Wanted};
use super::{Filter, List, PER_PAGE};

/// The most characters of a search.
const LONGEST: usize = 100;

/// The query of a list's address; a parameter of its handler.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default()))
    }
}

impl Asked {
    pub(crate) fn of(query: &str) -> Self {
        let mut pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).unwrap_or_default();
        // PostgreSQL has no such character in a text.
        pairs.retain(|(_, value)| !value.contains('\0'));
        Self(pairs)
    }

    /// A value of the query, trimmed; none when it is empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(key, _)| key == name)?.1.trim();
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn is_file(&self) -> bool {
        self.value("format") == Some("csv")
    }

    /// What `list` understands of it.
    pub(super) fn of_list<R>(&self, list: &List<'_, R>) -> Wanted {
        let word = list.search.and_then(|_| self.value("q"));
        let mut chosen = Vec::new();
        let mut days = Vec::new();
        for (name, _, filter) in &list.filters {
            let Some(value) = self.value(name) else { continue };
            match filter {
                Filter::Choice(choices) if choices.iter().any(|(known, _)| known == value) => {
                    chosen.push((*name, value.to_owned()));
                }
                Filter::Day => days.extend(value.parse().map(|day: NaiveDate| (*name, day)).ok()),
                Filter::Choice(_) => {}
            }
        }
        let sort =
            self.value("sort").filter(|sort| list.by_key(sort.trim_start_matches('-')).is_some());
        let sort = sort.unwrap_or(list.sorted_by);
        let key = sort.trim_start_matches('-').to_owned();
        let tag = list.by_key(&key).map(|by| by.tag);
        let cursor = |name| tag.and_then(|tag| Cursor::read(self.value(name)?, tag));
        let (after, before) = (cursor("after"), cursor("before"));
        Wanted {
            word: word.map(|word| word.chars().take(LONGEST).collect()),
            chosen,
            days,
            descending: sort.starts_with('-'),
            key,
            backward: after.is_none() && before.is_some(),
            cursor: after.or(before),
            limit: PER_PAGE,
        }
    }
}

impl Cursor {
    /// A cursor as it stands in an address.
    pub(super) fn written(&self) -> String {
        let value = match &self.0 {
            Value::Text(Some(text)) => text.clone(),
            Value::Int(Some(number)) => number.to_string(),
            Value::Date(Some(day)) => day.to_string(),
            Value::Instant(Some(at)) => at.timestamp_micros().to_string(),
            Value::Uuid(Some(id)) => id.to_string(),
            _ => String::new(),
        };
        URL_SAFE_NO_PAD.encode(format!("{}{value}", self.1))
    }

    /// The cursor of a column of this type; nothing of any other, whatever somebody typed.
    pub(super) fn read(text: &str, tag: char) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, value) = plain.split_at_checked(36)?;
        let value = match tag {
            // A null character would be refused by PostgreSQL.
            't' => (!value.contains('\0')).then(|| value.into())?,
            'i' => value.parse::<i64>().ok()?.into(),
            'd' => value.parse::<NaiveDate>().ok()?.into(),
            'z' => DateTime::from_timestamp_micros(value.parse().ok()?)?.into(),
            'u' => value.parse::<Uuid>().ok()?.into(),
            _ => return None,
        };
        Some(Self(value, id.parse().ok()?))
    }
}
