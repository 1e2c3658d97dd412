//! What is found in tables `pages` and `page_texts`: the only file of this slice that speaks SQL.

use std::fmt::Write as _;

use chassis::ui::list::containing;
use chassis::{Result, Tx, Value, params};
use contracts::PageId;

use super::domain::Hit;

/// Pages that are looked through: those changed last. There are far fewer as long as editors write
/// them by hand; the search service has an index.
const LOOKED_THROUGH: i64 = 2_000;

/// The published pages for these audiences (quoted, in a list) whose head or whose text for them has
/// all the words; what is for others is not looked into. At most `most`.
pub(super) async fn find(
    tx: &Tx,
    audiences: &str,
    words: &[String],
    most: i64,
) -> Result<Vec<Hit>> {
    let mut all_words = String::new();
    let mut values: Vec<Value> = params![most];
    for word in words {
        values.extend(params![containing(word)]);
        let _ = write!(
            all_words,
            " and (folded like ${n} escape '\\' or exists (select 1 from page_texts
               where page_texts.page_id = looked.page_id and page_texts.audience in ({audiences})
                 and page_texts.folded like ${n} escape '\\'))",
            n = values.len()
        );
    }
    let sql = format!(
        "select page_id, path, title, summary, topic, dated,
                (audience = 'members' or exists (select 1 from page_texts
                    where page_texts.page_id = looked.page_id and page_texts.audience = 'members')) as for_members
         from (select page_id, path, title, summary, topic, dated, audience, folded from pages
               where state = 'published' and audience in ({audiences})
               order by changed_at desc, page_id limit {LOOKED_THROUGH}) looked
         where folded is not null{all_words}
         limit $1"
    );
    let rows = tx.all(&sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Hit {
                id: row.get("page_id")?,
                path: row.get("path")?,
                title: row.get("title")?,
                summary: row.get("summary")?,
                topic: row.get("topic")?,
                dated: row.get("dated")?,
                for_members: row.get("for_members")?,
            })
        })
        .collect()
}

/// What a page says to these audiences.
pub(super) async fn said(tx: &Tx, audiences: &str, page: PageId) -> Result<Vec<String>> {
    let sql = format!(
        "select words from page_texts where page_id = $1 and audience in ({audiences}) order by audience desc"
    );
    tx.all(&sql, params![page]).await?.iter().map(|row| row.get("words")).collect()
}
