//! The office's own pages: prices are changed by who saw the latest one, codes and names are unique.

use chassis::testing::{Slice, slice_test};
use contracts::Money;
use contracts::membership::{ChapterPublished, TypePublished};

use crate::given::{STAFF, ada, an_open_society, apply, fill, sam, the_chapter, the_type};

const KIND: [(&str, &str); 5] = [
    ("title", "Active Member"),
    ("audience", "individuals"),
    ("price", "120"),
    ("sample", "on"),
    ("open", "on"),
];

#[slice_test]
async fn a_new_price_counts_for_the_next_application(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let path = format!("/staff/membership/types/{}", the_type(&slice).await);

    office.get(&path).await.shows("value=\"99.00\"");
    fill(&mut office, &path, &KIND).await.is(303);

    let kind = slice.published::<TypePublished>().await.pop().unwrap();
    assert_eq!(kind.membership_type.price, Money::usd(12_000));
    assert_eq!(kind.membership_type.code, "ACTIVE");
    let mut browser = slice.sign_in(sam()).await;
    let page = browser.get("/membership/join").await;
    page.shows("$120.00 (sample)");
    page.shows("$20.00 (sample)");
}

#[slice_test]
async fn a_stale_price_change_is_refused_and_kept(slice: Slice) {
    an_open_society(&slice).await;
    let (mut one, mut other) = (slice.staff(ada(), STAFF).await, slice.staff(ada(), STAFF).await);
    let path = format!("/staff/membership/types/{}", the_type(&slice).await);
    let page = other.get(&path).await;

    fill(&mut one, &path, &KIND).await.is(303);
    let mut theirs = KIND;
    theirs[2] = ("price", "77.50");
    let stale = other.submit(&page, &path, &theirs).await;

    assert_eq!(stale.status(), 409);
    stale.shows("it now costs $120.00");
    stale.shows("value=\"77.50\"");
    assert_eq!(slice.published::<TypePublished>().await.len(), 2);
}

#[slice_test]
async fn a_chapters_dues_are_changed_by_who_saw_the_latest(slice: Slice) {
    an_open_society(&slice).await;
    let (mut one, mut other) = (slice.staff(ada(), STAFF).await, slice.staff(ada(), STAFF).await);
    let path = format!("/staff/membership/chapters/{}", the_chapter(&slice).await);
    let (page, page_of_other) = (one.get(&path).await, other.get(&path).await);
    let form = [("name", "Rocky Mountain Chapter"), ("region", "Colorado"), ("price", "25.00")];
    let (first, second) =
        tokio::join!(one.submit(&page, &path, &form), other.submit(&page_of_other, &path, &form));

    let mut answers = [first.status(), second.status()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409]);
    let chapter = slice.published::<ChapterPublished>().await.pop().unwrap();
    assert_eq!((chapter.chapter.price.clone(), chapter.chapter.sample), (Money::usd(2500), false));
}

#[slice_test]
async fn codes_and_names_are_given_once(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;

    let mut kind = vec![("code", "active")];
    kind.extend(KIND);
    let taken = fill(&mut office, "/staff/membership/types/new", &kind).await;
    assert_eq!(taken.status(), 409);
    taken.shows("The code ACTIVE is in use");

    let chapter = [("name", "Rocky Mountain Chapter"), ("region", ""), ("price", "1")];
    let taken = fill(&mut office, "/staff/membership/chapters/new", &chapter).await;
    assert_eq!(taken.status(), 409);
    taken.shows("There is a chapter called Rocky Mountain Chapter already");
}

#[slice_test]
async fn what_is_closed_cannot_be_applied_for(slice: Slice) {
    an_open_society(&slice).await;
    let mut browser = slice.sign_in(sam()).await;
    browser.get("/membership/join").await;
    let mut office = slice.staff(ada(), STAFF).await;
    let path = format!("/staff/membership/types/{}", the_type(&slice).await);
    fill(&mut office, &path, &KIND[..4]).await.is(303);

    let (kind, form_path) = (the_type(&slice).await, "/membership/join");
    let form = [("name", "Sam"), ("type", kind.as_str()), ("chapter", ""), ("confirm", "on")];
    assert_eq!(browser.post(form_path, &form).await.status(), 409);
    browser.get("/membership/join").await.shows("No kind of membership can be bought");
}

#[slice_test]
async fn what_costs_nothing_cannot_be_put_on_sale(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let mut free = KIND;
    free[2] = ("price", "0");

    let path = format!("/staff/membership/types/{}", the_type(&slice).await);
    let refused = fill(&mut office, &path, &free).await;
    refused.is(409).shows("costs nothing").shows("value=\"0\"");
    let mut new = vec![("code", "FREE")];
    new.extend(free);
    fill(&mut office, "/staff/membership/types/new", &new).await.is(409);
    assert_eq!(slice.published::<TypePublished>().await.len(), 1);

    // Closed it may stand there, and wait for its price.
    fill(&mut office, "/staff/membership/types/new", &new[..5]).await.is(303);
}

#[slice_test]
async fn bad_input_is_refused_with_words_and_changes_nothing(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    for (field, bad) in [("price", "-5"), ("price", "ninety"), ("title", ""), ("code", "")] {
        let mut form = vec![("code", "NEW")];
        form.extend(KIND);
        for pair in &mut form {
            if pair.0 == field {
                pair.1 = bad;
            }
        }
        let answer = fill(&mut office, "/staff/membership/types/new", &form).await;
        assert_eq!(answer.status(), 422, "{field}={bad}");
        answer.shows("individuals");
    }
    assert_eq!(slice.published::<TypePublished>().await.len(), 1);

    let mut browser = slice.sign_in(sam()).await;
    let unknown = "01900000-0000-7000-8000-0000000000ff";
    let kind = the_type(&slice).await;
    let long = "x".repeat(500);
    let cases = [
        [("name", ""), ("type", kind.as_str()), ("chapter", ""), ("confirm", "on")],
        [("name", long.as_str()), ("type", &kind), ("chapter", ""), ("confirm", "on")],
        [("name", "Sam"), ("type", "nonsense"), ("chapter", ""), ("confirm", "on")],
        [("name", "Sam"), ("type", unknown), ("chapter", ""), ("confirm", "on")],
        [("name", "Sam"), ("type", &kind), ("chapter", unknown), ("confirm", "on")],
        [("name", "Sam"), ("type", &kind), ("chapter", ""), ("confirm", "")],
    ];
    for form in cases {
        let answer = browser.post("/membership/join", &form).await;
        assert_eq!(answer.status(), 422, "{form:?}");
    }
    assert_eq!(apply(&slice, &mut browser, "Sam Okafor").await.status(), 303);
}
