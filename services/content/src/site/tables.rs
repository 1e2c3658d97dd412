//! Tables `pages`, `page_revisions` and `page_texts`, and the copies that live blocks show: the only
//! file of this slice that speaks SQL.

use chassis::ui::Wanted;
use chassis::{Error, Result, Row, Tx, params};
use contracts::shared::Audience;
use contracts::{Currency, Money, PageId};

use super::domain::{Block, Front, Page, State};
use super::render;
use crate::search::domain::fold;

/// Pages that are rendered again in one transaction.
const HANDFUL: i64 = 50;

const COLUMNS: &str =
    "page_id, path, known_path, title, summary, topic, byline, dated, language, audience, state,
                       markdown, blocks, changed_at, version";

/// A page by its id.
pub(crate) async fn load(tx: &Tx, id: PageId) -> Result<Option<Page>> {
    let sql = format!("select {COLUMNS} from pages where page_id = $1");
    tx.first(&sql, params![id]).await?.as_ref().map(read).transpose()
}

/// The page that visitors get at a path.
pub(crate) async fn published_at(tx: &Tx, path: &str) -> Result<Option<Page>> {
    // Without the Markdown: it is long, and only editors read it.
    let columns = COLUMNS.replace("markdown", "'' as markdown");
    let sql = format!("select {columns} from pages where path = $1 and state = 'published'");
    tx.first(&sql, params![path]).await?.as_ref().map(read).transpose()
}

/// The published pages at and below a path, by path.
pub(super) async fn part(tx: &Tx, root: &str) -> Result<Vec<Place>> {
    let sql = "select path, title, audience from pages
               where state = 'published' and (path = $1 or path like $2 escape '\\') order by path limit 30";
    let below = format!("{}/%", root.replace('_', "\\_"));
    tx.all(sql, params![root, below]).await?.iter().map(place).collect()
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
    let sql = "insert into pages (page_id, version, path, title, summary, topic, byline, dated, language, audience,
                                  folded, state, markdown, blocks, changed_at, known_path, renderer)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    tx.run(sql, row(page)?).await?;
    keep_revision(tx, page).await
}

/// Stores a page over the row it was loaded from.
pub(super) async fn save(tx: &Tx, page: Page) -> Result<Page> {
    let sql = "update pages
               set path = $3, title = $4, summary = $5, topic = $6, byline = $7, dated = $8, language = $9,
                   audience = $10, folded = $11, state = $12, markdown = $13, blocks = $14, changed_at = $15,
                   known_path = $16, renderer = $17, version = version + 1
               where page_id = $1 and version = $2";
    tx.one_or_conflict(sql, row(&page)?).await?;
    let page = Page { version: page.version + 1, ..page };
    keep_revision(tx, &page).await?;
    Ok(page)
}

fn row(page: &Page) -> Result<Vec<chassis::Value>> {
    let front = &page.front;
    Ok(params![
        page.id,
        page.version,
        &front.path,
        &front.title,
        &front.summary,
        &front.topic,
        &front.byline,
        front.dated,
        &front.language,
        front.audience.as_str(),
        folded(front),
        page.state.as_str(),
        &page.markdown,
        serde_json::to_value(&page.blocks)?,
        page.changed_at,
        page.known_path.clone(),
        render::VERSION
    ])
}

/// The head of a page as the search looks through it.
fn folded(front: &Front) -> String {
    fold(&[&*front.title, &front.summary, &front.topic, &front.byline].join(" "))
}

/// Keeps what a page says to each audience in place of what it said before.
pub(super) async fn keep_texts(tx: &Tx, id: PageId, texts: &[(Audience, String)]) -> Result<()> {
    tx.run("delete from page_texts where page_id = $1", params![id]).await?;
    for (audience, words) in texts {
        let sql =
            "insert into page_texts (page_id, audience, words, folded) values ($1, $2, $3, $4)";
        tx.run(sql, params![id, audience.as_str(), words, fold(words)]).await?;
    }
    Ok(())
}

/// A handful of the pages that an older renderer made.
pub(super) async fn rendered_before(tx: &Tx, renderer: i64) -> Result<Vec<Page>> {
    let sql =
        format!("select {COLUMNS} from pages where renderer < $1 order by page_id limit {HANDFUL}");
    tx.all(&sql, params![renderer]).await?.iter().map(read).collect()
}

/// Stores what this renderer made of a page that is otherwise as it was.
pub(super) async fn put_rendered(tx: &Tx, page: &Page, blocks: &[Block]) -> Result<()> {
    let sql = "update pages set blocks = $3, folded = $4, renderer = $5 where page_id = $1 and version = $2";
    let blocks = serde_json::to_value(blocks)?;
    let row = params![page.id, page.version, blocks, folded(&page.front), render::VERSION];
    tx.one_or_conflict(sql, row).await
}

async fn keep_revision(tx: &Tx, page: &Page) -> Result<()> {
    let sql = "insert into page_revisions (page_id, version, path, title, summary, topic, byline, dated, language,
                                           audience, markdown, actor, at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let front = &page.front;
    let row = params![
        page.id,
        page.version,
        &front.path,
        &front.title,
        &front.summary,
        &front.topic,
        &front.byline,
        front.dated,
        &front.language,
        front.audience.as_str(),
        &page.markdown,
        tx.actor().to_string(),
        tx.now()
    ];
    tx.run(sql, row).await.map(drop)
}

/// Head and text of a page as it was when it had `version`.
pub(super) async fn revision(tx: &Tx, id: PageId, version: i64) -> Result<Option<(Front, String)>> {
    let sql = "select path, title, summary, topic, byline, dated, language, audience, markdown
               from page_revisions where page_id = $1 and version = $2";
    let row = tx.first(sql, params![id, version]).await?;
    row.map(|row| Ok((front(&row)?, row.get("markdown")?))).transpose()
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

/// The pages that an editor wants to see.
pub(super) async fn listed(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let kind = match wanted.chosen("kind") {
        Some("article") => "path like '/news/%'",
        Some(_) => "path not like '/news/%'",
        None => "1 = 1",
    };
    let params = params![
        wanted.pattern(),
        wanted.chosen("state").unwrap_or_default(),
        wanted.chosen("audience").unwrap_or_default()
    ];
    let keys = [("changed", "changed_at"), ("title", "title"), ("path", "path")];
    let seek = wanted.seek(&keys, "page_id", params);
    let sql = format!(
        r"select page_id, path, title, audience, state, changed_at from pages
          where (folded like $1 escape '\' or path like $1 escape '\')
            and ($2 = '' or state = $2) and ($3 = '' or audience = $3) and {kind} and {}
          order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
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

/// Where a page stands, what it is called, whom it is for.
pub(super) struct Place {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) audience: Audience,
}

/// The pages that visitors can get: where somebody lost may have wanted to go.
pub(super) async fn places(tx: &Tx) -> Result<Vec<Place>> {
    let sql = "select path, title, audience from pages where state = 'published'
               order by changed_at desc, page_id limit 1000";
    tx.all(sql, params![]).await?.iter().map(place).collect()
}

fn place(row: &Row) -> Result<Place> {
    Ok(Place { path: row.get("path")?, title: row.get("title")?, audience: audience(row)? })
}

fn audience(row: &Row) -> Result<Audience> {
    Ok(Audience::from(row.get::<String>("audience")?.as_str()))
}

fn front(row: &Row) -> Result<Front> {
    Ok(Front {
        path: row.get("path")?,
        title: row.get("title")?,
        summary: row.get("summary")?,
        topic: row.get("topic")?,
        byline: row.get("byline")?,
        dated: row.get("dated")?,
        language: row.get("language")?,
        audience: audience(row)?,
    })
}

fn read(row: &Row) -> Result<Page> {
    let state: String = row.get("state")?;
    let state = match state.as_str() {
        "draft" => State::Draft,
        "published" => State::Published,
        other => return Err(Error::internal(format!("a page has the state {other}"))),
    };
    Ok(Page {
        id: row.get("page_id")?,
        front: front(row)?,
        known_path: row.get("known_path")?,
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
