//! Every page, as whoever reads it: accessible in light and dark and on a phone, valid, named, with no
//! complaint of the browser, and without a link that leads nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::inspect::{inspect, prepare};
use crate::list::{self, Entry, NO_PAGES};
use crate::reader::Browser;
use crate::routes::Routes;
use crate::site::{Site, submit};
use crate::stage::{Stage, Who, links};
use crate::window::Window;
use crate::{node, note, set, shots};

/// Where each page is kept in four variants, for people to look at.
const KEEP: &str = "SCTE_TEST_PAGES";

/// A fault, and the pages that have it.
type Faults = Mutex<BTreeMap<String, BTreeSet<String>>>;

fn add(faults: &Faults, entry: &Entry, found: impl IntoIterator<Item = String>) {
    let mut faults = faults.lock().unwrap();
    for fault in found {
        let sent = entry.sends.map_or("", |_| " sent");
        let page = format!("{}{sent} ({})", entry.path, entry.who.word());
        faults.entry(fault).or_default().insert(page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_as_a_page_should_be() {
    let site = Site::start();
    let stage = Stage::set(&site).await;
    let entries = list::all(&site, &Routes::told(), &stage).await;
    let sources = tempfile::tempdir().unwrap();
    for folder in ["pages", "mails"] {
        std::fs::create_dir(sources.path().join(folder)).unwrap();
    }
    let faults = Faults::default();

    let mut waiting: Vec<_> = Who::ALL
        .into_iter()
        .map(|who| entries.iter().filter(|entry| entry.who == who).cloned().collect::<Vec<_>>())
        .collect();
    waiting.sort_by_key(Vec::len);
    let waiting = Mutex::new(waiting);
    tokio::join!(
        looks((&site, &stage), &waiting, sources.path(), &faults),
        looks((&site, &stage), &waiting, sources.path(), &faults),
    );
    validate(sources.path(), &entries, &faults);

    note(&format!("{} pages were looked at", entries.len()));
    let faults = faults.into_inner().unwrap();
    let lines = faults.iter().map(|(fault, pages)| {
        let some: Vec<_> = pages.iter().take(4).map(String::as_str).collect();
        format!("{fault}\n      on {} of {}: {}", pages.len(), entries.len(), some.join(" "))
    });
    let lines: Vec<_> = lines.collect();
    assert!(faults.is_empty(), "{} faults\n  {}\n", lines.len(), lines.join("\n  "));
}

/// A window that takes one reader after the other.
async fn looks(
    (site, stage): (&Site, &Stage),
    waiting: &Mutex<Vec<Vec<Entry>>>,
    sources: &Path,
    faults: &Faults,
) {
    let window = Window::open(&site.origin).await;
    prepare(&window).await;
    let keep = set(KEEP).map(PathBuf::from);
    loop {
        let Some(entries) = waiting.lock().unwrap().pop() else { break };
        let Some(who) = entries.first().map(|entry| entry.who) else { continue };
        stage.sign_in(&window, who).await;
        let mut reader = stage.reader(site, who).await;
        let mut followed = BTreeSet::new();
        for entry in &entries {
            let mut source = reader.get(&entry.path).await;
            if let Some(action) = entry.sends {
                source = submit(&mut reader, &source, action, &[]).await;
            }
            if source.status != entry.status {
                add(faults, entry, [format!("answered with {}", source.status)]);
            }
            let file = sources.join(if entry.is_mail() { "mails" } else { "pages" });
            std::fs::write(file.join(format!("{}.html", file_of(entry))), &source.text).unwrap();
            let found = inspect(&window, entry, &source.text, async |size, scheme| {
                if let Some(folder) = &keep {
                    let name = format!("{}-{}-{}", file_of(entry), size.word(), scheme.word());
                    shots::whole(&window, &folder.join(name)).await;
                }
            });
            add(faults, entry, found.await);
            let links = links(&source).filter(|link| followed.insert(link.clone()));
            let dead = dead_ends(&mut reader.clone(), entry, links.collect()).await;
            add(faults, entry, dead);
        }
    }
    window.session.end().await;
}

/// A file name for a page that tells which it is.
fn file_of(entry: &Entry) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let path: String = entry.path.trim_start_matches('/').chars().map(letter).collect();
    let path: String = path.chars().take(120).collect();
    let sent = entry.sends.map_or("", |_| "-sent");
    format!("{}-{path}{sent}", entry.who.word())
}

/// Follows each link of a page within the site; says which lead nowhere. A page that says what does
/// not work says the same in another language.
async fn dead_ends(reader: &mut Browser, entry: &Entry, links: Vec<String>) -> Vec<String> {
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let mut dead = Vec::new();
    for link in links.iter().filter(|link| link.starts_with('/')) {
        let path = link.split('#').next().unwrap_or_default();
        let shown = reader.get(path).await;
        let again = bare(path) == bare(&entry.path) && shown.status == entry.status;
        if shown.status >= 400 && !again {
            dead.push(format!("{path} leads to {}", shown.status));
        }
    }
    dead
}

/// The end of a selector, without which one of many rows it is.
fn place(selector: &str) -> String {
    let parts: Vec<_> = selector.split(" > ").collect();
    let last = &parts[parts.len().saturating_sub(3)..];
    let bare = |part: &&str| part.split(":nth-child").next().unwrap_or_default().to_owned();
    last.iter().map(bare).collect::<Vec<_>>().join(" > ")
}

/// Has html-validate read every page as it was served.
fn validate(sources: &Path, entries: &[Entry], faults: &Faults) {
    // Checkboxes of one question share its name. A page that waits loads itself again where no script
    // runs: inside <noscript>, where axe, which reads pages with scripts, would miss it elsewhere. A
    // mail carries its styles with it: there is no other way for them to arrive.
    let shared = json!(["error", { "shared": ["radio", "button", "submit", "checkbox"] }]);
    for (folder, rule) in [("pages", "meta-refresh"), ("mails", "no-inline-style")] {
        let config = json!({
            "root": true,
            "extends": ["html-validate:recommended"],
            "rules": { "form-dup-name": shared, rule: "off" },
        });
        let file = sources.join(folder).join(".htmlvalidate.json");
        std::fs::write(file, config.to_string()).unwrap();
    }
    let program = node().join("node_modules/html-validate/bin/html-validate.mjs");
    // Into a file: it ends before a pipe has taken all of it.
    let told = sources.join("told.json");
    let mut judge = Command::new("node");
    judge.arg(program).args(["--formatter", "json", "."]).current_dir(sources);
    judge.stdout(std::fs::File::create(&told).unwrap()).status().unwrap();
    let told = std::fs::read_to_string(told).unwrap();
    let told: Value = serde_json::from_str(&told)
        .unwrap_or_else(|error| panic!("html-validate said no JSON: {error}: {told}"));
    for file in told.as_array().unwrap() {
        let name = file["filePath"].as_str().unwrap_or_default();
        let entry =
            entries.iter().find(|entry| name.ends_with(&format!("{}.html", file_of(entry))));
        let entry = entry.unwrap_or_else(|| panic!("{name} is no page"));
        let said = file["messages"].as_array().into_iter().flatten().map(|message| {
            let text = |key: &str| message[key].as_str().unwrap_or_default();
            format!("html {} · {} · {}", text("ruleId"), place(text("selector")), text("message"))
        });
        add(faults, entry, said);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_that_shows_a_page_is_on_the_list() {
    let site = Site::start();
    let stage = Stage::set(&site).await;
    let routes = Routes::told();
    let entries = list::all(&site, &routes, &stage).await;

    let no_page = |route: &str| {
        NO_PAGES.iter().any(|(shape, _)| {
            let (shape, route) = (shape.split('/'), route.split('/'));
            shape.clone().count() == route.clone().count()
                && shape.zip(route).all(|(one, other)| one.starts_with('{') || one == other)
        })
    };
    let listed = |route: &str| entries.iter().any(|entry| entry.route == route);
    let missing: Vec<_> = routes.all().filter(|route| !listed(route) && !no_page(route)).collect();
    assert!(missing.is_empty(), "add to list.rs who reads these: {missing:#?}");
}
