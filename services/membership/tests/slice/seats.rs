//! ME-14: an admin gives the seats of a company: invites, releases, undoes, moves; and nobody else does.

use chassis::api::{AccessToken, Holder};
use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::PersonId;
use contracts::identity::InvitationAccepted;
use contracts::membership::{PersonUpdated, SeatAssigned, SeatOffered, SeatReleased};
use contracts::shared::{InvitationRequested, InvitationWithdrawn};
use serde_json::Value;
use uuid::Uuid;

use crate::companies::{a_company, a_year};
use crate::given::{STAFF, ada, an_open_society, fill, kim, sam};

/// Pat, who gives the seats of a company.
pub(crate) fn pat() -> PersonId {
    PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0008))
}

/// The page of a company for its admins, by the office's page of it.
pub(crate) fn path_of(staff_page: &str) -> String {
    staff_page.replace("/staff/membership", "")
}

pub(crate) fn accepted(invitation_id: Uuid, person_id: PersonId) -> InvitationAccepted {
    InvitationAccepted { invitation_id, person_id, version: 3 }
}

/// The office invites Pat to be an admin of a company, and Pat, who has an account, accepts.
pub(crate) async fn an_admin_of(slice: &Slice, office: &mut Browser, page: &str) -> Browser {
    let form =
        [("role", "admin"), ("number", ""), ("name", "Pat Admin"), ("address", "pat@acme.example")];
    fill(office, &format!("{page}/people"), &form).await.is(303);
    let asked = slice.published::<InvitationRequested>().await.pop().unwrap();
    assert_eq!(asked.return_path, "/companies");
    slice.deliver("identity", accepted(asked.invitation_id, pat())).await;
    slice.sign_in(pat()).await
}

/// A company with this many seats until 29 February 2028, and its admin.
async fn acme(slice: &Slice, seats: &str) -> (Browser, String) {
    an_open_society(slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let page = a_company(&mut office, "Acme Cable", "").await;
    a_year(slice, &mut office, &page, "2027-03-01", seats).await;
    (an_admin_of(slice, &mut office, &page).await, path_of(&page))
}

async fn invites(admin: &mut Browser, company: &str, people: &str) {
    fill(admin, &format!("{company}/invite"), &[("people", people)]).await.is(303);
}

/// The last invitation that went out.
async fn last_asked(slice: &Slice) -> (Uuid, PersonId) {
    let asked = slice.published::<InvitationRequested>().await.pop().unwrap();
    (asked.invitation_id, asked.person_id)
}

/// The page of the last seat that was offered.
async fn last_seat(slice: &Slice) -> String {
    let seat = slice.published::<SeatOffered>().await.pop().unwrap();
    format!("/companies/seats/{}", seat.seat.seat_id)
}

#[slice_test]
async fn an_admin_sees_who_has_a_seat_and_who_never_signed_in(slice: Slice) {
    let (mut admin, company) = acme(&slice, "5").await;
    admin.get("/membership").await.shows("Give the seats of your company");
    admin
        .get("/companies")
        .await
        .shows("Acme Cable")
        .shows("0 of 5")
        .shows("member until 29 February 2028");

    invites(&mut admin, &company, "Lee Marsh, lee@acme.example\nkim@acme.example").await;
    let (invitation, _) = last_asked(&slice).await;
    slice.deliver_twice("identity", accepted(invitation, kim())).await;

    let shown = admin.get(&company).await;
    shown.shows("2 of 5 taken, 3 free").shows("2: 1 taken, 1 never signed in");
    shown.shows("Lee Marsh").shows("invited, never signed in");
    let never = admin.get(&format!("{company}?state=offered")).await;
    never.shows("Lee Marsh").lacks("kim@acme.example");
    let assigned = slice.published_one::<SeatAssigned>().await;
    assert_eq!(assigned.seat.person_id, kim());
    let numbered = slice.published::<PersonUpdated>().await;
    assert!(numbered.is_empty(), "Kim had no name before, so this is their creation");
    slice.sign_in(kim()).await.get("/membership").await.shows("Member until").shows("M000001");
    // An offer makes nobody a member.
    let (_, lee) = {
        let asked = slice.published::<InvitationRequested>().await;
        let one = &asked[asked.len() - 2];
        (one.invitation_id, one.person_id)
    };
    slice.sign_in(lee).await.get("/membership").await.lacks("Member until");
    // As a file, exactly what is seen.
    let file = admin.get(&format!("{company}?format=csv")).await;
    assert!(file.text().contains("Lee Marsh"), "{}", file.text());
}

#[slice_test]
async fn the_last_seat_is_given_and_the_one_after_it_refused(slice: Slice) {
    let (mut admin, company) = acme(&slice, "2").await;
    let invite = format!("{company}/invite");
    let three = "a@acme.example\nb@acme.example\nc@acme.example";
    let full = fill(&mut admin, &invite, &[("people", three)]).await;
    full.is(409)
        .shows("2 seats are paid for and 0 of them are taken, so 2 can be given now, not 3");
    full.shows("c@acme.example");
    assert!(slice.published::<SeatOffered>().await.is_empty(), "none, if not all");
    let odd = fill(&mut admin, &invite, &[("people", "Lee Marsh")]).await;
    odd.is(422).shows("line 1: write a name and an address");

    let page = admin.get(&invite).await;
    admin.submit(&page, &invite, &[("people", "a@acme.example\nb@acme.example")]).await.is(303);
    // The same form once more, as a double click sends it.
    admin.submit(&page, &invite, &[("people", "a@acme.example\nb@acme.example")]).await.is(303);
    assert_eq!(slice.published::<SeatOffered>().await.len(), 2);
    admin.get(&company).await.shows("All 2 seats are taken").lacks(">Give seats<");
    // Moving one is possible all the same.
    let seat = last_seat(&slice).await;
    let to = [("name", "Cy Roe"), ("address", "c@acme.example")];
    let page = admin.get(&seat).await;
    let moved = admin.submit(&page, &format!("{seat}/move"), &to).await;
    admin.get(moved.is(303).location()).await.shows("Cy Roe").shows("invited");
    admin.get(&company).await.shows("2 of 2 taken, 0 free").lacks("b@acme.example");
    assert_eq!(slice.published::<SeatReleased>().await.len(), 1);
    assert_eq!(slice.published::<InvitationWithdrawn>().await.len(), 1);
}

#[slice_test]
async fn an_address_has_one_seat_of_a_company(slice: Slice) {
    let (mut admin, company) = acme(&slice, "5").await;
    invites(&mut admin, &company, "lee@acme.example").await;
    let again = [("people", "LEE@acme.example")];
    let refused = fill(&mut admin, &format!("{company}/invite"), &again).await;
    refused.is(409).shows("has a seat here already");

    // Two addresses of one human: the second seat is free again by itself.
    let (first, _) = last_asked(&slice).await;
    invites(&mut admin, &company, "l.marsh@acme.example").await;
    let (second, _) = last_asked(&slice).await;
    slice.deliver("identity", accepted(first, kim())).await;
    slice.deliver("identity", accepted(second, kim())).await;
    assert_eq!(slice.published::<SeatAssigned>().await.len(), 1);
    assert_eq!(slice.published::<SeatReleased>().await.len(), 1);
    admin.get(&company).await.shows("1 of 5 taken, 4 free");
}

#[slice_test]
async fn a_released_seat_ends_the_membership_at_once_and_undoing_brings_it_back(slice: Slice) {
    let (mut admin, company) = acme(&slice, "1").await;
    invites(&mut admin, &company, "Kim Osei, kim@acme.example").await;
    let (invitation, _) = last_asked(&slice).await;
    slice.deliver("identity", accepted(invitation, kim())).await;
    let seat = last_seat(&slice).await;
    let mut theirs = slice.sign_in(kim()).await;
    theirs.get("/membership").await.shows("Member until");

    admin.post(&format!("{seat}/release"), &[]).await.is(303);
    theirs.get("/membership").await.lacks("Member until").lacks("You hold a seat");
    admin.get(&seat).await.shows("Undo the release").lacks("Move it to somebody else");
    admin.get(&company).await.shows("0 of 1 taken, 1 free").lacks("Kim Osei");
    admin.post(&format!("{seat}/release"), &[]).await.is(409);

    admin.post(&format!("{seat}/restore"), &[]).await.is(303);
    theirs.get("/membership").await.shows("Member until");
    assert_eq!(slice.published::<SeatAssigned>().await.len(), 2);
    // Once more, and meanwhile the seat goes to somebody else: then there is none to give back.
    admin.post(&format!("{seat}/release"), &[]).await.is(303);
    invites(&mut admin, &company, "new@acme.example").await;
    let none = admin.post(&format!("{seat}/restore"), &[]).await;
    none.is(409).shows("1 seats are paid for and 1 of them are taken");
}

#[slice_test]
async fn what_was_only_offered_is_taken_back_with_its_invitation_and_offered_anew(slice: Slice) {
    let (mut admin, company) = acme(&slice, "1").await;
    invites(&mut admin, &company, "lee@acme.example").await;
    let ((invitation, lee), seat) = (last_asked(&slice).await, last_seat(&slice).await);
    admin.get(&seat).await.lacks("Send it once more");
    slice.advance(TimeDelta::days(15)).await;
    let mut admin = slice.sign_in(pat()).await;
    admin.get(&seat).await.shows("The invitation ran out");
    admin.post(&format!("{seat}/remind"), &[]).await.is(303);
    let (second, again) = last_asked(&slice).await;
    assert!(again == lee && second != invitation);

    admin.post(&format!("{seat}/release"), &[]).await.is(303);
    assert_eq!(slice.published::<InvitationWithdrawn>().await.pop().unwrap().invitation_id, second);
    admin.post(&format!("{seat}/restore"), &[]).await.is(303);
    let (third, _) = last_asked(&slice).await;
    // Both crossed with the release: only the last invitation is worth a seat.
    slice.deliver("identity", accepted(second, lee)).await;
    assert!(slice.published::<SeatAssigned>().await.is_empty());
    slice.deliver("identity", accepted(third, lee)).await;
    assert_eq!(slice.published::<SeatAssigned>().await.len(), 1);
    admin.get(&company).await.shows("1 of 1 taken, 0 free");
}

#[slice_test]
async fn nobody_but_its_admins_reaches_a_company_or_its_seats(slice: Slice) {
    let (mut admin, company) = acme(&slice, "5").await;
    invites(&mut admin, &company, "lee@acme.example").await;
    let seat = last_seat(&slice).await;
    // Sam gives the seats of another company, Ada works in the office, Kim holds a seat here.
    let mut office = slice.staff(ada(), STAFF).await;
    let other = a_company(&mut office, "Other Cable", "").await;
    let form =
        [("role", "admin"), ("number", ""), ("name", "Sam"), ("address", "sam@other.example")];
    fill(&mut office, &format!("{other}/people"), &form).await.is(303);
    let (invitation, _) = last_asked(&slice).await;
    slice.deliver("identity", accepted(invitation, sam())).await;
    let mut sams = slice.sign_in(sam()).await;
    sams.get(&path_of(&other)).await.is(200);
    invites(&mut admin, &company, "kim@acme.example").await;
    let (invitation, _) = last_asked(&slice).await;
    slice.deliver("identity", accepted(invitation, kim())).await;
    let before = slice.db().head_position();

    let mut kims = slice.sign_in(kim()).await;
    for browser in [&mut sams, &mut kims, &mut office] {
        browser.get("/companies").await.lacks("Acme Cable");
        for page in [company.clone(), format!("{company}/invite"), seat.clone()] {
            browser.get(&page).await.is(404).lacks("Acme Cable");
        }
        browser.post(&format!("{company}/invite"), &[("people", "x@acme.example")]).await.is(404);
        for act in ["release", "restore", "remind", "move"] {
            let form = [("name", "X"), ("address", "x@acme.example")];
            browser.post(&format!("{seat}/{act}"), &form).await.is(404).lacks("lee@acme");
        }
    }
    assert_eq!(slice.db().head_position(), before);

    // Whoever is admin no more reaches it no more.
    let page = format!("/staff/membership{company}");
    let shown = office.get(&page).await;
    let remove = shown.text().split("href=\"").find(|rest| rest.contains("company-roles")).unwrap();
    office.post(remove.split('"').next().unwrap(), &[]).await.is(303);
    admin.get(&company).await.is(404);
}

#[slice_test]
async fn a_program_reads_the_seats_its_owner_gives_and_no_others(slice: Slice) {
    let (mut admin, company) = acme(&slice, "5").await;
    invites(&mut admin, &company, "a@acme.example\nb@acme.example\nc@acme.example").await;
    let program = async |person: PersonId| {
        let expires_at = slice.now() + TimeDelta::days(400);
        let scopes = vec!["membership:read".to_owned()];
        let (id, holder) = (person.0, Holder::Person(person));
        slice.program(&AccessToken { id, holder, scopes, expires_at, brief: false }).await
    };
    let path = format!("/api/membership{company}");
    let mut own = program(pat()).await;
    let read: Value = serde_json::from_str(own.get(&path).await.is(200).text()).unwrap();
    assert_eq!((&read["seats"], &read["seats_taken"]), (&5.into(), &3.into()));
    assert_eq!(read["member_until"], "2028-03-01");
    let seats = format!("{path}/seats?limit=2");
    let first: Value = serde_json::from_str(own.get(&seats).await.is(200).text()).unwrap();
    assert_eq!(first["seats"].as_array().unwrap().len(), 2);
    let next = format!("{seats}&cursor={}", first["next"].as_str().unwrap());
    let last: Value = serde_json::from_str(own.get(&next).await.is(200).text()).unwrap();
    assert_eq!((last["seats"].as_array().unwrap().len(), &last["next"]), (1, &Value::Null));
    own.get(&format!("{path}/seats?limit=0")).await.is(422);
    let mut foreign = program(sam()).await;
    foreign.get(&path).await.is(404);
    foreign.get(&seats).await.is(404).lacks("acme.example");
}
