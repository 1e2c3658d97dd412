//! What happened to a thing: its audit as people read it.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, Utc};
use contracts::PersonId;
use messaging::{Result, Row, Tx, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::app::Site;

/// How many lines are shown at most; older ones stay in the table.
const MOST: usize = 100;

struct Line {
    at: DateTime<Utc>,
    when: String,
    stamp: String,
    who: String,
    what: String,
    details: Vec<Detail>,
    correlation: Uuid,
}

/// One thing that the act remembered.
struct Detail {
    name: String,
    before: Option<String>,
    value: String,
}

/// The audit of one or more things, newest first; a template writes it as it is: `{{ history }}`.
#[derive(Template)]
#[template(path = "ui/history.html")]
pub struct History {
    lines: Vec<Line>,
}

impl History {
    /// Reads the audit of things of one kind: two statements, however many they are. Times are in
    /// the site's zone, people are named as far as they are known here.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn read(
        tx: &Tx,
        site: &Site,
        thing: &str,
        ids: &[impl Into<Uuid> + Copy],
    ) -> Result<Self> {
        if ids.is_empty() {
            return Ok(Self { lines: Vec::new() });
        }
        let mut params = vec![Value::from(thing)];
        params.extend(ids.iter().map(|id| Value::from((*id).into())));
        let sql = format!(
            "select at, actor, act, detail, correlation from audit
             where thing = $1 and thing_id in ({}) order by at desc, id desc limit {MOST}",
            places(2, ids.len())
        );
        let rows = tx.all(&sql, params).await?;
        let mut lines = Vec::with_capacity(rows.len());
        let mut actors = Vec::with_capacity(rows.len());
        for row in &rows {
            let at: DateTime<Utc> = row.get("at")?;
            let actor: String = row.get("actor")?;
            let act: String = row.get("act")?;
            lines.push(Line {
                at,
                when: at.with_timezone(&site.zone).format("%-d %b %Y, %H:%M:%S %Z").to_string(),
                stamp: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                who: String::new(),
                what: act.replace('_', " "),
                details: details(&row.get("detail")?),
                correlation: row.get("correlation")?,
            });
            actors.push(actor);
        }
        let names = names(tx, &actors).await?;
        for (line, actor) in lines.iter_mut().zip(&actors) {
            line.who = who(actor, &names);
        }
        Ok(Self { lines })
    }

    /// With the audit of things of another kind.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self.lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        self.lines.truncate(MOST);
        self
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl askama::filters::HtmlSafe for History {}

/// A row of the audit in words, for lists of what happened to many things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who acted.
    pub who: String,
    /// Whoever that is, when it is a person.
    pub person: Option<PersonId>,
    /// What they did.
    pub what: String,
    /// What the act remembered: `reason: asked by mail; state: open > locked`.
    pub details: String,
}

impl Told {
    /// Puts rows with `actor`, `act` and `detail` into words, one statement for all names.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn read(tx: &Tx, rows: &[Row]) -> Result<Vec<Self>> {
        let actors = rows.iter().map(|row| row.get("actor")).collect::<Result<Vec<String>>>()?;
        let names = names(tx, &actors).await?;
        let told = |(row, actor): (&Row, &String)| {
            let details = details(&row.get("detail")?);
            Ok(Self {
                who: who(actor, &names),
                person: person_of(actor),
                what: row.get::<String>("act")?.replace('_', " "),
                details: details.iter().map(Detail::told).collect::<Vec<_>>().join("; "),
            })
        };
        rows.iter().zip(&actors).map(told).collect()
    }
}

impl Detail {
    fn told(&self) -> String {
        match &self.before {
            Some(before) => format!("{}: {before} > {}", self.name, self.value),
            None => format!("{}: {}", self.name, self.value),
        }
    }
}

/// `$2, $3, $4`.
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The person of an actor, when it is one.
fn person_of(actor: &str) -> Option<PersonId> {
    let (kind, id) = actor.split_once(':')?;
    if !matches!(kind, "person" | "staff") {
        return None;
    }
    id.parse().ok()
}

/// The names of those among the actors who are people and known here.
async fn names(tx: &Tx, actors: &[String]) -> Result<HashMap<PersonId, String>> {
    let mut people: Vec<PersonId> = actors.iter().filter_map(|actor| person_of(actor)).collect();
    people.sort_unstable_by_key(|person| person.0);
    people.dedup();
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select person_id, name from reader_people where person_id in ({})",
        places(1, people.len())
    );
    let params = people.iter().map(|person| Value::from(person.0)).collect();
    let rows = tx.all(&sql, params).await?;
    rows.iter().map(|row| Ok((PersonId(row.get("person_id")?), row.get("name")?))).collect()
}

/// `staff:<id>` as people read it.
fn who(actor: &str, names: &HashMap<PersonId, String>) -> String {
    let (kind, id) = actor.split_once(':').unwrap_or((actor, ""));
    let person = person_of(actor).map(|known| {
        names.get(&known).cloned().unwrap_or_else(|| {
            let short = id.get(id.len().saturating_sub(6)..).unwrap_or(id);
            format!("somebody (…{short})")
        })
    });
    match (kind, person) {
        ("staff", Some(name)) => format!("{name}, staff"),
        (_, Some(name)) => name,
        ("visitor", _) => "a visitor".to_owned(),
        ("job", _) => format!("by itself ({})", id.replace('_', " ")),
        ("message", _) => format!("a message of {}", id.split('/').next().unwrap_or(id)),
        ("token", _) => format!("a program ({id})"),
        _ => actor.to_owned(),
    }
}

/// What an act remembered, field by field: `{"state": {"from": "open", "to": "paid"}}` shows both.
fn details(detail: &Json) -> Vec<Detail> {
    match detail {
        Json::Null => Vec::new(),
        Json::Object(fields) => {
            fields.iter().filter_map(|(name, value)| one(name, value)).collect()
        }
        other => one("", other).into_iter().collect(),
    }
}

fn one(name: &str, value: &Json) -> Option<Detail> {
    let change = value.as_object().and_then(|pair| Some((pair.get("from")?, pair.get("to")?)));
    let (before, value) = match change {
        Some((from, to)) => (Some(plain(from)), plain(to)),
        None => (None, plain(value)),
    };
    if value.is_empty() && before.is_none() {
        return None;
    }
    Some(Detail { name: name.replace('_', " "), before, value })
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Object(fields) => {
            if let Ok(money) = serde_json::from_value::<contracts::Money>(value.clone()) {
                return money.to_string();
            }
            let pairs = fields
                .iter()
                .map(|(name, value)| format!("{} {}", name.replace('_', " "), plain(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        Json::Array(items) => {
            let shown = items.iter().take(10).map(plain).collect::<Vec<_>>().join(", ");
            if items.len() > 10 { format!("{shown} and {} more", items.len() - 10) } else { shown }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(detail: &Json) -> Vec<String> {
        details(detail).iter().map(Detail::told).collect()
    }

    #[test]
    fn a_change_shows_both_sides_and_money_reads_as_money() {
        let detail = json!({
            "state": { "from": "open", "to": "paid" },
            "amount": { "minor": 2400, "currency": "USD" },
            "reason": null,
        });
        let money = contracts::Money { minor: 2400, currency: contracts::Currency::from("USD") };
        assert_eq!(shown(&detail), [format!("amount: {money}"), "state: open > paid".to_owned()]);
    }

    #[test]
    fn actors_are_named_as_far_as_they_are_known() {
        let id = Uuid::from_u128(7);
        let names = HashMap::from([(PersonId(id), "Dana Whitlock".to_owned())]);
        assert_eq!(who(&format!("staff:{id}"), &names), "Dana Whitlock, staff");
        assert_eq!(who(&format!("person:{id}"), &HashMap::new()), "somebody (…000007)");
        assert_eq!(who("job:end_holds", &names), "by itself (end holds)");
        assert_eq!(who("message:commerce/charge", &names), "a message of commerce");
    }
}
