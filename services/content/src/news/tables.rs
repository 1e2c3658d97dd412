//! Articles as lists read them from table `pages`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use contracts::shared::Audience;

use super::domain::{Article, Beside, Cursor};
use crate::site::domain::Page;

const COLUMNS: &str = "page_id, path, title, summary, topic, dated, audience,
    (audience = 'members' or exists (select 1 from page_texts
        where page_texts.page_id = pages.page_id and page_texts.audience = 'members')) as for_members";

/// What is news: published, below `/news/`, dated.
const NEWS: &str = "state = 'published' and path like '/news/%' and dated is not null";

/// How many stand ready beside an article on each side: some of them may be for others.
const BESIDE: i64 = 8;

/// Which articles to list.
pub(super) struct Wanted<'a> {
    /// A list of audiences in quotes: those of the reader.
    pub(super) audiences: &'a str,
    /// Of this topic only, when it says anything.
    pub(super) topic: &'a str,
    pub(super) from: From,
    pub(super) most: i64,
}

/// Where a list begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Newest,
    /// What is older than this.
    Before(Cursor),
    /// What is newer than this.
    After(Cursor),
}

/// Articles, those nearest to where the list begins first.
pub(super) async fn list(tx: &Tx, wanted: &Wanted<'_>) -> Result<Vec<Article>> {
    let Wanted { audiences, topic, from, most } = wanted;
    let (seek, order, cursor) = match from {
        From::Newest => ("", "desc", None),
        From::Before(cursor) => (" and (dated, page_id) < ($3, $4)", "desc", Some(cursor)),
        From::After(cursor) => (" and (dated, page_id) > ($3, $4)", "asc", Some(cursor)),
    };
    let sql = format!(
        "select {COLUMNS} from pages
         where {NEWS} and audience in ({audiences}) and ($1 = '' or topic = $1){seek}
         order by dated {order}, page_id {order} limit $2"
    );
    let mut values = params![*topic, *most];
    if let Some(cursor) = cursor {
        values.extend(params![cursor.dated, cursor.id]);
    }
    tx.all(&sql, values).await?.iter().map(read).collect()
}

/// The topics of what a reader of these audiences finds, with how many there are of each.
pub(super) async fn topics(tx: &Tx, audiences: &str) -> Result<Vec<(String, i64)>> {
    let sql = format!(
        "select topic, count(*) as articles from pages
         where {NEWS} and audience in ({audiences}) and topic <> '' group by topic order by topic limit 50"
    );
    let rows = tx.all(&sql, params![]).await?;
    rows.iter().map(|row| Ok((row.get("topic")?, row.get("articles")?))).collect()
}

/// The newest articles for whomever: who may see which is asked when they are shown.
pub(crate) async fn newest(tx: &Tx, most: i64) -> Result<Vec<Article>> {
    let sql = format!(
        "select {COLUMNS} from pages where {NEWS} order by dated desc, page_id desc limit $1"
    );
    tx.all(&sql, params![most]).await?.iter().map(read).collect()
}

/// What stands beside an article, for whomever.
pub(crate) async fn beside(tx: &Tx, page: &Page) -> Result<Beside> {
    let Some(dated) = page.front.dated else { return Ok(Beside::default()) };
    let around = |sign: &str, order: &str| {
        format!(
            "select {COLUMNS} from pages where {NEWS} and (dated, page_id) {sign} ($1, $2)
             order by dated {order}, page_id {order} limit $3"
        )
    };
    let articles = |rows: Vec<Row>| rows.iter().map(read).collect::<Result<Vec<_>>>();
    let newer = tx.all(&around(">", "asc"), params![dated, page.id, BESIDE]).await?;
    let older = tx.all(&around("<", "desc"), params![dated, page.id, BESIDE]).await?;
    let sql = format!(
        "select {COLUMNS} from pages where {NEWS} and topic = $1 and topic <> '' and page_id <> $2
         order by dated desc, page_id desc limit $3"
    );
    let related = tx.all(&sql, params![&page.front.topic, page.id, BESIDE]).await?;
    Ok(Beside { newer: articles(newer)?, older: articles(older)?, related: articles(related)? })
}

fn read(row: &Row) -> Result<Article> {
    Ok(Article {
        id: row.get("page_id")?,
        path: row.get("path")?,
        title: row.get("title")?,
        summary: row.get("summary")?,
        topic: row.get("topic")?,
        dated: row.get("dated")?,
        audience: Audience::from(row.get::<String>("audience")?.as_str()),
        for_members: row.get("for_members")?,
    })
}
