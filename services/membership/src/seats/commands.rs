//! What can be asked of seats. Every command: take the company's turn, load, decide, store, publish; one
//! transaction. Who may is decided by whoever asks: an admin of the company.

use chassis::{Command, Error, Result, Tx};
use contracts::membership::{SeatAssigned, SeatOffered, SeatReleased};
use contracts::{CompanyId, PersonId, SeatId};
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Accepted, Refusal, Seat, State};
use super::tables;
use crate::companies::commands::found;
use crate::companies::domain::{Company, current};
use crate::companies::tables as companies;
use crate::invitations::commands::{Guest, TakeBack, invite, invite_guest};
use crate::people::domain::{Person, name_key};
use crate::terms::domain::member_number;
use crate::{invitations, people};

/// Where somebody goes on after taking a seat.
const RETURN_PATH: &str = "/membership";

fn refused(refusal: Refusal) -> Error {
    Error::refused(refusal.code(), refusal)
}

/// A company, and how many seats of it and its branches are taken, for whoever has the turn.
struct Turn {
    company: Company,
    taken: i64,
}

impl Turn {
    async fn take(tx: &Tx, id: CompanyId) -> Result<Self> {
        let root = found(tx, id).await?.root();
        let taken = tables::turn(tx, root).await?;
        // It may have become another's branch before our turn came.
        let company = found(tx, id).await?;
        if company.root() == root { Ok(Self { company, taken }) } else { Err(Error::Conflict) }
    }

    /// Takes `asked` more seats.
    async fn more(&self, tx: &Tx, asked: i64) -> Result<()> {
        let root = self.company.root();
        let terms = companies::terms(tx, root).await?;
        let term = current(&terms, tx.today());
        let taken = domain::take(term, self.taken, asked).map_err(refused)?;
        tables::set_taken(tx, root, taken).await
    }

    /// Gives one seat back.
    async fn less(&self, tx: &Tx) -> Result<()> {
        tables::set_taken(tx, self.company.root(), self.taken - 1).await
    }

    /// Invites somebody to a seat. Publishes `membership.seat.offered`, and what an invitation does.
    async fn offer(&self, tx: &Tx, guest: &Guest) -> Result<Seat> {
        let invitation = invite_guest(tx, guest, &self.company.name, RETURN_PATH).await?;
        let seat = Seat {
            id: tx.id(),
            company: self.company.id,
            person: invitation.person_id,
            address: guest.address.clone(),
            name_key: name_key(Some(&guest.name)),
            invitation: Some(invitation.id),
            state: State::Offered,
            signed_in: false,
            changed_at: tx.now(),
            version: 0,
        };
        let seat = tables::save(tx, seat).await?;
        tx.publish(SeatOffered { seat: seat.public() });
        tx.audit("seat", seat.id.0, "offered", json!({ "to": seat.address })).await?;
        Ok(seat)
    }

    /// Refuses addresses that have a living seat here.
    async fn free(&self, tx: &Tx, guests: &[Guest]) -> Result<()> {
        let addresses: Vec<&str> = guests.iter().map(|guest| guest.address.as_str()).collect();
        match tables::doubled(tx, self.company.id, &addresses).await? {
            Some(address) => Err(refused(Refusal::Doubled(address))),
            None => Ok(()),
        }
    }
}

/// The seat of this id.
async fn seat(tx: &Tx, id: SeatId) -> Result<Seat> {
    tables::load(tx, id).await?.ok_or_else(|| Error::not_found("seat", id))
}

/// Takes a seat back, and the invitation to it. Publishes `membership.seat.released`.
async fn release(tx: &Tx, seat: &Seat, act: &'static str) -> Result<Seat> {
    let released = domain::release(seat, tx.now()).map_err(refused)?;
    if let (State::Offered, Some(id)) = (seat.state, seat.invitation) {
        TakeBack { id }.run(tx).await?;
    }
    let released = tables::save(tx, released).await?;
    tx.publish(SeatReleased { seat: released.public() });
    tx.audit("seat", released.id.0, act, json!({})).await?;
    let detail = json!({ "company": released.company });
    tx.audit("person", released.person.0, "seat_released", detail).await?;
    Ok(released)
}

/// Invites people to seats, all or none; gives how many.
pub(crate) struct OfferSeats {
    pub(crate) company: CompanyId,
    pub(crate) guests: Vec<Guest>,
}

impl Command for OfferSeats {
    type Out = usize;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        let turn = Turn::take(tx, self.company).await?;
        turn.free(tx, &self.guests).await?;
        let asked = self.guests.len();
        turn.more(tx, i64::try_from(asked).unwrap_or(i64::MAX)).await?;
        for guest in &self.guests {
            turn.offer(tx, guest).await?;
        }
        tx.audit("company", turn.company.id.0, "seats_offered", json!({ "seats": asked })).await?;
        Ok(asked)
    }
}

/// Takes a seat back; gives whose it was.
pub(crate) struct ReleaseSeat(pub(crate) SeatId);

impl Command for ReleaseSeat {
    type Out = SeatId;

    async fn run(&self, tx: &Tx) -> Result<SeatId> {
        let stored = seat(tx, self.0).await?;
        let turn = Turn::take(tx, stored.company).await?;
        let released = release(tx, &stored, "released").await?;
        turn.less(tx).await?;
        Ok(released.id)
    }
}

/// Undoes a release: held again by who held it, or offered anew. Publishes `membership.seat.assigned`
/// or `membership.seat.offered`.
pub(crate) struct RestoreSeat(pub(crate) SeatId);

impl Command for RestoreSeat {
    type Out = SeatId;

    async fn run(&self, tx: &Tx) -> Result<SeatId> {
        let stored = seat(tx, self.0).await?;
        let turn = Turn::take(tx, stored.company).await?;
        let twice = tables::holds_another(tx, &stored, stored.person).await?;
        let restored = domain::restore(&stored, twice, tx.now()).map_err(refused)?;
        turn.more(tx, 1).await?;
        if restored.state == State::Held {
            return Ok(assign(tx, restored, "given_back").await?.id);
        }
        Ok(offer_anew(tx, restored, &turn.company.name).await?.id)
    }
}

/// Sends an invitation that ran out once more; the seat was taken all the while. Publishes
/// `membership.seat.offered`.
pub(crate) struct RemindSeat(pub(crate) SeatId);

impl Command for RemindSeat {
    type Out = SeatId;

    async fn run(&self, tx: &Tx) -> Result<SeatId> {
        let stored = seat(tx, self.0).await?;
        if stored.state != State::Offered {
            return Ok(stored.id);
        }
        let company = found(tx, stored.company).await?;
        if let Some(id) = stored.invitation {
            TakeBack { id }.run(tx).await?;
        }
        Ok(offer_anew(tx, stored, &company.name).await?.id)
    }
}

async fn offer_anew(tx: &Tx, seat: Seat, title: &str) -> Result<Seat> {
    let invitation = invite(tx, seat.person, title, RETURN_PATH).await?;
    let seat = tables::save(tx, Seat { invitation: Some(invitation.id), ..seat }).await?;
    tx.publish(SeatOffered { seat: seat.public() });
    tx.audit("seat", seat.id.0, "offered_again", json!({ "to": seat.address })).await?;
    Ok(seat)
}

/// Gives a seat to somebody else in one step: as many are taken as before, also when all are. Gives the
/// new seat.
pub(crate) struct MoveSeat {
    pub(crate) seat: SeatId,
    pub(crate) to: Guest,
}

impl Command for MoveSeat {
    type Out = SeatId;

    async fn run(&self, tx: &Tx) -> Result<SeatId> {
        let stored = seat(tx, self.seat).await?;
        let turn = Turn::take(tx, stored.company).await?;
        turn.free(tx, std::slice::from_ref(&self.to)).await?;
        release(tx, &stored, "moved_to_another").await?;
        Ok(turn.offer(tx, &self.to).await?.id)
    }
}

/// Somebody accepted an invitation: when it was to a seat, it is theirs.
///
/// Publishes `membership.seat.assigned`, or `membership.seat.released` when they hold another of it;
/// and `membership.person.updated` with the member number they get.
pub(crate) struct AcceptSeat {
    pub(crate) invitation: Uuid,
    pub(crate) person: PersonId,
}

impl Command for AcceptSeat {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // To something else.
        let Some(found) = tables::invited(tx, self.invitation).await? else { return Ok(()) };
        let turn = Turn::take(tx, found.company).await?;
        let stored = seat(tx, found.id).await?;
        let twice = tables::holds_another(tx, &stored, self.person).await?;
        match domain::accept(&stored, self.person, twice, tx.now()) {
            None => Ok(()),
            Some(Accepted::Noted(noted)) => {
                let noted = tables::save(tx, noted).await?;
                if stored.state == State::Offered {
                    turn.less(tx).await?;
                    tx.publish(SeatReleased { seat: noted.public() });
                }
                tx.audit("seat", noted.id.0, "accepted_too_late", json!({})).await
            }
            Some(Accepted::Held(held)) => {
                number(tx, self.person, stored.person).await?;
                assign(tx, held, "accepted").await.map(drop)
            }
        }
    }
}

async fn assign(tx: &Tx, seat: Seat, act: &'static str) -> Result<Seat> {
    let seat = tables::save(tx, seat).await?;
    tx.publish(SeatAssigned { seat: seat.public() });
    tx.audit("seat", seat.id.0, act, json!({})).await?;
    let detail = json!({ "company": seat.company });
    tx.audit("person", seat.person.0, "seat_taken", detail).await?;
    Ok(seat)
}

/// Gives whoever takes a seat a member number when they have none, and a name when only the company
/// knew one.
async fn number(tx: &Tx, person: PersonId, introduced: PersonId) -> Result<()> {
    let before = people::commands::load_or_new(tx, person).await?;
    let name = match before.name.clone() {
        None if introduced != person => {
            people::tables::load(tx, introduced).await?.and_then(|known| known.name)
        }
        name => name,
    };
    if before.member_number.is_some() && name == before.name {
        return Ok(());
    }
    let number = match before.member_number.clone() {
        Some(number) => number,
        None => member_number(tx.series("member_number").await?),
    };
    let after = Person { name, member_number: Some(number), ..before.clone() };
    people::commands::save(tx, &before, after).await.map(drop)
}

/// Whether the invitation to an offered seat can still be accepted.
pub(super) async fn is_living(tx: &Tx, seat: &Seat) -> Result<bool> {
    let Some(id) = seat.invitation else { return Ok(false) };
    let invitation = invitations::tables::load(tx, id).await?;
    Ok(invitation.is_some_and(|one| one.is_living(tx.now())))
}
