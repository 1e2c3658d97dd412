//! Each route tried as a stranger, another person, a member, staff of another unit, staff.

use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use contracts::shared::ChargeRequested;
use uuid::Uuid;

use crate::given::{STAFF, ada, apply, kim, paid, sam_applied};

const STAFF_PAGES: [&str; 9] = [
    "/staff/membership/companies",
    "/staff/membership/companies/new",
    "/staff/membership",
    "/staff/membership/introduce",
    "/staff/membership/types",
    "/staff/membership/types/new",
    "/staff/membership/chapters",
    "/staff/membership/chapters/new",
    "/staff/membership/tasks",
];
const OWN_PAGES: [&str; 3] = ["/membership", "/membership/profile", "/companies"];
const OPEN_PAGES: [&str; 2] = ["/membership/join", "/membership/chapters"];

#[slice_test]
async fn a_stranger_is_sent_to_sign_in_and_back(slice: Slice) {
    let (_, path, _) = sam_applied(&slice).await;
    let mut stranger = slice.stranger();

    for page in OWN_PAGES.iter().chain(&STAFF_PAGES).copied().chain([path.as_str()]) {
        let answer = stranger.get(page).await;
        assert_eq!(answer.status(), 303, "{page}");
        assert!(answer.location().contains("return_to="), "{page} to {}", answer.location());
    }
}

#[slice_test]
async fn every_route_is_closed_to_whom_it_is_not_for(slice: Slice) {
    let nothing = "01900000-0000-7000-8000-0000000000ff";
    let mut stranger = slice.stranger();
    let mut somebody = slice.sign_in(kim()).await;
    let mut tried = 0;

    for route in slice.routes().iter().filter(|route| !route.path.starts_with("/-/")) {
        tried += 1;
        let path = route.path.replace("{id}", nothing);
        if path.starts_with("/api/") {
            // For programs with a token: neither a stranger nor a browser comes in.
            assert!(route.who.starts_with("token "), "{path}: {}", route.who);
            stranger.get(&path).await.is(401);
            somebody.get(&path).await.is(401);
            continue;
        }
        let staff = path.starts_with("/staff/membership");
        let open = route.method == "GET"
            && (OPEN_PAGES.contains(&path.as_str()) || path == "/membership/join/details");
        let who = match () {
            () if staff => "staff.membership",
            () if open => "anyone",
            () => "signed in",
        };
        assert_eq!(route.who, who, "{path}");
        if open {
            assert!(stranger.get(&path).await.status() < 400, "{path}");
        } else if route.method == "GET" {
            stranger.get(&path).await.is(303);
            if staff {
                somebody.get(&path).await.is(403);
            }
        } else {
            stranger.post(&path, &[]).await.is(401);
            let answer = somebody.post(&path, &[]).await;
            assert!(matches!(answer.status(), 403 | 404 | 422), "{path}: {}", answer.status());
            assert!(!staff || answer.status() == 403, "{path}: {}", answer.status());
        }
    }
    assert_eq!(tried, 57);
}

#[slice_test]
async fn another_persons_application_does_not_exist(slice: Slice) {
    let (_, path, _) = sam_applied(&slice).await;
    let mut other = slice.sign_in(kim()).await;

    assert_eq!(other.get(&path).await.status(), 404);
    assert_eq!(other.get(&format!("{path}/withdraw")).await.status(), 404);
    assert_eq!(other.post(&format!("{path}/withdraw"), &[]).await.status(), 404);
    other.get("/membership").await.shows("You are not a member yet");

    // Not even when they are a member themselves.
    apply(&slice, &mut other, "Kim Lee").await.is(303);
    let theirs = slice.published::<ChargeRequested>().await[1].charge.clone();
    slice.deliver("commerce", paid(&theirs, "2027-03-01T11:00:00Z")).await;
    other.get("/membership").await.shows("Member until");
    assert_eq!(other.get(&path).await.status(), 404);
}

#[slice_test]
async fn staff_pages_are_for_the_membership_office(slice: Slice) {
    let finance = PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002));
    let mut outsiders =
        [slice.sign_in(kim()).await, slice.staff(finance, &["staff.finance"]).await];
    for outsider in &mut outsiders {
        for page in STAFF_PAGES {
            assert_eq!(outsider.get(page).await.status(), 403, "{page}");
        }
    }

    let mut office = slice.staff(ada(), STAFF).await;
    for page in STAFF_PAGES {
        assert_eq!(office.get(page).await.status(), 200, "{page}");
    }
}

#[slice_test]
async fn what_is_not_there_is_said_to_be_not_there(slice: Slice) {
    let mut office = slice.staff(ada(), STAFF).await;
    let nothing = "01900000-0000-7000-8000-0000000000ff";
    for path in ["people", "types", "chapters"] {
        let answer = office.get(&format!("/staff/membership/{path}/{nothing}")).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
    assert_eq!(office.get(&format!("/membership/applications/{nothing}")).await.status(), 404);
    let garbled = office.get("/membership/applications/nonsense").await.status();
    assert!(garbled == 404 || garbled == 400);
    let done = office.post("/staff/membership/tasks/done", &[("chosen", nothing)]).await;
    assert_eq!(done.status(), 404);
    assert_eq!(
        office.get(&format!("/membership/applications/{nothing}/withdraw")).await.status(),
        404
    );
}

#[slice_test]
async fn what_is_no_form_of_ours_is_refused_and_changes_nothing(slice: Slice) {
    let nothing = "01900000-0000-7000-8000-0000000000ff";
    let form = "application/x-www-form-urlencoded";
    let mut office = slice.staff(ada(), STAFF).await;
    let before = slice.db().head_position();

    for route in slice.routes().iter().filter(|route| route.method == "POST") {
        let path = route.path.replace("{id}", nothing);
        for (kind, body) in [
            (form, "name=Sam".to_owned()),
            (form, "_csrf=guessed&_key=k&name=Sam".to_owned()),
            ("application/json", "{".to_owned()),
            (form, format!("name={}", "x".repeat(70_000))),
        ] {
            let status = office.post_raw(&path, kind, body).await.status();
            assert!((400..500).contains(&status), "{path}, {kind}: {status}");
        }
    }

    assert_eq!(slice.db().head_position(), before);
}

#[slice_test]
async fn every_route_refuses_whoever_may_not(slice: Slice) {
    slice.try_every_route().await;
}

#[slice_test]
async fn applying_and_withdrawing_are_asked_of_us_seldom(slice: Slice) {
    let limited: Vec<_> = slice
        .routes()
        .iter()
        .filter(|route| route.per_minute == Some(20))
        .map(|route| (route.method, route.path.as_str()))
        .collect();

    assert_eq!(
        limited,
        [
            ("POST", "/membership/join"),
            ("POST", "/membership/applications/{id}/withdraw"),
            ("POST", "/companies/{id}/invite"),
            ("POST", "/companies/seats/{id}/remind"),
            ("POST", "/companies/seats/{id}/move"),
        ]
    );
}
