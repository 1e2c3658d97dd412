//! Joining: what to choose, then who it is for with the whole sum, then the application.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::When;
use chassis::{Answer, Anyone, Choice, Fields, Form, Page, Result, Routes, SignedIn};
use contracts::membership::{Chapter, MembershipType};
use contracts::{ChapterId, MembershipTypeId, PersonId};
use serde::Deserialize;

use super::super::commands::SubmitApplication;
use super::super::domain;
use crate::words::Dues;
use crate::{chapters, people, terms, types, words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/membership/join", show_choices)
        .get("/membership/join/details", show_details)
        .post("/membership/join", apply)
        .limit(20)
}

/// What was chosen, as it came; what cannot be read is as if it had not been chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    r#type: String,
    chapter: String,
}

impl Chosen {
    fn of(form: &Form) -> Self {
        let value = |name| form.value(name).unwrap_or_default().to_owned();
        Self { r#type: value("type"), chapter: value("chapter") }
    }

    /// The page on which it was chosen.
    fn path(&self, page: &str) -> String {
        // Ids only: nothing that would have to be encoded.
        let id =
            |text: &str| text.parse::<uuid::Uuid>().map(|id| id.to_string()).unwrap_or_default();
        format!("{page}?type={}&chapter={}", id(&self.r#type), id(&self.chapter))
    }
}

/// What there is to choose from, and where the reader stands.
struct Offer {
    kinds: Vec<MembershipType>,
    chapters: Vec<Chapter>,
    /// The reader's name, as far as known.
    name: String,
    standing: Standing,
}

/// Why there is nothing to join for this reader, if so.
#[derive(Default)]
struct Standing {
    /// Until when they are a member.
    member: Option<When>,
    /// The page of the application that waits for payment.
    open: Option<String>,
}

impl Standing {
    fn may_apply(&self) -> bool {
        self.member.is_none() && self.open.is_none()
    }
}

impl Offer {
    async fn read<R: chassis::page::Role>(page: &Page<R>) -> Result<Self> {
        let (reader, today) = (page.reader().person, page.today());
        page.read(async |tx| {
            let kinds = types::tables::all(tx).await?;
            let chapters = chapters::tables::all(tx).await?;
            let Some(person) = reader else {
                let (name, standing) = (String::new(), Standing::default());
                return Ok(Self { kinds, chapters, name, standing });
            };
            let held = terms::tables::held_by(tx, person).await?;
            let known = people::tables::load(tx, person).await?;
            let open = known.as_ref().and_then(|person| person.open_application);
            let standing = Standing {
                member: terms::pages::member_until(&held, today),
                open: open.map(|id| format!("/membership/applications/{id}")),
            };
            let name = known.and_then(|person| person.name).unwrap_or_default();
            Ok(Self { kinds, chapters, name, standing })
        })
        .await
    }

    /// The kinds that can be bought.
    fn sold(&self) -> impl Iterator<Item = &MembershipType> {
        self.kinds.iter().filter(|kind| kind.open)
    }

    /// The kind and the chapter that were chosen; nothing when there are no such.
    fn find(&self, chosen: &Chosen) -> Option<(&MembershipType, Option<&Chapter>)> {
        let type_id = chosen.r#type.parse::<MembershipTypeId>().ok()?;
        let kind = self.sold().find(|kind| kind.type_id == type_id)?;
        if chosen.chapter.is_empty() {
            return Some((kind, None));
        }
        let chapter_id = chosen.chapter.parse::<ChapterId>().ok()?;
        let chapter = self.chapters.iter().find(|chapter| chapter.chapter_id == chapter_id)?;
        Some((kind, Some(chapter)))
    }
}

#[derive(Template)]
#[template(path = "applications/choose.html")]
struct Choose {
    fields: Fields,
    standing: Standing,
    kinds: Vec<Choice>,
    chapters: Vec<Choice>,
    /// What a year costs: of the society, and of a chapter.
    national: Option<Span>,
    local: Option<Span>,
    /// What else there is: the title and for whom.
    others: Vec<(String, String)>,
}

/// `GET /membership/join?type=&chapter=`: what there is to choose; shown to everybody.
async fn show_choices(page: Page<Anyone>, Query(chosen): Query<Chosen>) -> Answer {
    choose(&page, Fields::default(), &chosen, StatusCode::OK).await
}

async fn choose<R: chassis::page::Role>(
    page: &Page<R>,
    fields: Fields,
    chosen: &Chosen,
    status: StatusCode,
) -> Answer {
    let offer = Offer::read(page).await?;
    let first = offer.sold().next().map(|kind| kind.type_id.to_string()).unwrap_or_default();
    let kind = if chosen.r#type.is_empty() { &first } else { &chosen.r#type };
    let none = Choice::new("", "No chapter now");
    let template = Choose {
        fields: fields.fill("type", kind).fill("chapter", &chosen.chapter),
        kinds: offer.sold().map(kind_choice).collect(),
        chapters: std::iter::once(none).chain(offer.chapters.iter().map(chapter_choice)).collect(),
        national: Span::of(offer.sold().map(Dues::of_type)),
        local: Span::of(offer.chapters.iter().map(Dues::of_chapter)),
        others: others(&offer.kinds),
        standing: offer.standing,
    };
    page.show_as(status, "Join SCTE", &template)
}

fn kind_choice(kind: &MembershipType) -> Choice {
    Choice::new(kind.type_id, &kind.title)
        .priced(Dues::of_type(kind).to_string())
        .hinted(words::capitalised(&kind.audience))
}

fn chapter_choice(chapter: &Chapter) -> Choice {
    Choice::new(chapter.chapter_id, &chapter.name)
        .priced(Dues::of_chapter(chapter).to_string())
        .hinted(&chapter.region)
}

/// The least of several dues, and the most when that is another sum.
struct Span {
    least: Dues,
    most: Option<Dues>,
}

impl Span {
    fn of(dues: impl Iterator<Item = Dues>) -> Option<Self> {
        let mut dues: Vec<Dues> = dues.collect();
        dues.sort_by_key(|dues| dues.price.minor);
        let most = dues.pop()?;
        let Some(least) = dues.into_iter().next() else {
            return Some(Self { least: most, most: None });
        };
        let differs = most.price.minor > least.price.minor;
        Some(Self { least, most: differs.then_some(most) })
    }
}

/// The kinds that are not sold here: the title, and for whom they are.
fn others(kinds: &[MembershipType]) -> Vec<(String, String)> {
    let mut others: Vec<_> = kinds
        .iter()
        .filter(|kind| !kind.open)
        .map(|kind| (kind.title.clone(), words::capitalised(&kind.audience)))
        .collect();
    others.sort();
    others
}

/// One line of the order.
pub(super) struct Row {
    pub(super) what: String,
    /// More about it; may be empty.
    pub(super) more: String,
    pub(super) dues: Dues,
}

impl Row {
    pub(super) fn of(line: &domain::Line) -> Self {
        let (what, sample) = line.told();
        let (what, more) = what.rsplit_once(", ").unwrap_or((what, ""));
        let dues = Dues { price: line.price.clone(), sample };
        Self { what: what.to_owned(), more: more.to_owned(), dues }
    }
}

#[derive(Template)]
#[template(path = "applications/details.html")]
struct Details {
    fields: Fields,
    standing: Standing,
    signed_in: bool,
    lines: Vec<Row>,
    total: Option<String>,
    sample: bool,
    /// The page on which to choose otherwise.
    change: String,
    /// This page, to come back to.
    here: String,
}

/// `GET /membership/join/details?type=&chapter=`: the whole sum, and who applies. Whoever has no
/// account yet sees the sum all the same.
async fn show_details(page: Page<Anyone>, Query(chosen): Query<Chosen>) -> Answer {
    let offer = Offer::read(&page).await?;
    if offer.find(&chosen).is_none() {
        return page.to(chosen.path("/membership/join"));
    }
    let fields = if page.reader().is_signed_in() { page.blank() } else { Fields::default() };
    let fields = fields.fill("name", &offer.name);
    details(&page, offer, fields, &chosen, StatusCode::OK)
}

fn details<R: chassis::page::Role>(
    page: &Page<R>,
    offer: Offer,
    fields: Fields,
    chosen: &Chosen,
    status: StatusCode,
) -> Answer {
    let Some((kind, chapter)) = offer.find(chosen) else {
        return page.to("/membership/join");
    };
    let lines = domain::lines(kind, chapter);
    let template = Details {
        fields: fields.with("type", &chosen.r#type).with("chapter", &chosen.chapter),
        signed_in: page.reader().is_signed_in(),
        total: domain::total(&lines).map(|total| total.to_string()),
        sample: lines.iter().any(|line| line.told().1),
        lines: lines.iter().map(Row::of).collect(),
        change: chosen.path("/membership/join"),
        here: chosen.path("/membership/join/details"),
        standing: offer.standing,
    };
    page.show_as(status, "Your details and the sum", &template)
}

/// `POST /membership/join`: applies, and goes on to the application.
async fn apply(page: Page<SignedIn>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_application(page.person(), &form)).await;
    match outcome {
        Ok(id) => page.to(format!("/membership/applications/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            let (offer, chosen) = (Offer::read(&page).await?, Chosen::of(&form));
            // What is wrong with the choice is mended where one chooses.
            match offer.find(&chosen) {
                Some(_) => details(&page, offer, fields, &chosen, status),
                None => choose(&page, fields, &chosen, status).await,
            }
        }
    }
}

fn read_application(person: PersonId, form: &Form) -> Result<SubmitApplication> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let type_id = read.id("type");
    let chapter_id = read.optional_id("chapter");
    let _ = read.agreed("confirm", "tick this to say that what you typed is right");
    read.done()?;
    let (name, type_id, chapter_id) = (name.take(), type_id.take(), chapter_id.take());
    Ok(SubmitApplication { person, name, type_id, chapter_id })
}
