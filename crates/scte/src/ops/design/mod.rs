//! `/ops/design`: every component of the site in every state, made by the components themselves.
//! What can be tried here works on sample rows and changes nothing.
//!
//! Read in this order: the page here, the parts of it that are alive, the samples.

mod alive;
mod samples;
mod tables;

use askama::Template;
use chassis::assets::{Pair, contrast};
use chassis::ui::{Asked, History, Listed, Markup, Timeline, spectrum};
use chassis::{Answer, Anyone, Choice, FieldError, Fields, Page, Result, Routes};

pub(super) fn routes(routes: Routes) -> Routes {
    alive::routes(routes.get("/ops/design", show_design))
}

/// The sections, as the page's own ways in name them.
const SECTIONS: [(&str, &str); 12] = [
    ("type", "Type"),
    ("colour", "Colour"),
    ("buttons", "Buttons"),
    ("forms", "Forms"),
    ("notices", "Notices"),
    ("states", "States"),
    ("tables", "Tables"),
    ("lists", "Lists"),
    ("surfaces", "Surfaces"),
    ("process", "Process"),
    ("charts", "Charts"),
    ("identity", "Identity"),
];

/// The tokens that have a swatch, and what each is for.
const SWATCHES: [(&str, &str); 11] = [
    ("paper", "the page"),
    ("wash", "quiet surface"),
    ("sunk", "pressed, track"),
    ("line", "hairline"),
    ("edge", "control border"),
    ("soft", "second text"),
    ("ink", "text, act"),
    ("accent", "copper: link, current"),
    ("ok", "done"),
    ("warn", "mind this"),
    ("bad", "failed"),
];

/// How many rows of the sample list stand on this page; its own page has them all.
const ROWS: usize = 6;

#[derive(Template)]
#[template(path = "ops/design/page.html")]
struct Design {
    sections: [(&'static str, &'static str); 12],
    swatches: [(&'static str, &'static str); 11],
    pairs: Vec<Pair>,
    form: Markup,
    /// A form in which something is wrong.
    wrong: Fields,
    kinds: Vec<Choice>,
    list: Markup,
    timeline: Timeline,
    history: History,
    spectrum: &'static Markup,
    charts: samples::Charts,
    /// A moment a quarter of an hour from now, for the countdown.
    until: String,
    until_says: String,
    until_seconds: i64,
    as_of: String,
}

/// `GET /ops/design`: for everybody; nothing on it is secret.
async fn show_design(page: Page<Anyone>) -> Answer {
    let list = alive::list();
    let few = async |tx: &chassis::Tx, wanted: &chassis::ui::Wanted| {
        let mut rows = tables::rows(tx, wanted).await?;
        rows.truncate(ROWS);
        Ok(rows)
    };
    let table = match page.listed(&list, &Asked::default(), few).await? {
        Listed::Table(table) => table,
        Listed::File(answer) => return Ok(answer),
    };
    let site = page.app().site();
    let nothing: [uuid::Uuid; 0] = [];
    let history = page.read(async |tx| History::read(tx, site, "sample", &nothing).await).await?;
    let until = page.now() + chrono::TimeDelta::minutes(15);
    let design = Design {
        sections: SECTIONS,
        swatches: SWATCHES,
        pairs: contrast(),
        form: form(&page.blank())?,
        wrong: Fields::default().fill("wrong_address", "dana.example").wrong(vec![
            field_error("wrong_address", "enter an e-mail address with an @"),
            field_error("wrong_kind", "choose one"),
        ]),
        kinds: kinds(),
        list: table,
        timeline: samples::timeline(),
        history,
        spectrum: spectrum::plant(),
        charts: samples::charts(),
        until: until.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        until_says: until.with_timezone(&site.zone).format("%H:%M %Z").to_string(),
        until_seconds: 15 * 60,
        as_of: page.now().with_timezone(&site.zone).format("%H:%M").to_string(),
    };
    page.show("Design", &design)
}

#[derive(Template)]
#[template(path = "ops/design/form.html")]
struct FormHtml<'a> {
    fields: &'a Fields,
    chapters: Vec<Choice>,
    kinds: Vec<Choice>,
    notices: Vec<Choice>,
}

/// A form with every kind of control.
fn form(fields: &Fields) -> Result<Markup> {
    let chapters = ["Rocky Mountain", "Cactus", "New England"];
    let kind = |value: &str, label: &str| Choice::new(value, label);
    Markup::of(&FormHtml {
        fields,
        chapters: chapters.iter().map(|name| Choice::new(name, *name)).collect(),
        kinds: kinds(),
        notices: vec![
            kind("receipts", "Receipts").hinted("Each payment."),
            kind("news", "News of the society"),
            kind("events", "Events").barred("There are none yet."),
        ],
    })
}

fn kinds() -> Vec<Choice> {
    vec![
        Choice::new("member", "Member").priced("$119.00 sample").hinted("With a price and a hint."),
        Choice::new("student", "Student").priced("$24.00 sample"),
        Choice::new("life", "Life member").barred("By decision of the board only."),
    ]
}

fn field_error(field: &str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), message: message.to_owned() }
}
