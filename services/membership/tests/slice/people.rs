//! People: known by their account, named by themselves, introduced by staff.

use chassis::testing::{Answered, Slice, slice_test};
use contracts::identity::InvitationAccepted;
use contracts::membership::{PersonCreated, PersonUpdated};
use contracts::shared::{InvitationRequested, InvitationWithdrawn, PersonIntroduced};

use crate::given::{STAFF, ada, an_open_society, fill, sam, verified};

#[slice_test]
async fn an_account_holder_is_known_and_published_with_the_first_name(slice: Slice) {
    slice.deliver("identity", verified(sam())).await;
    assert!(slice.published::<PersonCreated>().await.is_empty());
    let mut office = slice.staff(ada(), STAFF).await;
    office.get("/staff/membership").await.shows("(no name yet)");

    let mut browser = slice.sign_in(sam()).await;
    fill(&mut browser, "/membership/profile", &[("name", "Sam Okafor")]).await.is(303);

    let created = slice.published_one::<PersonCreated>().await;
    assert_eq!((created.person.person_id, created.person.name.as_str()), (sam(), "Sam Okafor"));
    browser.get("/membership").await.shows("Sam Okafor");
}

#[slice_test]
async fn a_stale_edit_shows_the_conflict_and_keeps_what_was_typed(slice: Slice) {
    let (mut one, mut other) = (slice.sign_in(sam()).await, slice.sign_in(sam()).await);
    let profile = "/membership/profile";
    fill(&mut one, profile, &[("name", "Sam Okafor")]).await.is(303);

    let page = other.get(profile).await;
    fill(&mut one, profile, &[("name", "Samuel Okafor")]).await.is(303);
    let stale = other.submit(&page, profile, &[("name", "S. Okafor")]).await;

    assert_eq!(stale.status(), 409);
    stale.shows("it now says “Samuel Okafor”");
    stale.shows("value=\"S. Okafor\"");
    assert_eq!(slice.published_one::<PersonUpdated>().await.person.name, "Samuel Okafor");

    // Having read that, saving again is meant.
    other.submit(&stale, profile, &[("name", "S. Okafor")]).await.is(303);
    other.get(profile).await.shows("S. Okafor");
}

#[slice_test]
async fn two_renames_at_once_never_both_succeed(slice: Slice) {
    let (mut one, mut other) = (slice.sign_in(sam()).await, slice.sign_in(sam()).await);
    let profile = "/membership/profile";
    let (page, page_of_other) = (one.get(profile).await, other.get(profile).await);

    let (form, form_of_other) = ([("name", "Sam One")], [("name", "Sam Other")]);
    let (first, second) = tokio::join!(
        one.submit(&page, profile, &form),
        other.submit(&page_of_other, profile, &form_of_other)
    );

    let mut answers = [first.status(), second.status()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409]);
}

#[slice_test]
async fn staff_introduce_somebody_and_identity_hears_of_it(slice: Slice) {
    let mut office = slice.staff(ada(), STAFF).await;

    let form = [("name", "Lee Marsh"), ("address", "Lee@example.org")];
    let answer = fill(&mut office, "/staff/membership/introduce", &form).await;

    let introduced = slice.published_one::<PersonIntroduced>().await;
    assert_eq!(
        (introduced.name.as_str(), introduced.address.as_str()),
        ("Lee Marsh", "Lee@example.org")
    );
    let created = slice.published_one::<PersonCreated>().await;
    assert_eq!(created.person.person_id, introduced.person_id);
    let detail = office.get(answer.location()).await;
    detail.shows("Lee Marsh");
    detail.shows("introduced");
    detail.shows("Not a member");
}

#[slice_test]
async fn people_are_listed_page_by_page_and_found_by_name_and_number(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    for n in 0..60 {
        let (name, address) = (format!("Person {n:02}%"), format!("person{n}@example.org"));
        office.post("/staff/membership/introduce", &[("name", &name), ("address", &address)]).await;
    }

    let first = office.get("/staff/membership").await;
    first.shows("Person 00%");
    first.shows("Person 49%");
    first.lacks("Person 50%");
    let second = office.get(&next(&first)).await;
    second.shows("Person 50%");
    second.shows("Person 59%");
    second.lacks("Person 49%");
    second.lacks(">Next<");

    office.get("/staff/membership?q=person+07").await.shows("Person 07%");
    office.get("/staff/membership?q=%25").await.shows("Person 00%");
    office.get("/staff/membership?q=_").await.shows("Nobody is found");
    office.get("/staff/membership?q=M000001").await.shows("Nobody is found");
    assert_eq!(office.get("/staff/membership?after=nonsense").await.status(), 200);
}

/// Where the link to the next page of a list leads.
fn next(page: &Answered) -> String {
    let (_, link) = page.text().split_once("rel=\"next\" href=\"").unwrap();
    link.split_once('"').unwrap().0.replace("&amp;", "&")
}

#[slice_test]
async fn the_office_invites_somebody_and_hears_that_they_accepted(slice: Slice) {
    let mut office = slice.staff(ada(), STAFF).await;
    let page = "/staff/membership/invite";
    let form = [("name", "Lee Marsh"), ("address", "no address"), ("title", "")];
    fill(&mut office, page, &form).await.is(422).shows("value=\"Lee Marsh\"");
    assert!(slice.published::<InvitationRequested>().await.is_empty());

    let form = [
        ("name", "Lee Marsh"),
        ("address", "lee@example.org"),
        ("title", "the Rocky Mountain Chapter"),
    ];
    let person = fill(&mut office, page, &form).await.location().to_owned();

    let introduced = slice.published_one::<PersonIntroduced>().await;
    let invited = slice.published_one::<InvitationRequested>().await;
    assert_eq!(invited.person_id, introduced.person_id);
    assert_eq!(invited.title, "the Rocky Mountain Chapter");
    assert_eq!(invited.expires_at, slice.now() + chrono::TimeDelta::days(14));
    office.get(&person).await.shows("the Rocky Mountain Chapter").shows("Take back");

    let (invitation_id, person_id) = (invited.invitation_id, introduced.person_id);
    let accepted = InvitationAccepted { invitation_id, person_id, version: 3 };
    slice.deliver_twice("identity", accepted).await;
    office.get(&person).await.shows("accepted").lacks("Take back");
    // Of others we take no note.
    let foreign = InvitationAccepted { invitation_id: person_id.0, person_id: sam(), version: 1 };
    slice.deliver("identity", foreign).await;
}

#[slice_test]
async fn an_invitation_is_taken_back_once_and_only_by_the_office(slice: Slice) {
    let mut office = slice.staff(ada(), STAFF).await;
    let form = [("name", "Lee"), ("address", "lee@example.org"), ("title", "the society")];
    let person = fill(&mut office, "/staff/membership/invite", &form).await;
    let invited = slice.published_one::<InvitationRequested>().await;
    let path = format!("/staff/membership/invitations/{}/withdraw", invited.invitation_id);
    slice.sign_in(sam()).await.get(&path).await.is(403);
    slice.sign_in(sam()).await.post(&path, &[]).await.is(403);

    office.get(&path).await.shows("The link in the mail stops working");
    let done = office.post(&path, &[]).await;
    assert_eq!(done.location(), person.location());
    office.post(&path, &[]).await.is(303);
    let withdrawn = slice.published_one::<InvitationWithdrawn>().await;
    assert_eq!((withdrawn.invitation_id, withdrawn.version), (invited.invitation_id, 2));
    office.get(person.location()).await.shows("taken back").lacks("Take back");
    assert_eq!(office.get(&path).await.location(), person.location());
}
