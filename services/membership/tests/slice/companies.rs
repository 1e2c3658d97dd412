//! ME-12, ME-13, ME-17: companies as the office keeps them, and the terms that cover all who hold seats.

use chassis::testing::{Browser, Slice, slice_test};
use contracts::identity::InvitationAccepted;
use contracts::membership::{
    CompanyPublished, CompanySize, CompanyTermEnded, CompanyTermStarted, SeatAssigned,
    SeatReleased, TypePublished,
};
use contracts::shared::InvitationRequested;

use crate::given::{STAFF, ada, an_open_society, apply, fill, kim, sam};
use crate::seats::{accepted, an_admin_of, path_of};

pub(crate) const COMPANIES: &str = "/staff/membership/companies";

/// Enters a company; gives its page.
pub(crate) async fn a_company(office: &mut Browser, name: &str, parent: &str) -> String {
    let form = [
        ("name", name),
        ("parent", parent),
        ("region", "Colorado"),
        ("size", "under_500"),
        ("domains", "@Acme.example fiber.acme.example"),
    ];
    let answer = fill(office, &format!("{COMPANIES}/new"), &form).await;
    answer.is(303);
    answer.location().to_owned()
}

/// The id of the kind of membership that companies have, entered when there is none.
pub(crate) async fn corporate(slice: &Slice, office: &mut Browser) -> String {
    let known = |kind: &TypePublished| kind.membership_type.code == "CORP";
    if !slice.published::<TypePublished>().await.iter().any(|kind| known(kind)) {
        let kind = [
            ("code", "CORP"),
            ("title", "Corporate Member"),
            ("audience", "companies"),
            ("price", "0"),
            ("seats", "50"),
        ];
        fill(office, "/staff/membership/types/new", &kind).await.is(303);
    }
    let types = slice.published::<TypePublished>().await;
    let kind = types.iter().find(|kind| known(kind)).unwrap();
    assert_eq!(kind.membership_type.seats, Some(50));
    kind.membership_type.type_id.to_string()
}

/// Records a year of a company's membership.
pub(crate) async fn a_year(
    slice: &Slice,
    office: &mut Browser,
    page: &str,
    from: &str,
    seats: &str,
) {
    let kind = corporate(slice, office).await;
    let paid = ("paid", "transfer of 1 March");
    let form = [("type", kind.as_str()), ("from", from), ("seats", seats), paid];
    fill(office, &format!("{page}/term"), &form).await.is(303);
}

#[slice_test]
async fn the_office_enters_a_company_and_changes_it(slice: Slice) {
    let mut office = slice.staff(ada(), STAFF).await;
    let new = format!("{COMPANIES}/new");
    let odd = [("name", ""), ("parent", ""), ("region", ""), ("size", "huge"), ("domains", "acme")];
    let refused = fill(&mut office, &new, &odd).await;
    refused.is(422).shows("write domains such as example.org").shows("value=\"acme\"");
    assert!(slice.published::<CompanyPublished>().await.is_empty());

    let page = a_company(&mut office, "Acme Cable", "").await;
    let told = slice.published_one::<CompanyPublished>().await;
    assert_eq!(
        (told.company.name.as_str(), &told.company.size),
        ("Acme Cable", &CompanySize::Under500)
    );
    assert_eq!(told.company.domains, ["acme.example", "fiber.acme.example"]);
    office.get(&page).await.shows("Acme Cable").shows("Never a member").shows("50 to 499 people");
    let list = office.get(&format!("{COMPANIES}?q=ACME.example")).await;
    list.shows("Acme Cable").shows("not a member");
    office.get(&format!("{COMPANIES}?standing=member")).await.shows("No company is found");

    let stale = office.get(&format!("{page}/edit")).await;
    let edit = [
        ("name", "Acme Fiber"),
        ("parent", ""),
        ("region", "Utah"),
        ("size", "over_5000"),
        ("domains", ""),
    ];
    fill(&mut office, &format!("{page}/edit"), &edit).await.is(303);
    office.get(&page).await.shows("Acme Fiber").shows("Utah").shows("Acme Cable");
    let refused = office.submit(&stale, &format!("{page}/edit"), &edit).await;
    refused.is(409).shows("was changed since you opened the page");

    let twice = [
        ("name", "ACME fiber"),
        ("parent", ""),
        ("region", ""),
        ("size", "not_known"),
        ("domains", ""),
    ];
    fill(&mut office, &new, &twice).await.is(409).shows("There is a company called");
    assert_eq!(slice.published::<CompanyPublished>().await.len(), 2);
}

#[slice_test]
async fn dues_and_members_are_asked_of_different_people(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let page = a_company(&mut office, "Acme Cable", "").await;
    let people = format!("{page}/people");
    let named = async |office: &mut Browser, role: &str, name: &str, address: &str| {
        let form = [("role", role), ("number", ""), ("name", name), ("address", address)];
        fill(office, &people, &form).await.is(303);
    };
    named(&mut office, "dues", "Dee Dues", "dee@acme.example").await;
    named(&mut office, "member", "Mel Member", "mel@acme.example").await;
    named(&mut office, "dues", "Don Dues", "don@acme.example").await;

    let told = slice.published::<CompanyPublished>().await.pop().unwrap();
    let invited = slice.published::<InvitationRequested>().await;
    assert_eq!(told.company.dues_contact, Some(invited[2].person_id));
    assert_eq!(told.company.member_contact, Some(invited[1].person_id));
    assert!(told.company.admins.is_empty());
    let shown = office.get(&page).await;
    shown.shows("Don Dues").shows("Mel Member").lacks("Dee Dues");

    let unknown = [("role", "admin"), ("number", "M999999"), ("name", ""), ("address", "")];
    fill(&mut office, &people, &unknown).await.is(422).shows("nobody has this member number");
    let remove = shown
        .text()
        .split("href=\"")
        .find(|rest| rest.starts_with("/staff/membership/company-roles"));
    let remove = remove.unwrap().split('"').next().unwrap().to_owned();
    office.get(&remove).await.shows("Take the role away?");
    office.post(&remove, &[]).await.is(303);
    office.get(&remove).await.is(404);
}

#[slice_test]
async fn one_message_ends_the_membership_of_fifty(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let page = a_company(&mut office, "Acme Cable", "").await;
    a_year(&slice, &mut office, &page, "2027-03-01", "50").await;
    let mut admin = an_admin_of(&slice, &mut office, &page).await;
    let typed: Vec<_> = (0..50).map(|n| format!("Person {n:02}, p{n}@acme.example")).collect();
    let typed = typed.join("\n");
    let invite = format!("{}/invite", path_of(&page));
    fill(&mut admin, &invite, &[("people", &typed)]).await.is(303);
    let invited = slice.published::<InvitationRequested>().await;
    for asked in invited.iter().filter(|asked| asked.return_path == "/membership") {
        slice.deliver("identity", accepted(asked.invitation_id, asked.person_id)).await;
    }
    assert_eq!(slice.published::<SeatAssigned>().await.len(), 50);
    let members = "/staff/membership?standing=member&q=person";
    office.get(members).await.shows("Person 00").shows("Person 49");
    let holder = invited.last().unwrap().person_id;
    let mut lee = slice.sign_in(holder).await;
    let mine = lee.get("/membership").await;
    mine.shows("Member until 29 February 2028").shows("You hold a seat of Acme Cable");
    // By a seat one is a member, and pays no second time.
    let paid_twice = apply(&slice, &mut lee, "Lee").await;
    assert_eq!(paid_twice.status(), 409, "{}", paid_twice.text());

    // The renewal counts for all of them, from the day the first year ends.
    a_year(&slice, &mut office, &page, "2027-09-01", "50").await;
    lee.get("/membership").await.shows("Member until 28 February 2029");
    assert_eq!(slice.published::<CompanyTermStarted>().await.len(), 2);

    // It is not paid after all.
    let before = slice.db().head_position();
    for from in ["2028-03-01", "2027-03-01"] {
        let shown = office.get(&page).await;
        let ends = shown.text().split("href=\"").filter(|rest| rest.contains("company-terms"));
        let end = ends.last().unwrap().split('"').next().unwrap().to_owned();
        let form = [("ends_before", from), ("reason", "invoice 1042 was not paid")];
        fill(&mut office, &end, &form).await.is(303);
    }
    slice.settle().await;
    assert_eq!(slice.published::<CompanyTermEnded>().await.len(), 2);
    // One for each of the two years, and nothing for any of the fifty.
    assert_eq!(slice.db().head_position() - before, 2);
    assert!(slice.published::<SeatReleased>().await.is_empty());
    office.get(members).await.lacks("Person 00").shows("Nobody is found");
    lee.get("/membership").await.lacks("Member until");
    office.get(&page).await.shows("invoice 1042 was not paid");
}

#[slice_test]
async fn a_branch_is_covered_by_its_company_and_has_no_terms(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let page = a_company(&mut office, "Acme Cable", "").await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    let branch = a_company(&mut office, "Acme Denver", &id).await;
    let deeper = [
        ("name", "Acme Boulder"),
        ("parent", branch.rsplit('/').next().unwrap()),
        ("region", ""),
        ("size", "not_known"),
        ("domains", ""),
    ];
    fill(&mut office, &format!("{COMPANIES}/new"), &deeper)
        .await
        .is(409)
        .shows("is a branch itself");
    let kind = corporate(&slice, &mut office).await;
    let term = [("type", kind.as_str()), ("from", "2027-03-01"), ("seats", "5"), ("paid", "never")];
    fill(&mut office, &format!("{branch}/term"), &term)
        .await
        .is(409)
        .shows("the terms of its company cover it");

    a_year(&slice, &mut office, &page, "2027-03-01", "2").await;
    // An admin of the company gives seats of its branches, and both count together.
    let mut admin = an_admin_of(&slice, &mut office, &page).await;
    for place in [&branch, &page] {
        let invite = format!("{}/invite", path_of(place));
        let address = format!("x{}@acme.example", place.len());
        fill(&mut admin, &invite, &[("people", &address)]).await.is(303);
    }
    admin
        .get(&path_of(&branch))
        .await
        .shows("2 of 2 taken, 0 free")
        .shows("a branch of Acme Cable");
    let one = [("people", "y@acme.example")];
    let full = fill(&mut admin, &format!("{}/invite", path_of(&branch)), &one).await;
    full.is(409).shows("2 seats are paid for and 2 of them are taken, so 0 can be given");
    let asked = slice.published::<InvitationRequested>().await;
    let asked = asked.iter().find(|one| one.title == "Acme Denver").unwrap();
    slice.deliver("identity", accepted(asked.invitation_id, kim())).await;
    slice.sign_in(kim()).await.get("/membership").await.shows("Member until 29 February 2028");

    // Nothing moves under a seat that is given.
    let away = [
        ("name", "Acme Denver"),
        ("parent", ""),
        ("region", ""),
        ("size", "not_known"),
        ("domains", ""),
    ];
    fill(&mut office, &format!("{branch}/edit"), &away)
        .await
        .is(409)
        .shows("release the seats first");
    slice.sign_in(sam()).await.get("/membership").await.lacks("Member until");
}

#[slice_test]
async fn what_identity_says_of_other_invitations_is_left_alone(slice: Slice) {
    let none = uuid::Uuid::from_u128(1);
    let foreign = InvitationAccepted { invitation_id: none, person_id: sam(), version: 1 };
    slice.deliver_twice("identity", foreign).await;
    assert!(slice.published::<SeatAssigned>().await.is_empty());
}
