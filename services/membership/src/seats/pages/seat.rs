//! One seat: who has it, and what its admin can do with it.

use askama::Template;
use axum::http::StatusCode;
use chassis::ui::{History, Markup, When, short_instant, state};
use chassis::{Answer, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use contracts::SeatId;

use super::company::word;
use super::who::{AdministeredSeat, Sent};
use crate::invitations::commands::Guest;
use crate::people;
use crate::seats::commands::{MoveSeat, ReleaseSeat, RemindSeat, RestoreSeat, is_living};
use crate::seats::domain::State;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/companies/seats/{id}", show_seat)
        .post("/companies/seats/{id}/release", release)
        .post("/companies/seats/{id}/restore", restore)
        .post("/companies/seats/{id}/remind", remind)
        .limit(20)
        .post("/companies/seats/{id}/move", give_to_another)
        .limit(20)
}

#[derive(Template)]
#[template(path = "seats/seat.html")]
struct Show {
    fields: Fields,
    /// Where its forms are sent.
    release: String,
    restore: String,
    remind: String,
    give: String,
    company: String,
    company_path: String,
    name: String,
    number: Option<String>,
    address: String,
    state: Markup,
    since: When,
    released: bool,
    /// The invitation ran out before anybody accepted it.
    over: bool,
    history: History,
}

/// `GET /companies/seats/{id}`.
async fn show_seat(page: Page<SignedIn>, one: AdministeredSeat) -> Answer {
    let fields = page.blank();
    show(&page, one, fields, StatusCode::OK).await
}

async fn show(
    page: &Page<SignedIn>,
    one: AdministeredSeat,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let site = page.app().site();
    let AdministeredSeat { seat, of } = one;
    let template = page
        .read(async |tx: &Tx| {
            let person = people::tables::load(tx, seat.person).await?;
            let act = |word: &str| format!("/companies/seats/{}/{word}", seat.id);
            let (tone, word) = word(&seat);
            let name = person.as_ref().map_or(seat.address.as_str(), |one| one.shown_name());
            Ok(Show {
                fields,
                release: act("release"),
                restore: act("restore"),
                remind: act("remind"),
                give: act("move"),
                company_path: of.path(),
                company: of.company.name,
                name: name.to_owned(),
                number: person.as_ref().and_then(|person| person.member_number.clone()),
                state: state(tone, word),
                since: short_instant(site, seat.changed_at),
                released: seat.state == State::Released,
                over: seat.state == State::Offered && !is_living(tx, &seat).await?,
                history: History::read(tx, site, "seat", &[seat.id]).await?,
                address: seat.address,
            })
        })
        .await?;
    page.show_as(status, &format!("{}, seat", template.name), &template)
}

/// The page of a seat, or what stood in the way.
async fn done(page: &Page<SignedIn>, sent: Sent<AdministeredSeat>, out: Result<SeatId>) -> Answer {
    match out {
        Ok(id) => page.to(format!("/companies/seats/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&sent.form, error)?;
            show(page, sent.to, fields, status).await
        }
    }
}

/// `POST /companies/seats/{id}/release`: at once; the page then offers to undo it.
async fn release(page: Page<SignedIn>, sent: Sent<AdministeredSeat>) -> Answer {
    let out = page.execute_once(&sent.form, &ReleaseSeat(sent.to.seat.id)).await;
    done(&page, sent, out).await
}

/// `POST /companies/seats/{id}/restore`: undoes a release.
async fn restore(page: Page<SignedIn>, sent: Sent<AdministeredSeat>) -> Answer {
    let out = page.execute_once(&sent.form, &RestoreSeat(sent.to.seat.id)).await;
    done(&page, sent, out).await
}

/// `POST /companies/seats/{id}/remind`: sends the invitation once more.
async fn remind(page: Page<SignedIn>, sent: Sent<AdministeredSeat>) -> Answer {
    let out = page.execute_once(&sent.form, &RemindSeat(sent.to.seat.id)).await;
    done(&page, sent, out).await
}

/// `POST /companies/seats/{id}/move`: the seat goes to somebody else.
async fn give_to_another(page: Page<SignedIn>, sent: Sent<AdministeredSeat>) -> Answer {
    let out = page.execute_read(&sent.form, read_move(sent.to.seat.id, &sent.form)).await;
    done(&page, sent, out).await
}

fn read_move(seat: SeatId, form: &Form) -> Result<MoveSeat> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let address = read.address("address");
    read.done()?;
    Ok(MoveSeat { seat, to: Guest { name: name.take(), address: address.take() } })
}
