//! How the menu differs from what the services declared. Pure: no database, no clock, no HTTP.

use contracts::content::MenuEntry;
use contracts::shared::NavigationEntry;

/// One line of the editors' form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) path: String,
    /// Empty keeps the declared label.
    pub(super) label: String,
    pub(super) place: i64,
    pub(super) hidden: bool,
}

/// The declared entries with what editors made of them, in the menu's order.
pub(super) fn lines(
    declared: &[NavigationEntry],
    changes: &[MenuEntry],
) -> Vec<(NavigationEntry, Line)> {
    let line = |entry: &NavigationEntry| {
        let change = changes.iter().find(|change| change.path == entry.path);
        Line {
            path: entry.path.clone(),
            label: change.and_then(|change| change.label.clone()).unwrap_or_default(),
            place: change.map_or(entry.place, |change| change.place),
            hidden: change.is_some_and(|change| change.hidden),
        }
    };
    let mut lines: Vec<_> = declared.iter().map(|entry| (entry.clone(), line(entry))).collect();
    lines.sort_by(|(_, a), (_, b)| (a.place, &a.path).cmp(&(b.place, &b.path)));
    lines
}

/// The entries that differ from their declaration. What nobody declares any more stays as it was,
/// because its service may only be away.
pub(super) fn differing(
    declared: &[NavigationEntry],
    before: &[MenuEntry],
    lines: &[Line],
) -> Vec<MenuEntry> {
    let gone = |entry: &&MenuEntry| declared.iter().all(|known| known.path != entry.path);
    let mut entries: Vec<MenuEntry> = before.iter().filter(gone).cloned().collect();
    for entry in declared {
        let Some(line) = lines.iter().find(|line| line.path == entry.path) else {
            entries.extend(before.iter().filter(|old| old.path == entry.path).cloned());
            continue;
        };
        let renamed = !line.label.is_empty() && line.label != entry.label;
        if renamed || line.hidden || line.place != entry.place {
            entries.push(MenuEntry {
                path: entry.path.clone(),
                label: renamed.then(|| line.label.clone()),
                language: entry.language.clone(),
                place: line.place,
                hidden: line.hidden,
            });
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use contracts::shared::Audience;

    use super::*;

    fn declared(path: &str, place: i64) -> NavigationEntry {
        let (path, label, language) =
            (path.to_owned(), format!("Label of {path}"), "en".to_owned());
        let audience = Audience::Public;
        NavigationEntry { path, label, language, place, audience, role: None, badge: false }
    }

    fn line(path: &str, label: &str, place: i64, hidden: bool) -> Line {
        Line { path: path.to_owned(), label: label.to_owned(), place, hidden }
    }

    #[test]
    fn only_what_differs_is_kept() {
        let declared = [declared("/a", 1), declared("/b", 2), declared("/c", 3)];
        let lines = [
            line("/a", "", 1, false),
            line("/b", "Bee", 2, false),
            line("/c", "Label of /c", 3, true),
        ];

        let entries = differing(&declared, &[], &lines);

        let kept: Vec<_> =
            entries.iter().map(|e| (e.path.as_str(), e.label.as_deref(), e.hidden)).collect();
        assert_eq!(kept, [("/b", Some("Bee"), false), ("/c", None, true)]);
    }

    #[test]
    fn what_its_service_does_not_declare_now_is_kept_as_it_was() {
        let before = differing(&[declared("/a", 1)], &[], &[line("/a", "Ay", 9, false)]);
        assert_eq!(differing(&[], &before, &[]), before);
        assert_eq!(differing(&[declared("/a", 1)], &before, &[]), before, "not in the form");
    }

    #[test]
    fn lines_stand_in_the_menus_order() {
        let declared = [declared("/a", 1), declared("/b", 2)];
        let changes = differing(&declared, &[], &[line("/a", "", 5, false)]);
        let lines = lines(&declared, &changes);
        let order: Vec<_> =
            lines.iter().map(|(_, line)| (line.path.as_str(), line.place)).collect();
        assert_eq!(order, [("/b", 2), ("/a", 5)]);
    }
}
