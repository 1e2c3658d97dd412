//! Tables `deliveries` and `preferences`: the only file of this slice that speaks SQL.

use chassis::ui::Wanted;
use chassis::{Error, Result, Row, Tx, params};
use contracts::{ChapterId, DeliveryId, PersonId};

use super::domain::{Delivery, Entry, Letter, State};

const COLUMNS: &str = "delivery_id, notice, cause_feed, cause, correlation, person_id, state, facts, secret, address,
                       language, subject, body_text, body_html, message_id, problem, made_at, settled_at, version";

/// Keeps a new delivery.
pub(super) async fn insert(tx: &Tx, new: &Delivery) -> Result<()> {
    let sql = "insert into deliveries (delivery_id, notice, cause_feed, cause, correlation, person_id, state, chapter_id,
                   facts, secret, address, address_normal, language, subject, body_text, body_html, message_id, problem,
                   made_at, settled_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    let letter = new.letter.as_ref();
    let row = params![
        new.id,
        &new.notice,
        &new.cause_feed,
        &new.cause,
        new.correlation,
        new.person,
        new.state.as_str(),
        lacking_chapter(new),
        stored_facts(new)?,
        new.secret,
        new.address.clone(),
        new.address.as_deref().map(str::to_lowercase),
        letter.map(|letter| letter.language.clone()),
        letter.map(|letter| letter.subject.clone()),
        letter.and_then(|letter| letter.text.clone()),
        letter.and_then(|letter| letter.html.clone()),
        &new.message_id,
        new.problem.clone(),
        new.made_at,
        new.settled_at,
        new.version
    ];
    tx.run(sql, row).await.map(drop)
}

/// Stores a delivery over the row it was loaded from.
pub(super) async fn save(tx: &Tx, changed: Delivery) -> Result<Delivery> {
    let sql = "update deliveries
               set state = $3, chapter_id = $4, facts = $5, address = $6, address_normal = $7, language = $8, subject = $9,
                   body_text = $10, body_html = $11, problem = $12, settled_at = $13, version = version + 1
               where delivery_id = $1 and version = $2";
    let letter = changed.letter.as_ref();
    let row = params![
        changed.id,
        changed.version,
        changed.state.as_str(),
        lacking_chapter(&changed),
        stored_facts(&changed)?,
        changed.address.clone(),
        changed.address.as_deref().map(str::to_lowercase),
        letter.map(|letter| letter.language.clone()),
        letter.map(|letter| letter.subject.clone()),
        letter.and_then(|letter| letter.text.clone()),
        letter.and_then(|letter| letter.html.clone()),
        changed.problem.clone(),
        changed.settled_at
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Delivery { version: changed.version + 1, ..changed })
}

fn lacking_chapter(delivery: &Delivery) -> Option<ChapterId> {
    delivery.facts.as_ref().and_then(super::domain::Facts::lacks_chapter)
}

fn stored_facts(delivery: &Delivery) -> Result<Option<serde_json::Value>> {
    Ok(delivery.facts.as_ref().map(serde_json::to_value).transpose()?)
}

/// A delivery by its id.
pub(super) async fn load(tx: &Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    let sql = format!("select {COLUMNS} from deliveries where delivery_id = $1");
    tx.first(&sql, params![id]).await?.as_ref().map(read).transpose()
}

/// Whether the notice was made for this cause already.
pub(super) async fn made(tx: &Tx, notice: &str, cause: &str) -> Result<bool> {
    let sql = "select 1 as one from deliveries where notice = $1 and cause = $2";
    Ok(tx.first(sql, params![notice, cause]).await?.is_some())
}

/// Deliveries of a person that still lack something.
pub(super) async fn awaiting_address(tx: &Tx, person: PersonId) -> Result<Vec<Delivery>> {
    let sql = format!(
        "select {COLUMNS} from deliveries where person_id = $1 and state = 'awaiting' order by delivery_id"
    );
    tx.all(&sql, params![person]).await?.iter().map(read).collect()
}

/// Deliveries that still lack the name of a chapter.
pub(super) async fn awaiting_chapter(tx: &Tx, chapter: ChapterId) -> Result<Vec<Delivery>> {
    let sql = format!(
        "select {COLUMNS} from deliveries where chapter_id = $1 and state = 'awaiting' order by delivery_id"
    );
    tx.all(&sql, params![chapter]).await?.iter().map(read).collect()
}

/// The name of a chapter, from the copy that the readers keep.
pub(super) async fn chapter_name(tx: &Tx, chapter: ChapterId) -> Result<Option<String>> {
    let sql = "select name from reader_chapters where chapter_id = $1";
    tx.first(sql, params![chapter]).await?.map(|row| row.get("name")).transpose()
}

/// Whose deliveries a list shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// Those to one person.
    Of(PersonId),
    /// All that were written.
    Written,
    /// All, written or not.
    All,
}

/// A page of a list, by the beginning of an address, by state and by notice.
pub(super) async fn listed(tx: &Tx, whose: Whose, wanted: &Wanted) -> Result<Vec<Entry>> {
    let mut sql = "select d.delivery_id, d.notice, d.state, d.address, d.subject, d.problem, d.made_at, p.name
                   from deliveries d left join people p on p.person_id = d.person_id where "
        .to_owned();
    let mut given = params![];
    let mut only = |condition: &str, value| {
        given.push(value);
        sql.push_str(&condition.replace('?', &format!("${}", given.len())));
        sql.push_str(" and ");
    };
    if let Whose::Of(person) = whose {
        // Also what was written to the person under an id that turned out to be theirs.
        let theirs =
            "(d.person_id = ? or d.person_id in (select alias from reader_aliases where kept = ?))";
        only(theirs, person.into());
    }
    if wanted.word().is_some() {
        // An address is searched by its beginning: the index knows it.
        let begins = wanted.pattern().trim_start_matches('%').to_owned();
        only("d.address_normal like ? escape '\\'", begins.into());
    }
    for (name, condition) in [("state", "d.state = ?"), ("notice", "d.notice = ?")] {
        if let Some(value) = wanted.chosen(name) {
            only(condition, value.to_owned().into());
        }
    }
    if matches!(whose, Whose::Written) {
        sql.push_str("d.subject is not null and ");
    }
    // A greater id is a newer delivery.
    let seek = wanted.seek(&[("made", "d.delivery_id")], "d.delivery_id", given);
    let sql = format!("{sql}{} order by {} limit {}", seek.after, seek.order, seek.limit);
    tx.all(&sql, seek.params).await?.iter().map(read_entry).collect()
}

fn read_entry(row: &Row) -> Result<Entry> {
    Ok(Entry {
        id: row.get("delivery_id")?,
        notice: row.get("notice")?,
        state: read_state(row)?,
        address: row.get("address")?,
        name: row.get("name")?,
        subject: row.get("subject")?,
        problem: row.get("problem")?,
        made_at: row.get("made_at")?,
    })
}

fn read_state(row: &Row) -> Result<State> {
    let word: String = row.get("state")?;
    let state = State::from_word(&word);
    state.ok_or_else(|| Error::internal(format!("a delivery has the state {word}")))
}

fn read(row: &Row) -> Result<Delivery> {
    let facts: Option<serde_json::Value> = row.get("facts")?;
    Ok(Delivery {
        id: row.get("delivery_id")?,
        notice: row.get("notice")?,
        cause_feed: row.get("cause_feed")?,
        cause: row.get("cause")?,
        correlation: row.get("correlation")?,
        person: row.get("person_id")?,
        state: read_state(row)?,
        facts: facts.map(serde_json::from_value).transpose()?,
        secret: row.get("secret")?,
        address: row.get("address")?,
        letter: read_letter(row)?,
        message_id: row.get("message_id")?,
        problem: row.get("problem")?,
        made_at: row.get("made_at")?,
        settled_at: row.get("settled_at")?,
        version: row.get("version")?,
    })
}

fn read_letter(row: &Row) -> Result<Option<Letter>> {
    let (Some(subject), Some(language)) = (row.get("subject")?, row.get("language")?) else {
        return Ok(None);
    };
    Ok(Some(Letter { subject, language, text: row.get("body_text")?, html: row.get("body_html")? }))
}

/// Whether a person switched off notices that are not critical.
pub(super) async fn muted(tx: &Tx, person: PersonId) -> Result<bool> {
    let sql = "select muted from preferences where person_id = $1";
    tx.first(sql, params![person]).await?.map_or(Ok(false), |row| row.get("muted"))
}

/// Keeps whether a person wants notices that are not critical.
pub(super) async fn set_muted(tx: &Tx, person: PersonId, muted: bool) -> Result<()> {
    let sql = "insert into preferences (person_id, muted, version) values ($1, $2, 1)
               on conflict (person_id) do update set muted = excluded.muted, version = preferences.version + 1";
    tx.run(sql, params![person, muted]).await.map(drop)
}
