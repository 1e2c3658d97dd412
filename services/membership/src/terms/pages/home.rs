//! "My membership": how the reader stands today, what is due, what they have, what they can do.

use askama::Template;
use chassis::ui::{Markup, Tone, When, day, state};
use chassis::{Answer, Page, Reader, Result, Routes, SignedIn, Tx};
use chrono::NaiveDate;
use contracts::PersonId;

use super::{ApplicationRow, TermRow, application_rows, sentence, standing_word, term_rows};
use crate::terms::domain::{self, Standing};
use crate::terms::tables;
use crate::{applications, companies, people, seats, words};

/// How long before its end a membership counts as due. Unit: days.
const SOON: i64 = 60;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/membership", show_mine)
}

/// A membership that ends soon, or has ended.
struct Ending {
    when: Markup,
    what: String,
    note: String,
}

#[derive(Template)]
#[template(path = "terms/mine.html")]
struct Mine {
    name: Option<String>,
    number: Option<String>,
    standing: Markup,
    since: Option<When>,
    member: bool,
    /// Nothing stands in the way of applying.
    may_join: bool,
    ending: Option<Ending>,
    terms: Vec<TermRow>,
    applications: Vec<ApplicationRow>,
    firms: Firms,
}

/// What the reader has to do with companies.
struct Firms {
    /// The names of those whose seats they hold.
    seats: Vec<String>,
    /// They give the seats of one.
    runs: bool,
}

impl Firms {
    async fn of(tx: &Tx, reader: &Reader) -> Result<Self> {
        let ids: Vec<PersonId> = reader.person.iter().chain(&reader.also).copied().collect();
        let held = match reader.person {
            Some(person) => seats::tables::held_at(tx, person).await?,
            None => Vec::new(),
        };
        let runs = !companies::tables::run_by(tx, &ids).await?.is_empty();
        Ok(Self { seats: held.into_iter().map(|(_, name)| name).collect(), runs })
    }
}

impl Mine {
    fn waiting(&self) -> impl Iterator<Item = &ApplicationRow> {
        self.applications.iter().filter(|application| application.open)
    }

    fn past(&self) -> Vec<&ApplicationRow> {
        self.applications.iter().filter(|application| !application.open).collect()
    }

    /// Whether anything is due.
    fn is_due(&self) -> bool {
        self.ending.is_some() || self.waiting().next().is_some()
    }

    fn national(&self) -> Vec<&TermRow> {
        self.terms.iter().filter(|term| !term.local).collect()
    }

    fn local(&self) -> Vec<&TermRow> {
        self.terms.iter().filter(|term| term.local).collect()
    }
}

/// `GET /membership`: what the reader has, until when, and what is under way.
async fn show_mine(page: Page<SignedIn>) -> Answer {
    let (person, today, site) = (page.person(), page.today(), page.app().site());
    let (known, held, terms, applications, firms) = page
        .read(async |tx| {
            let held = tables::held_by(tx, person).await?;
            let rows = term_rows(tx, &held, today).await?;
            let known = people::tables::load(tx, person).await?;
            let applications = applications::tables::of_person(tx, person).await?;
            let firms = Firms::of(tx, page.reader()).await?;
            Ok((known, held, rows, application_rows(site, &applications), firms))
        })
        .await?;
    let standing = domain::standing(&held, today);
    let free = matches!(standing, Standing::None | Standing::Lapsed(_));
    let template = Mine {
        name: known.as_ref().and_then(|person| person.name.clone()),
        number: known.and_then(|person| person.member_number),
        standing: state(standing_word(standing).0, &sentence(standing)),
        since: if firms.seats.is_empty() { domain::since(&held, today).map(day) } else { None },
        member: matches!(standing, Standing::Member(_)),
        may_join: free && !applications.iter().any(|application| application.open),
        ending: ending(standing, today),
        terms,
        applications,
        firms,
    };
    page.show("My membership", &template)
}

/// What is to be said of the end of a membership, when it is near or past.
fn ending(standing: Standing, today: NaiveDate) -> Option<Ending> {
    match standing {
        Standing::Member(end) if (end - today).num_days() <= SOON => {
            let when = match (end - today).num_days() {
                1 => "today".to_owned(),
                2 => "tomorrow".to_owned(),
                days => format!("in {} days", days - 1),
            };
            let what = format!("Your membership ends on {}", words::last_day(end).text());
            let note = format!("You can join again from {}.", day(end).text());
            Some(Ending { when: state(Tone::Warn, &when), what, note })
        }
        Standing::Lapsed(end) => Some(Ending {
            when: state(Tone::Bad, "ended"),
            what: format!("Your membership ended on {}", words::last_day(end).text()),
            note: "Join again, and a new year runs from the day you pay.".to_owned(),
        }),
        Standing::None | Standing::From(_) | Standing::Member(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_of_a_membership_is_said_when_it_is_near() {
        let end = Standing::Member(on("2028-03-01"));
        let when = |today: &str| ending(end, on(today)).map(|ending| ending.when.to_string());
        let says = |today: &str, word: &str| {
            assert!(when(today).is_some_and(|when| when.contains(word)), "{today}: {word}");
        };

        assert_eq!(when("2027-12-31"), None);
        says("2028-01-01", ">in 59 days<");
        says("2028-02-28", ">tomorrow<");
        says("2028-02-29", ">today<");
        let lapsed = ending(Standing::Lapsed(on("2028-03-01")), on("2029-01-01")).unwrap();
        assert_eq!(lapsed.what, "Your membership ended on 29 February 2028");
        assert!(ending(Standing::None, on("2028-02-28")).is_none());
    }
}
