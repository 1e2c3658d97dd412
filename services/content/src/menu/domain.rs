//! How the menu differs from what the services declared. Pure: no database, no clock, no HTTP.

use contracts::content::MenuEntry;
use contracts::shared::{Audience, NavigationEntry};

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
    sorted(declared.iter().map(|entry| (entry.clone(), line(entry))).collect())
}

/// Where in the frame an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// In the menu of every page.
    Main,
    /// In the footer alone.
    Footer,
    /// With the reader's name.
    Personal,
    /// In the console of staff.
    Staff,
}

/// From this place on an entry stands in the footer alone.
const FOOTER: i64 = 1_000;

impl Area {
    pub(super) const ALL: [Self; 4] = [Self::Main, Self::Footer, Self::Personal, Self::Staff];

    /// Where an entry for `audience` stands at `place`.
    pub(super) fn of(audience: &Audience, place: i64) -> Self {
        match audience {
            Audience::Public | Audience::Members if place >= FOOTER => Self::Footer,
            Audience::Public | Audience::Members => Self::Main,
            Audience::SignedIn => Self::Personal,
            Audience::Staff | Audience::Unknown(_) => Self::Staff,
        }
    }
}

/// How an entry is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Up,
    Down,
    /// From the menu to the footer, or back.
    Across,
}

impl Step {
    /// A step as the form names it, and the path of the entry: `up:/about`.
    pub(super) fn read(act: &str) -> Option<(Self, &str)> {
        let (step, path) = act.split_once(':')?;
        let step = match step {
            "up" => Self::Up,
            "down" => Self::Down,
            "across" => Self::Across,
            _ => return None,
        };
        Some((step, path))
    }
}

type Lines = Vec<(NavigationEntry, Line)>;

/// The lines after one of them was moved. Places are renumbered as little as it takes.
pub(super) fn moved(mut lines: Lines, step: Step, path: &str) -> Lines {
    let Some(at) = lines.iter().position(|(entry, _)| entry.path == path) else { return lines };
    let area = |(entry, line): &(NavigationEntry, Line)| Area::of(&entry.audience, line.place);
    let Some(here) = lines.get(at).map(area) else { return lines };
    if step == Step::Across {
        let by = if here == Area::Main { FOOTER } else { -FOOTER };
        if let Some((_, line)) =
            lines.get_mut(at).filter(|_| matches!(here, Area::Main | Area::Footer))
        {
            line.place += by;
        }
        return sorted(lines);
    }
    let peers: Vec<usize> =
        (0..lines.len()).filter(|at| lines.get(*at).map(area) == Some(here)).collect();
    let among = peers.iter().position(|peer| *peer == at).unwrap_or_default();
    let other = if step == Step::Up { among.checked_sub(1) } else { Some(among + 1) };
    let Some(other) = other.and_then(|other| peers.get(other)) else { return lines };
    let mut places: Vec<i64> =
        peers.iter().filter_map(|at| lines.get(*at)).map(|(_, line)| line.place).collect();
    for at in 1..places.len() {
        if let [before, place] = places.get_mut(at - 1..=at).unwrap_or_default() {
            *place = (*place).max(*before + 1);
        }
    }
    lines.swap(at, *other);
    for (peer, place) in peers.into_iter().zip(places) {
        if let Some((_, line)) = lines.get_mut(peer) {
            line.place = place;
        }
    }
    sorted(lines)
}

fn sorted(mut lines: Lines) -> Lines {
    lines.sort_by(|(_, a), (_, b)| (a.place, &a.path).cmp(&(b.place, &b.path)));
    lines
}

/// What the menu says to a reader of these audiences in one area, in order.
pub(super) fn seen(
    lines: &[(NavigationEntry, Line)],
    area: Area,
    audiences: &[Audience],
) -> Vec<String> {
    let shown = lines.iter().filter(|(entry, line)| {
        !line.hidden
            && Area::of(&entry.audience, line.place) == area
            && audiences.contains(&entry.audience)
    });
    let label = |(entry, line): &(NavigationEntry, Line)| {
        if line.label.is_empty() { entry.label.clone() } else { line.label.clone() }
    };
    shown.map(label).collect()
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

    fn order(lines: &Lines) -> Vec<(&str, i64)> {
        lines.iter().map(|(_, line)| (line.path.as_str(), line.place)).collect()
    }

    #[test]
    fn a_line_moves_among_its_own() {
        let mine = NavigationEntry { audience: Audience::SignedIn, ..declared("/mine", 2) };
        let declared = [declared("/a", 1), mine, declared("/b", 3), declared("/c", 3)];
        let start = lines(&declared, &[]);

        let up = moved(start.clone(), Step::Up, "/c");
        assert_eq!(order(&up), [("/a", 1), ("/mine", 2), ("/c", 3), ("/b", 4)]);
        let over = moved(start.clone(), Step::Up, "/b");
        assert_eq!(order(&over), [("/b", 1), ("/mine", 2), ("/a", 3), ("/c", 4)]);
        for (step, path) in [(Step::Up, "/a"), (Step::Down, "/c"), (Step::Up, "/none")] {
            assert_eq!(moved(start.clone(), step, path), start, "{path}");
        }
        let down = moved(start.clone(), Step::Down, "/mine");
        assert_eq!(down, start, "nobody else stands in that area");
    }

    #[test]
    fn a_line_moves_to_the_footer_and_back() {
        let start = lines(&[declared("/a", 1), declared("/b", 2)], &[]);
        let footer = moved(start.clone(), Step::Across, "/a");
        assert_eq!(order(&footer), [("/b", 2), ("/a", 1001)]);
        assert_eq!(seen(&footer, Area::Main, &[Audience::Public]), ["Label of /b"]);
        assert_eq!(seen(&footer, Area::Footer, &[Audience::Public]), ["Label of /a"]);
        assert_eq!(moved(footer, Step::Across, "/a"), start);
    }

    #[test]
    fn a_step_is_read_as_the_form_names_it() {
        assert_eq!(Step::read("up:/a"), Some((Step::Up, "/a")));
        assert_eq!(Step::read("save"), None);
        assert_eq!(Step::read("sideways:/a"), None);
    }
}
