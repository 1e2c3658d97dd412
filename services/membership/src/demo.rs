//! What membership plays in the demo: real chapters and grades with sample prices, a few people, one
//! member, and invented companies.

use chassis::{Actor, App, Error, Result};
use chrono::{Months, NaiveDate};
use contracts::membership::CompanySize;
use contracts::{ChapterId, MembershipTypeId, Money, PersonId};
use serde::Deserialize;
use uuid::Uuid;

use crate::chapters::commands::AddChapter;
use crate::companies::commands::AddCompany;
use crate::companies::domain as company;
use crate::companies::roles::{NameRole, Whom};
use crate::companies::terms::RecordTerm;
use crate::invitations::commands::Guest;
use crate::people::commands::RenamePerson;
use crate::seats::commands::OfferSeats;
use crate::terms::commands::GrantTerms;
use crate::terms::domain;
use crate::types::commands::AddType;
use crate::{chapters, types};

const CHAPTERS: &str = include_str!("../../../data/chapters.csv");
const TIERS: &str = include_str!("../../../data/membership_tiers.csv");

/// The people of the demo: the last part of their id, and their name. Identity knows the same ids.
const PEOPLE: [(u128, &str); 6] = [
    (1, "Admin Demo"),
    (2, "Fin Demo"),
    (3, "Ed Demo"),
    (4, "Mem Demo"),
    (JO, "Jo Alvarez"),
    (6, "Sam Okafor"),
];
/// The one who is a member.
const JO: u128 = 5;
const JO_CHAPTER: &str = "Rocky Mountain Chapter";

/// The grades a person can buy, with invented dues in cents; SCTE's own are in no source.
const SOLD: [(&str, i64); 2] = [("ACTIVE", 9_900), ("RETIRED", 3_900)];
const CHAPTER_DUES: i64 = 2_000;
/// The kind of membership that companies have; for how many people is in no source.
/// Invented companies, said to be so by their names: those that SCTE's pages name as members are in no
/// source that we may show.
const COMPANY: &str = "Sample Cable Co-op";
const BRANCH: &str = "Sample Cable Co-op, Denver";
const SUPPLIER: &str = "Sample Optics";
const CORPORATE: &str = "CORP";
const USUAL_SEATS: i64 = 25;

#[derive(Debug, Deserialize)]
struct ChapterLine {
    name: String,
    region: String,
}

#[derive(Debug, Deserialize)]
struct TierLine {
    code: String,
    title: String,
    audience: String,
}

/// Plays membership's part, through its own commands.
pub(crate) async fn play(app: App) -> Result<()> {
    let actor = Actor::job("demo", app.db().ids().uuid(app.clock().now()));
    let (mut active, mut corporate) = (None, None);
    for add in tiers()? {
        let sold = add.code == SOLD[0].0;
        let of_companies = add.code == CORPORATE;
        let id = app.db().execute(&actor, &add).await?;
        active = active.or(sold.then_some(id));
        corporate = corporate.or(of_companies.then_some(id));
    }
    let mut rocky = None;
    for draft in chapter_drafts()? {
        let joined = draft.name == JO_CHAPTER;
        let id = app.db().execute(&actor, &AddChapter(draft)).await?;
        rocky = rocky.or(joined.then_some(id));
    }
    for (n, name) in PEOPLE {
        let (person, name) = (person(n), name.to_owned());
        app.db().execute(&actor, &RenamePerson { person, name, seen: 0 }).await?;
    }
    let today = app.clock().now().with_timezone(&app.db().zone()).date_naive();
    let (Some(active), Some(rocky), Some(corporate)) = (active, rocky, corporate) else {
        return Err(Error::internal("the demo's type or chapter is not in data/"));
    };
    app.db().execute(&actor, &jo_joined(today, active, rocky)).await?;
    companies(&app, &actor, today, corporate).await
}

/// A company with a branch, whose seats Jo gives, two of them offered; and one that is no member.
async fn companies(
    app: &App,
    actor: &Actor,
    today: NaiveDate,
    type_id: MembershipTypeId,
) -> Result<()> {
    let draft = |name: &str, parent, size, domain: &str| company::Draft {
        name: name.to_owned(),
        parent,
        region: "Colorado".to_owned(),
        size,
        domains: vec![domain.to_owned()],
    };
    let cable = draft(COMPANY, None, CompanySize::Under500, "cable.example");
    let cable = app.db().execute(actor, &AddCompany(cable)).await?;
    let denver = draft(BRANCH, Some(cable), CompanySize::Under50, "denver.cable.example");
    app.db().execute(actor, &AddCompany(denver)).await?;
    let optics = draft(SUPPLIER, None, CompanySize::Under50, "optics.example");
    app.db().execute(actor, &AddCompany(optics)).await?;

    let number = domain::member_number(1);
    let jo = NameRole { company: cable, role: company::Role::Admin, whom: Whom::Numbered(number) };
    app.db().execute(actor, &jo).await?;
    let from = today.checked_sub_months(Months::new(2)).unwrap_or(today);
    let new = company::NewTerm { type_id, from, seats: USUAL_SEATS };
    let paid = "sample: no money was moved".to_owned();
    app.db().execute(actor, &RecordTerm { company: cable, new, paid }).await?;
    let guest =
        |name: &str, address: &str| Guest { name: name.to_owned(), address: address.to_owned() };
    let guests = vec![
        guest("Robin Sample", "robin@cable.example"),
        guest("Alex Sample", "alex@cable.example"),
    ];
    app.db().execute(actor, &OfferSeats { company: cable, guests }).await?;
    Ok(())
}

/// Jo became a member three months ago.
fn jo_joined(today: NaiveDate, type_id: MembershipTypeId, chapter: ChapterId) -> GrantTerms {
    let starts_on = today.checked_sub_months(Months::new(3)).unwrap_or(today);
    GrantTerms { person: person(JO), type_id, chapter_id: Some(chapter), starts_on }
}

/// The person id that all services use for the `n`th person of the demo.
fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n))
}

/// The grades that SCTE's pages name; those without dues of ours cannot be bought.
fn tiers() -> Result<Vec<AddType>> {
    let mut lines: Vec<TierLine> = lines(TIERS)?;
    // No kinds of membership: what programs call somebody without one, and an offer of 2019.
    lines.retain(|line| !["INDNM", "TRIAL"].contains(&line.code.as_str()));
    let add = |line: TierLine| {
        let dues = SOLD.iter().find(|(code, _)| *code == line.code);
        let draft = types::domain::Draft {
            price: Money::usd(dues.map_or(0, |(_, minor)| *minor)),
            open: dues.is_some(),
            sample: true,
            seats: (line.code == CORPORATE).then_some(USUAL_SEATS),
            title: line.title,
            audience: audience(&line.audience),
        };
        AddType { code: line.code, draft }
    };
    Ok(lines.into_iter().map(add).collect())
}

/// The audience without the remark that no dues are known, which is for readers of the table.
fn audience(text: &str) -> String {
    text.split(';').next().unwrap_or(text).trim().to_owned()
}

/// The chapters of today; the regions of 1969 are history.
fn chapter_drafts() -> Result<Vec<chapters::domain::Draft>> {
    let lines: Vec<ChapterLine> = lines(CHAPTERS)?;
    let today = lines.into_iter().filter(|line| !line.region.contains("(historical)"));
    let draft = |line: ChapterLine| chapters::domain::Draft {
        name: line.name,
        region: region(&line.region),
        price: Money::usd(CHAPTER_DUES),
        sample: true,
    };
    Ok(today.map(draft).collect())
}

/// Where a chapter is active, without the remarks on how that is known.
fn region(text: &str) -> String {
    let Some((state, remark)) = text.split_once(" (") else { return text.to_owned() };
    let place = remark.split([';', ')']).next().unwrap_or(remark);
    let place = place.trim_end_matches(" events").trim_end_matches(" event");
    format!("{state} ({place})")
}

fn lines<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, csv::Error>>()
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use chassis::testing::{Slice, slice_test};
    use contracts::membership::{
        ChapterPublished, CompanyPublished, CompanyTermStarted, PersonCreated, SeatOffered,
        TermStarted, TypePublished,
    };

    use super::*;

    #[slice_test]
    async fn the_demo_plays_and_jo_is_a_member(slice: Slice) {
        play(slice.app().clone()).await.unwrap();
        slice.settle().await;

        assert_eq!(slice.published::<TypePublished>().await.len(), 10);
        assert_eq!(slice.published::<ChapterPublished>().await.len(), 25);
        assert_eq!(slice.published::<PersonCreated>().await.len(), 8);
        assert_eq!(slice.published::<CompanyPublished>().await.len(), 4);
        assert_eq!(slice.published::<CompanyTermStarted>().await.len(), 1);
        assert_eq!(slice.published::<SeatOffered>().await.len(), 2);
        assert_eq!(slice.published::<TermStarted>().await.len(), 2);
        let mut jo = slice.sign_in(person(JO)).await;
        let mine = jo.get("/membership").await;
        mine.shows("Member until 30 November 2027").shows("M000001").shows(JO_CHAPTER);
        let firms = jo.get("/companies").await;
        firms.shows(COMPANY).shows(BRANCH).shows("2 of 25").lacks(SUPPLIER);
        let mut sam = slice.sign_in(person(6)).await;
        sam.get("/membership/join").await.shows("Active Member").shows("$99.00 (sample)");
    }

    #[test]
    fn the_demo_has_the_chapters_of_today_and_sells_two_grades() {
        let chapters = chapter_drafts().unwrap();
        assert_eq!(chapters.len(), 25);
        assert!(chapters.iter().any(|chapter| chapter.name == JO_CHAPTER));
        assert!(chapters.iter().all(|chapter| chapter.sample));

        let open: Vec<_> = tiers().unwrap().into_iter().filter(|tier| tier.draft.open).collect();
        assert_eq!(
            open.iter().map(|tier| tier.code.as_str()).collect::<Vec<_>>(),
            ["ACTIVE", "RETIRED"]
        );
        assert_eq!(open[0].draft.audience, "individuals working in the industry");
    }

    #[test]
    fn regions_say_where_and_not_how_that_is_known() {
        assert_eq!(region("Arizona (Mesa)"), "Arizona (Mesa)");
        assert_eq!(region("Florida (Tampa events; code CFL)"), "Florida (Tampa)");
        assert_eq!(region("North Carolina (Charlotte event)"), "North Carolina (Charlotte)");
        assert_eq!(region("Southern California"), "Southern California");
    }

    #[test]
    fn people_of_the_demo_have_the_ids_all_services_use() {
        assert_eq!(person(JO).to_string(), "01900000-0000-7000-8000-000000000005");
    }
}
