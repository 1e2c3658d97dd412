//! The menu: what all services declared, in the order and with the names the editors gave it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use contracts::content::MenuEntry;
use contracts::shared::NavigationEntry;
use messaging::{Db, Result, Tx};

use super::Reader;

/// All entries, in order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Menu(Vec<NavigationEntry>);

/// One entry as a reader sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) path: &'a str,
    pub(crate) label: &'a str,
    /// Whether the page shown stands at or below it.
    pub(crate) current: bool,
}

impl Menu {
    fn arranged(declared: Vec<NavigationEntry>, changes: Vec<MenuEntry>) -> Self {
        let mut changes: HashMap<String, MenuEntry> =
            changes.into_iter().map(|change| (change.path.clone(), change)).collect();
        let mut entries: Vec<NavigationEntry> = declared
            .into_iter()
            .filter_map(|mut entry| match changes.remove(&entry.path) {
                Some(change) if change.hidden => None,
                Some(change) => {
                    entry.place = change.place;
                    if let Some(label) = change.label {
                        entry.label = label;
                        entry.language = change.language;
                    }
                    Some(entry)
                }
                None => Some(entry),
            })
            .collect();
        entries.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
        Self(entries)
    }

    /// What `reader` sees of it on the page at `path`.
    pub(crate) fn seen_by(&self, reader: &Reader, today: NaiveDate, path: &str) -> Vec<Entry<'_>> {
        self.0
            .iter()
            .filter(|entry| reader.is_among(&entry.audience, today))
            .map(|entry| Entry {
                path: &entry.path,
                label: &entry.label,
                current: path
                    .strip_prefix(entry.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            })
            .collect()
    }
}

/// The menu in memory, until a message may have changed it.
#[derive(Default)]
pub(crate) struct MenuCache(Mutex<Option<(u64, Arc<Menu>)>>);

impl MenuCache {
    /// The menu as it was last read, without asking the database.
    pub(crate) fn last(&self) -> Arc<Menu> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.as_ref().map_or_else(Arc::default, |(_, menu)| Arc::clone(menu))
    }

    /// The menu as of now.
    pub(crate) async fn get(&self, db: &Db) -> Result<Arc<Menu>> {
        // Looked at before reading: a move in between makes the next request read again.
        let moves = *db.cursor_moves().borrow();
        if let Some((read_at, menu)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && *read_at == moves
        {
            return Ok(Arc::clone(menu));
        }
        let menu = Arc::new(db.read(read).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((moves, Arc::clone(&menu)));
        Ok(menu)
    }
}

async fn read(tx: &Tx) -> Result<Menu> {
    let declared = entries(tx, "select entries from reader_navigation order by service").await?;
    let changes = entries(tx, "select entries from reader_menu order by id").await?;
    Ok(Menu::arranged(declared, changes))
}

async fn entries<T: serde::de::DeserializeOwned>(tx: &Tx, sql: &str) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for row in tx.all(sql, Vec::new()).await? {
        all.extend(serde_json::from_value::<Vec<T>>(row.get("entries")?)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use contracts::shared::Audience;

    use super::*;

    fn entry(path: &str, place: i64, audience: Audience) -> NavigationEntry {
        let (path, label, language) = (path.to_owned(), path.to_owned(), "en".to_owned());
        NavigationEntry { path, label, language, place, audience }
    }

    fn change(path: &str, place: i64, label: Option<&str>, hidden: bool) -> MenuEntry {
        let (path, label) = (path.to_owned(), label.map(str::to_owned));
        MenuEntry { path, label, language: "en".to_owned(), place, hidden }
    }

    fn menu(changes: Vec<MenuEntry>) -> Menu {
        let declared = vec![
            entry("/membership", 1, Audience::Public),
            entry("/learning", 2, Audience::Public),
            entry("/staff/commerce", 3, Audience::Staff),
        ];
        Menu::arranged(declared, changes)
    }

    fn labels(menu: &Menu) -> Vec<String> {
        let seen = menu.seen_by(&Reader::default(), NaiveDate::default(), "/membership/join");
        seen.iter()
            .map(|entry| format!("{}{}", entry.label, if entry.current { "*" } else { "" }))
            .collect()
    }

    #[test]
    fn a_stranger_sees_public_entries_and_where_they_are() {
        assert_eq!(labels(&menu(vec![])), ["/membership*", "/learning"]);
    }

    #[test]
    fn editors_reorder_rename_and_hide() {
        let changes = vec![change("/learning", 0, Some("Learn"), false)];
        assert_eq!(labels(&menu(changes)), ["Learn", "/membership*"]);
        let changes = vec![change("/learning", 0, None, true)];
        assert_eq!(labels(&menu(changes)), ["/membership*"]);
    }
}
