//! Tables `pages` and `page_revisions`, and the copies that live blocks show: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::shared::Audience;
use contracts::{Currency, Money, PageId};

use super::domain::{Page, State};

/// How many rows a page of the list shows.
pub(super) const PAGE: i64 = 50;

const COLUMNS: &str = "page_id, path, known_path, title, language, audience, state, markdown, blocks, changed_at, version";

/// A page by its id.
pub(crate) async fn load(tx: &Tx, id: PageId) -> Result<Option<Page>> {
    let sql = format!("select {COLUMNS} from pages where page_id = $1");
    tx.first(&sql, params![id]).await?.as_ref().map(read).transpose()
}

/// The page that visitors get at a path.
pub(super) async fn published_at(tx: &Tx, path: &str) -> Result<Option<Page>> {
    // Without the Markdown: it is long, and only editors read it.
    let sql = "select page_id, path, known_path, title, language, audience, state, '' as markdown, blocks, changed_at, version
               from pages where path = $1 and state = 'published'";
    tx.first(sql, params![path]).await?.as_ref().map(read).transpose()
}

/// Whether another page than `but` stands at a path.
pub(crate) async fn taken(tx: &Tx, path: &str, but: Option<PageId>) -> Result<bool> {
    let sql = "select page_id from pages where path = $1";
    let holder =
        tx.first(sql, params![path]).await?.map(|row| row.get::<PageId>("page_id")).transpose()?;
    Ok(holder.is_some() && holder != but)
}

/// Whether there is any page at all.
pub(super) async fn any(tx: &Tx) -> Result<bool> {
    Ok(tx.first("select page_id from pages limit 1", params![]).await?.is_some())
}

/// Keeps a new page.
pub(super) async fn insert(tx: &Tx, page: &Page) -> Result<()> {
    let sql = "insert into pages (page_id, path, title, language, audience, state, markdown, blocks, changed_at, version,
                                  known_path)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let row = params![
        page.id,
        &page.path,
        &page.title,
        &page.language,
        page.audience.as_str(),
        page.state.as_str(),
        &page.markdown,
        serde_json::to_value(&page.blocks)?,
        page.changed_at,
        page.version,
        page.known_path.clone()
    ];
    tx.run(sql, row).await?;
    keep_revision(tx, page).await
}

/// Stores a page over the row it was loaded from.
pub(super) async fn save(tx: &Tx, page: Page) -> Result<Page> {
    let sql = "update pages
               set path = $3, title = $4, language = $5, audience = $6, state = $7, markdown = $8, blocks = $9,
                   changed_at = $10, known_path = $11, version = version + 1
               where page_id = $1 and version = $2";
    let row = params![
        page.id,
        page.version,
        &page.path,
        &page.title,
        &page.language,
        page.audience.as_str(),
        page.state.as_str(),
        &page.markdown,
        serde_json::to_value(&page.blocks)?,
        page.changed_at,
        page.known_path.clone()
    ];
    tx.one_or_conflict(sql, row).await?;
    let page = Page { version: page.version + 1, ..page };
    keep_revision(tx, &page).await?;
    Ok(page)
}

async fn keep_revision(tx: &Tx, page: &Page) -> Result<()> {
    let sql = "insert into page_revisions (page_id, version, path, title, language, audience, markdown, actor, at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let row = params![
        page.id,
        page.version,
        &page.path,
        &page.title,
        &page.language,
        page.audience.as_str(),
        &page.markdown,
        tx.actor().to_string(),
        tx.now()
    ];
    tx.run(sql, row).await.map(drop)
}

/// What a page was at one of its versions.
pub(super) struct Revision {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) audience: String,
    pub(super) markdown: String,
}

/// A page as it was when it had `version`.
pub(super) async fn revision(tx: &Tx, id: PageId, version: i64) -> Result<Option<Revision>> {
    let sql = "select path, title, audience, markdown from page_revisions where page_id = $1 and version = $2";
    let Some(row) = tx.first(sql, params![id, version]).await? else { return Ok(None) };
    Ok(Some(Revision {
        path: row.get("path")?,
        title: row.get("title")?,
        audience: row.get("audience")?,
        markdown: row.get("markdown")?,
    }))
}

/// One line of the editors' list.
pub(super) struct Listed {
    pub(super) id: PageId,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) audience: String,
    pub(super) state: String,
    pub(super) changed_at: chrono::DateTime<chrono::Utc>,
}

/// Pages by path, those after `after`; one more than a page shows, so that "further" is known.
pub(super) async fn listed(tx: &Tx, after: &str) -> Result<Vec<Listed>> {
    let sql = "select page_id, path, title, audience, state, changed_at from pages
               where path > $1 order by path limit 51";
    let rows = tx.all(sql, params![after]).await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.get("page_id")?,
                path: row.get("path")?,
                title: row.get("title")?,
                audience: row.get("audience")?,
                state: row.get("state")?,
                changed_at: row.get("changed_at")?,
            })
        })
        .collect()
}

/// Path, title and audience of the pages that visitors can get: where somebody lost may have wanted to go.
pub(super) async fn places(tx: &Tx) -> Result<Vec<(String, String, Audience)>> {
    let sql =
        "select path, title, audience from pages where state = 'published' order by path limit 500";
    let rows = tx.all(sql, params![]).await?;
    rows.iter()
        .map(|row| {
            let audience: String = row.get("audience")?;
            Ok((row.get("path")?, row.get("title")?, Audience::from(audience.as_str())))
        })
        .collect()
}

fn read(row: &Row) -> Result<Page> {
    let (audience, state): (String, String) = (row.get("audience")?, row.get("state")?);
    let state = match state.as_str() {
        "draft" => State::Draft,
        "published" => State::Published,
        other => return Err(Error::internal(format!("a page has the state {other}"))),
    };
    Ok(Page {
        id: row.get("page_id")?,
        path: row.get("path")?,
        known_path: row.get("known_path")?,
        title: row.get("title")?,
        language: row.get("language")?,
        audience: Audience::from(audience.as_str()),
        state,
        markdown: row.get("markdown")?,
        blocks: serde_json::from_value(row.get("blocks")?)?,
        changed_at: row.get("changed_at")?,
        version: row.get("version")?,
    })
}

/// A kind of membership as a live block shows it.
pub(super) struct TypeOffered {
    pub(super) title: String,
    pub(super) audience: String,
    pub(super) price: Money,
    pub(super) sample: bool,
}

/// The kinds of membership that can be bought, cheapest first, from the copy that the readers keep.
pub(super) async fn types_offered(tx: &Tx) -> Result<Vec<TypeOffered>> {
    let sql = "select title, audience, price_minor, currency, sample from reader_types
               where is_open = $1 order by price_minor, title limit 100";
    let rows = tx.all(sql, params![true]).await?;
    rows.iter()
        .map(|row| {
            let currency: String = row.get("currency")?;
            Ok(TypeOffered {
                title: row.get("title")?,
                audience: row.get("audience")?,
                price: Money {
                    minor: row.get("price_minor")?,
                    currency: Currency::from(currency.as_str()),
                },
                sample: row.get("sample")?,
            })
        })
        .collect()
}

/// Bumps the row of a rule that spans many rows, so that of two deciding at once one is run again.
pub(crate) async fn bump(tx: &Tx, name: &'static str) -> Result<()> {
    tx.lock(name).await?;
    let row = tx.one("select version from heads where name = $1", params![name]).await?;
    let sql = "update heads set version = version + 1 where name = $1 and version = $2";
    tx.one_or_conflict(sql, params![name, row.get::<i64>("version")?]).await
}
