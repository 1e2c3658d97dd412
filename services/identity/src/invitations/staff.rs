//! The console's pages of invitations: who is invited to what, and inviting a colleague to a role.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::page::StaffAdmin;
use chassis::{
    Answer, Asked, Cell, Choice, Column, Confirm, Error, Fields, Form, List, Page, Result, Routes,
    Staff, StaffIdentity, Tone, Tx,
};
use serde::Deserialize;
use uuid::Uuid;

use super::commands::{InviteColleague, Withdraw};
use super::domain::{Invitation, OWN, State};
use super::tables::{self, Listed};
use crate::accounts::domain::{Address, LANGUAGES};
use crate::accounts::pages::not_an_address;
use crate::clients::staff::fresh_when_opened;
use crate::roles::domain::KNOWN;

type Console = Page<Staff<StaffIdentity>>;
type Administration = Page<Staff<StaffAdmin>>;

const LIST: &str = "/staff/identity/invitations";
const NEW: &str = "/staff/identity/invitations/new";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(LIST, list_invitations)
        .get(NEW, show_new)
        .post(NEW, invite)
        .get("/staff/identity/invitations/{id}/withdraw", show_withdraw)
        .post("/staff/identity/invitations/{id}/withdraw", withdraw)
}

/// `GET /staff/identity/invitations`.
async fn list_invitations(page: Console, asked: Asked) -> Answer {
    let (site, now) = (page.app().site(), page.now());
    let state = |one: &Listed| match one.invitation.state {
        State::Open if one.invitation.expires_at <= now => Cell::state(Tone::Off, "over"),
        State::Open if one.invitation.code_hash.is_none() => {
            Cell::state(Tone::Wait, "open").sub("no mail yet: the address is not known")
        }
        State::Open => Cell::state(Tone::Wait, "open"),
        State::Accepted => Cell::state(Tone::Ok, "accepted"),
        State::Withdrawn => Cell::state(Tone::Off, "withdrawn"),
    };
    let act = |one: &Listed| {
        if one.invitation.asker == OWN && one.invitation.can_be_sent(now) {
            Cell::link(format!("{LIST}/{}/withdraw", one.invitation.id), "Take back")
        } else {
            Cell::text("")
        }
    };
    let list = List::new("invitations", "Invitations", LIST)
        .search("Address or what to")
        .choice("state", "State", State::ALL.map(|state| (state.as_str(), state.as_str())))
        .column(Column::new("Address", |one: &Listed| Cell::text(one.address.as_str())))
        .column(Column::new("Invited to", |one: &Listed| {
            Cell::text(one.invitation.title.as_str()).sub(asker(&one.invitation))
        }))
        .column(Column::new("State", state))
        .column(
            Column::id("Asked", |one: &Listed| Cell::time(site, one.invitation.asked_at))
                .sorted("asked", |one: &Listed| one.invitation.asked_at),
        )
        .column(
            Column::id("Until", |one: &Listed| Cell::time(site, one.invitation.expires_at))
                .sorted("until", |one: &Listed| one.invitation.expires_at),
        )
        .column(Column::new("Act", act))
        .identified(|one| one.invitation.id)
        .sorted_by("-asked")
        .act("Invite a colleague", NEW)
        .empty("No invitation", "Companies, chapters and administrators invite people.");
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}

/// Who asked, as people read it.
fn asker(invitation: &Invitation) -> String {
    match invitation.role.as_deref() {
        Some(role) => format!("grants {role}"),
        None => format!("asked by {}", invitation.asker),
    }
}

#[derive(Template)]
#[template(path = "invitations/invite.html")]
struct ShowInvite {
    fields: Fields,
    roles: Vec<Choice>,
    languages: Vec<Choice>,
}

/// What a new invitation begins with.
#[derive(Debug, Default, Deserialize)]
struct Begin {
    #[serde(default)]
    address: String,
}

/// `GET /staff/identity/invitations/new`.
async fn show_new(page: Administration, Query(asked): Query<Begin>) -> Answer {
    page.fresh()?;
    let fields = page.blank().fill("address", asked.address);
    new_page(&page, fields, StatusCode::OK)
}

fn new_page(page: &Administration, fields: Fields, status: StatusCode) -> Answer {
    let shown = ShowInvite {
        fields,
        roles: KNOWN.iter().map(|(word, means)| Choice::new(word, *word).hinted(*means)).collect(),
        languages: LANGUAGES.iter().map(|(code, name)| Choice::new(*code, *name)).collect(),
    };
    page.show_as(status, "Invite a colleague", &shown)
}

/// `POST /staff/identity/invitations/new`: with a fresh proof, as every role is granted.
async fn invite(page: Administration, form: Form) -> Answer {
    fresh_when_opened(&page)?;
    match try_invite(&page, &form).await {
        Ok(_) => page.to(LIST),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new_page(&page, fields, status)
        }
    }
}

async fn try_invite(page: &Administration, form: &Form) -> Result<Uuid> {
    let mut read = form.read();
    let address = read.address("address");
    let role = read.choice("role", &KNOWN.map(|(word, _)| word));
    let language = read.choice("language", &LANGUAGES.map(|(code, _)| code));
    read.done()?;
    let address = &Address::read(&address.take()).ok_or_else(not_an_address)?;
    let (role, language, by) = (&role.take(), &language.take(), page.person());
    page.execute_once(form, &InviteColleague { address, language, role, by }).await
}

/// `GET …/{id}/withdraw`.
async fn show_withdraw(page: Administration, Path(id): Path<Uuid>) -> Answer {
    let invitation = page.read(async |tx: &Tx| tables::load(tx, id).await).await?;
    let own = invitation.filter(|invitation| invitation.asker == OWN);
    let invitation = own.ok_or_else(|| Error::not_found("invitation", id))?;
    if invitation.state != State::Open {
        return page.to(LIST);
    }
    let role = invitation.role.unwrap_or_default();
    let confirm = Confirm::new("Take the invitation back?", format!("{LIST}/{id}/withdraw"))
        .says("The link in the mail stops working at once, and the role is not granted.")
        .crumb(LIST, "Invitations")
        .fact("Role", role)
        .act("Take it back")
        .danger()
        .back(LIST);
    page.confirm(&confirm, &page.blank())
}

/// `POST …/{id}/withdraw`.
async fn withdraw(page: Administration, Path(id): Path<Uuid>, form: Form) -> Answer {
    page.execute_once(&form, &Withdraw { id, asker: OWN }).await?;
    page.to(LIST)
}
