//! Table `audit`, which every transaction writes: the only file of this slice that speaks SQL.

use std::collections::HashMap;

use chassis::ui::Told;
use chassis::{Result, Row, Tx, Value, Wanted, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

use super::domain;

/// How many people a word may find; whoever finds more types more of the address.
const MOST_PEOPLE: usize = 50;

/// Something that happened, as staff read it.
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) thing: String,
    pub(super) thing_id: Uuid,
    /// The person who acted, when it was one.
    pub(super) by: Option<PersonId>,
    /// Kind of actor, act and details in words.
    pub(super) told: Told,
    /// What the thing is called: an address, a client's name.
    pub(super) called: Option<String>,
    /// The address of whoever acted.
    pub(super) by_called: Option<String>,
    pub(super) correlation: Uuid,
}

/// What narrows the audit; empty texts narrow nothing.
pub(super) struct Narrowed<'a> {
    pub(super) act: &'a str,
    /// The kind of whoever acted.
    pub(super) actor: &'a str,
    /// The first instant, and the first that is too late.
    pub(super) times: (DateTime<Utc>, DateTime<Utc>),
}

/// Whether the act was noted of the thing since `then`.
pub(super) async fn was_noted(
    tx: &Tx,
    thing: &str,
    id: Uuid,
    act: &str,
    then: DateTime<Utc>,
) -> Result<bool> {
    let sql = "select 1 as one from audit
               where thing = $1 and thing_id = $2 and at > $3 and act = $4 limit 1";
    Ok(tx.first(sql, params![thing, id, then, act]).await?.is_some())
}

/// Every act that was ever noted, in order of the alphabet: one step of the index for each.
pub(super) async fn acts(tx: &Tx) -> Result<Vec<String>> {
    let sql = "with recursive acts (act) as (
                   select min(act) from audit
                   union all
                   select (select min(audit.act) from audit where audit.act > acts.act)
                   from acts where acts.act is not null)
               select act from acts where act is not null";
    tx.all(sql, params![]).await?.iter().map(|row| row.get("act")).collect()
}

/// A page of the audit, newest first.
pub(super) async fn list(tx: &Tx, wanted: &Wanted, narrowed: &Narrowed<'_>) -> Result<Vec<Event>> {
    let (first, beyond) = narrowed.times;
    // The ids of an actor's kind are a range of texts: `staff:` to `staff;`.
    let (low, high) = match narrowed.actor {
        "" => (String::new(), "\u{10FFFF}".to_owned()),
        kind => (format!("{kind}:"), format!("{kind};")),
    };
    let mut given = params![narrowed.act, low, high, first, beyond];
    let people = match wanted.word() {
        Some(word) => about(tx, word, &mut given).await?,
        None => "1 = 1".to_owned(),
    };
    let seek = wanted.seek(&[("at", "at")], "id", given);
    let sql = format!(
        "select id, at, thing, thing_id, actor, act, detail, correlation from audit
         where ($1 = '' or act = $1) and actor >= $2 and actor < $3 and at >= $4 and at < $5
           and {people} and {}
         order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
    events(tx, &rows).await
}

/// The condition that an event is about or by somebody whose address begins with `word`, or about
/// an address that has no account.
async fn about(tx: &Tx, word: &str, given: &mut Vec<Value>) -> Result<String> {
    let begins = word.to_lowercase();
    let sql = format!(
        "select person_id from accounts where address_key >= $1 and address_key < $2
         order by address_key limit {MOST_PEOPLE}"
    );
    let beyond = format!("{begins}\u{10FFFF}");
    let rows = tx.all(&sql, params![begins.as_str(), beyond]).await?;
    let people = rows.iter().map(|row| row.get("person_id")).collect::<Result<Vec<Uuid>>>()?;
    let actors =
        people.iter().flat_map(|id| ["person", "staff"].map(|kind| format!("{kind}:{id}")));
    let mut actors: Vec<Value> = actors.map(Value::from).collect();
    let mut things: Vec<Value> = people.iter().map(|id| Value::from(*id)).collect();
    things.push(domain::id_of_unknown(&begins).into());
    let things = places(given, &mut things);
    if actors.is_empty() {
        return Ok(format!("thing_id in ({things})"));
    }
    Ok(format!("(thing_id in ({things}) or actor in ({}))", places(given, &mut actors)))
}

/// Adds values to the parameters; `$3, $4, …` stand for them.
fn places(given: &mut Vec<Value>, values: &mut Vec<Value>) -> String {
    let first = given.len() + 1;
    let places = (first..first + values.len()).map(|n| format!("${n}"));
    let places = places.collect::<Vec<_>>().join(", ");
    given.append(values);
    places
}

async fn events(tx: &Tx, rows: &[Row]) -> Result<Vec<Event>> {
    let told = Told::read(tx, rows).await?;
    let mut events = Vec::with_capacity(rows.len());
    for (row, told) in rows.iter().zip(told) {
        events.push(Event {
            id: row.get("id")?,
            at: row.get("at")?,
            thing: row.get("thing")?,
            thing_id: row.get("thing_id")?,
            by: told.person,
            told,
            called: None,
            by_called: None,
            correlation: row.get("correlation")?,
        });
    }
    let of_account = events.iter().filter(|event| event.thing == "account");
    let people = of_account.map(|event| event.thing_id);
    let people = people.chain(events.iter().filter_map(|event| event.by.map(|by| by.0)));
    let addresses = names(tx, ("accounts", "person_id", "address"), people.collect()).await?;
    let of_client = events.iter().filter(|event| event.thing == "client");
    let clients = of_client.map(|event| event.thing_id).collect();
    let clients = names(tx, ("clients", "entity", "name"), clients).await?;
    for event in &mut events {
        let names = if event.thing == "client" { &clients } else { &addresses };
        event.called = names.get(&event.thing_id).cloned();
        event.by_called = event.by.and_then(|by| addresses.get(&by.0).cloned());
    }
    Ok(events)
}

/// What rows of a table are called, by their ids.
async fn names(
    tx: &Tx,
    (table, id, name): (&str, &str, &str),
    mut ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut given = Vec::new();
    let mut ids = ids.into_iter().map(Value::from).collect();
    let places = places(&mut given, &mut ids);
    let sql = format!("select {id} as id, {name} as name from {table} where {id} in ({places})");
    let rows = tx.all(&sql, given).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// Removes these acts when they were before `then`.
pub(super) async fn remove(tx: &Tx, acts: &[&str], then: DateTime<Utc>) -> Result<()> {
    for act in acts {
        tx.run("delete from audit where act = $1 and at < $2", params![*act, then]).await?;
    }
    Ok(())
}
