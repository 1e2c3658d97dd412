//! `/staff/content/menu`: order, rename and hide what the services declared.

use askama::Template;
use axum::http::StatusCode;
use chassis::ui::History;
use chassis::{Answer, Fields, Form, Page, Result, Routes, Staff, StaffContent, Tx};
use contracts::shared::{Audience, NavigationEntry};

use super::commands::ArrangeMenu;
use super::domain::{Area, Line, Step, lines, moved, seen};
use super::tables;
use crate::site::staff::Tabs;

type Editor = Page<Staff<StaffContent>>;

const PLACE: &str = "/staff/content/menu";

/// The field that names the entries of the form, once for each.
const PATHS: &str = "path[]";

/// The most entries a form is read for.
const MOST: usize = 200;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/content/menu", show_menu).post("/staff/content/menu", arrange)
}

/// An entry as the form shows it.
struct Row {
    entry: NavigationEntry,
    /// What is saved of it, when the form says something else.
    saved: Option<Line>,
}

/// The rows of an area.
struct Group {
    area: Area,
    rows: Vec<Row>,
}

impl Group {
    fn name(&self) -> &'static str {
        match self.area {
            Area::Main => "Main menu",
            Area::Footer => "Footer alone",
            Area::Personal => "With the reader\u{2019}s name",
            Area::Staff => "For staff",
        }
    }

    fn key(&self) -> &'static str {
        match self.area {
            Area::Main => "main",
            Area::Footer => "footer",
            Area::Personal => "personal",
            Area::Staff => "staff",
        }
    }

    /// Where an entry of it may be moved beside up and down.
    fn across(&self) -> Option<&'static str> {
        match self.area {
            Area::Main => Some("To the footer"),
            Area::Footer => Some("To the menu"),
            Area::Personal | Area::Staff => None,
        }
    }
}

#[derive(Template)]
#[template(path = "menu/edit.html")]
struct Edit {
    tabs: Tabs,
    groups: Vec<Group>,
    /// Whether the form says something else than what is saved.
    unsaved: bool,
    /// What readers see: who, and the labels.
    preview: Vec<(&'static str, Vec<String>)>,
    form: Fields,
    history: History,
}

/// `GET /staff/content/menu`.
async fn show_menu(page: Editor) -> Answer {
    let form = page.blank();
    show(&page, StatusCode::OK, form, None, None).await
}

/// Shows the menu, as it is saved or as `typed` says, and what readers would see of it.
async fn show(
    page: &Editor,
    status: StatusCode,
    form: Fields,
    typed: Option<Vec<(NavigationEntry, Line)>>,
    version: Option<&str>,
) -> Answer {
    let site = page.app().site();
    let (menu, declared, history) = page
        .read(async |tx: &Tx| {
            let menu = tables::load(tx).await?;
            let history = History::read(tx, site, "menu", &[menu.id]).await?;
            Ok((menu, tables::declared(tx).await?, history))
        })
        .await?;
    let saved = lines(&declared, &menu.entries);
    let shown = typed.unwrap_or_else(|| saved.clone());
    let version = version.map_or_else(|| menu.version.to_string(), str::to_owned);
    let mut form = form.with("version", version);
    // Fields go by the entry's path: in a form shown again the order may be another.
    for (entry, line) in &shown {
        form = form
            .with(PATHS, &entry.path)
            .with(&format!("place:{}", entry.path), line.place)
            .fill(&format!("label:{}", entry.path), &line.label)
            .fill(&format!("hidden:{}", entry.path), if line.hidden { "yes" } else { "" });
    }
    let preview = preview(&shown);
    let groups = groups(shown, &saved);
    let unsaved = groups.iter().flat_map(|group| &group.rows).any(|row| row.saved.is_some());
    let tabs = Tabs { here: PLACE };
    page.show_as(status, "Menu", &Edit { tabs, groups, unsaved, preview, form, history })
}

fn groups(shown: Vec<(NavigationEntry, Line)>, saved: &[(NavigationEntry, Line)]) -> Vec<Group> {
    let mut groups = Area::ALL.map(|area| Group { area, rows: Vec::new() });
    for (entry, line) in shown {
        let area = Area::of(&entry.audience, line.place);
        let before = saved.iter().find(|(other, _)| other.path == entry.path);
        let before = before.map(|(_, saved)| saved.clone()).filter(|saved| *saved != line);
        let group = groups.iter_mut().find(|group| group.area == area);
        if let Some(group) = group {
            group.rows.push(Row { entry, saved: before });
        }
    }
    groups.into_iter().filter(|group| !group.rows.is_empty()).collect()
}

fn preview(shown: &[(NavigationEntry, Line)]) -> Vec<(&'static str, Vec<String>)> {
    let open = [Audience::Public];
    let own = [Audience::Public, Audience::SignedIn];
    let members = [Audience::Public, Audience::SignedIn, Audience::Members];
    vec![
        ("A stranger, menu", seen(shown, Area::Main, &open)),
        ("A member, menu", seen(shown, Area::Main, &members)),
        ("With a name", seen(shown, Area::Personal, &own)),
        ("Footer", seen(shown, Area::Footer, &open)),
        ("Staff with all roles", seen(shown, Area::Staff, &[Audience::Staff])),
    ]
}

/// `POST /staff/content/menu`: saves; or moves an entry in the form, with nothing saved.
async fn arrange(page: Editor, form: Form) -> Answer {
    if let Some((step, path)) = form.value("act").and_then(Step::read) {
        let typed = moved(typed(&page, &form).await?, step, path);
        let version = form.value("version").unwrap_or_default();
        return show(&page, StatusCode::OK, page.typed(&form), Some(typed), Some(version)).await;
    }
    let outcome = page.execute_read(&form, read(&form)).await;
    match outcome {
        Ok(()) => page.to(PLACE),
        Err(error) => {
            // Who was told of another's arrangement saves over it with open eyes; nobody else does.
            let stale = error.code() == "menu_changed";
            let version = form.value("version").filter(|_| !stale);
            let (fields, status) = page.again(&form, error)?;
            let typed = typed(&page, &form).await?;
            show(&page, status, fields, Some(typed), version).await
        }
    }
}

/// The lines as the form says them, whatever is wrong with it; those it does not name as they are.
async fn typed(page: &Editor, form: &Form) -> Result<Vec<(NavigationEntry, Line)>> {
    let saved = page
        .read(async |tx: &Tx| {
            let menu = tables::load(tx).await?;
            Ok(lines(&tables::declared(tx).await?, &menu.entries))
        })
        .await?;
    let named: Vec<&str> = form.values(PATHS).take(MOST).collect();
    let typed = saved.into_iter().map(|(entry, line)| {
        if !named.contains(&entry.path.as_str()) {
            return (entry, line);
        }
        let said = |name: &str| form.value(&format!("{name}:{}", entry.path));
        let line = Line {
            label: said("label").unwrap_or_default().trim().to_owned(),
            place: said("place").and_then(|place| place.parse().ok()).unwrap_or(line.place),
            hidden: said("hidden").is_some(),
            path: line.path,
        };
        (entry, line)
    });
    let mut typed: Vec<_> = typed.collect();
    typed.sort_by(|(_, a), (_, b)| (a.place, &a.path).cmp(&(b.place, &b.path)));
    Ok(typed)
}

fn read(form: &Form) -> Result<ArrangeMenu> {
    let mut read = form.read();
    let version = read.number("version", 0..=i64::MAX);
    let mut fields = Vec::new();
    for path in form.values(PATHS).take(MOST) {
        let label = read.text(&format!("label:{path}"), 0..=60);
        let place = read.number(&format!("place:{path}"), -10_000..=10_000);
        fields.push((path.to_owned(), label, place, read.flag(&format!("hidden:{path}"))));
    }
    read.done()?;
    let lines = fields.into_iter().map(|(path, label, place, hidden)| Line {
        path,
        label: label.take(),
        place: place.take(),
        hidden: hidden.take(),
    });
    Ok(ArrangeMenu { version: version.take(), lines: lines.collect() })
}
