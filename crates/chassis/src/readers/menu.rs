//! The menu: what all services declared, in the order and with the names the editors gave it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use contracts::content::MenuEntry;
use contracts::shared::{Audience, NavigationEntry};
use messaging::{Db, Result, Tx};

use super::Reader;

/// All entries, in order, each with the service that declared it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Menu(Vec<(String, NavigationEntry)>);

/// One entry as a reader sees it.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) path: &'a str,
    pub(crate) label: &'a str,
    /// Smaller stands first.
    pub(crate) place: i64,
    /// Whether the page shown stands at or below it.
    pub(crate) current: bool,
    /// The service that counts what is due behind it.
    pub(crate) badge: Option<&'a str>,
}

/// What a reader sees of the menu, by where it stands.
#[derive(Debug, Default)]
pub(crate) struct Seen<'a> {
    /// What the site is about.
    pub(crate) main: Vec<Entry<'a>>,
    /// What is the reader's own.
    pub(crate) personal: Vec<Entry<'a>>,
    /// The console of staff.
    pub(crate) staff: Vec<Entry<'a>>,
}

impl Menu {
    /// What was declared, as the editors changed it.
    pub(crate) fn arranged(
        declared: Vec<(String, NavigationEntry)>,
        changes: Vec<MenuEntry>,
    ) -> Self {
        let mut changes: HashMap<String, MenuEntry> =
            changes.into_iter().map(|change| (change.path.clone(), change)).collect();
        let mut entries: Vec<(String, NavigationEntry)> = declared
            .into_iter()
            .filter_map(|(service, mut entry)| match changes.remove(&entry.path) {
                Some(change) if change.hidden => None,
                Some(change) => {
                    entry.place = change.place;
                    if let Some(label) = change.label {
                        entry.label = label;
                        entry.language = change.language;
                    }
                    Some((service, entry))
                }
                None => Some((service, entry)),
            })
            .collect();
        entries.sort_by(|(_, a), (_, b)| (a.place, &a.path).cmp(&(b.place, &b.path)));
        Self(entries)
    }

    /// What `reader` sees of it on the page at `path`. The most telling entry is the current one:
    /// below `/staff/commerce` and `/staff/commerce/tasks` it is the longer.
    pub(crate) fn seen_by(&self, reader: &Reader, today: NaiveDate, path: &str) -> Seen<'_> {
        let mut seen = Seen::default();
        let below = |entry: &str| {
            path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let shown = || {
            self.0.iter().filter(|(_, entry)| {
                reader.is_among(&entry.audience, today)
                    && entry.role.as_ref().is_none_or(|role| reader.has_role(role))
            })
        };
        let current = shown()
            .map(|(_, entry)| entry.path.as_str())
            .filter(|entry| below(entry))
            .max_by_key(|entry| entry.len());
        for (service, entry) in shown() {
            let area = match entry.audience {
                Audience::Public | Audience::Members => &mut seen.main,
                Audience::SignedIn => &mut seen.personal,
                Audience::Staff | Audience::Unknown(_) => &mut seen.staff,
            };
            area.push(Entry {
                path: &entry.path,
                label: &entry.label,
                place: entry.place,
                current: current == Some(entry.path.as_str()),
                badge: entry.badge.then_some(service.as_str()),
            });
        }
        seen
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
    let mut declared = Vec::new();
    let sql = "select service, entries from reader_navigation order by service";
    for row in tx.all(sql, Vec::new()).await? {
        let service: String = row.get("service")?;
        let entries: Vec<NavigationEntry> = serde_json::from_value(row.get("entries")?)?;
        declared.extend(entries.into_iter().map(|entry| (service.clone(), entry)));
    }
    let mut changes = Vec::new();
    for row in tx.all("select entries from reader_menu order by id", Vec::new()).await? {
        changes.extend(serde_json::from_value::<Vec<MenuEntry>>(row.get("entries")?)?);
    }
    Ok(Menu::arranged(declared, changes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, place: i64, audience: Audience) -> (String, NavigationEntry) {
        let (path, label, language) = (path.to_owned(), path.to_owned(), "en".to_owned());
        let entry =
            NavigationEntry { path, label, language, place, audience, role: None, badge: false };
        ("commerce".to_owned(), entry)
    }

    fn change(path: &str, place: i64, label: Option<&str>, hidden: bool) -> MenuEntry {
        let (path, label) = (path.to_owned(), label.map(str::to_owned));
        MenuEntry { path, label, language: "en".to_owned(), place, hidden }
    }

    fn menu(changes: Vec<MenuEntry>) -> Menu {
        let mut orders = entry("/staff/commerce", 3, Audience::Staff);
        orders.1.role = Some("staff.finance".to_owned());
        orders.1.badge = true;
        let declared = vec![
            entry("/membership", 1, Audience::Public),
            entry("/learning", 2, Audience::Public),
            entry("/billing", 2, Audience::SignedIn),
            orders,
            entry("/staff/commerce/tasks", 4, Audience::Staff),
        ];
        Menu::arranged(declared, changes)
    }

    fn labels(entries: &[Entry<'_>]) -> Vec<String> {
        entries
            .iter()
            .map(|entry| format!("{}{}", entry.label, if entry.current { "*" } else { "" }))
            .collect()
    }

    fn main_menu(changes: Vec<MenuEntry>) -> Vec<String> {
        let menu = menu(changes);
        let seen = menu.seen_by(&Reader::default(), NaiveDate::default(), "/membership/join");
        labels(&seen.main)
    }

    #[test]
    fn a_stranger_sees_public_entries_and_where_they_are() {
        assert_eq!(main_menu(vec![]), ["/membership*", "/learning"]);
    }

    #[test]
    fn editors_reorder_rename_and_hide() {
        let changes = vec![change("/learning", 0, Some("Learn"), false)];
        assert_eq!(main_menu(changes), ["Learn", "/membership*"]);
        let changes = vec![change("/learning", 0, None, true)];
        assert_eq!(main_menu(changes), ["/membership*"]);
    }

    #[test]
    fn nobody_is_led_to_a_door_that_stays_shut() {
        let menu = menu(vec![]);
        let mut reader = Reader::somebody(contracts::PersonId(uuid::Uuid::from_u128(1)));
        let staff =
            |reader: &Reader, path| labels(&menu.seen_by(reader, NaiveDate::default(), path).staff);
        assert!(staff(&reader, "/").is_empty());
        reader.roles = vec!["staff.content".to_owned()];
        assert_eq!(staff(&reader, "/"), ["/staff/commerce/tasks"], "needs staff.finance");
        reader.roles = vec!["staff.finance".to_owned()];
        let seen = menu.seen_by(&reader, NaiveDate::default(), "/staff/commerce/tasks/7");
        assert_eq!(labels(&seen.staff), ["/staff/commerce", "/staff/commerce/tasks*"]);
        assert_eq!(seen.staff[0].badge, Some("commerce"));
        assert_eq!(labels(&seen.personal), ["/billing"]);
    }
}
