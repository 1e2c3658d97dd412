//! J1 step 3 as pages: everybody sees what joining costs before they give a name.

use chassis::testing::{Slice, slice_test};
use contracts::shared::ChargeRequested;

use crate::given::{
    STAFF, ada, an_open_society, apply, details_path, fill, paid, sam, sam_applied, the_chapter,
    the_type,
};

#[slice_test]
async fn a_stranger_sees_the_whole_sum_and_then_makes_an_account(slice: Slice) {
    an_open_society(&slice).await;
    let mut stranger = slice.stranger();

    let choices = stranger.get("/membership/join").await;
    choices.is(200).shows("Active Member").shows("$99.00 (sample)").shows("Rocky Mountain Chapter");
    choices.shows("action=\"/membership/join/details\"").lacks("name=\"name\"");

    let chapter = the_chapter(&slice).await;
    let details = details_path(&slice, &chapter).await;
    let sum = stranger.get(&details).await;
    sum.is(200).shows("$119.00").shows("First an account").lacks("name=\"name\"");
    let back = details.replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
    sum.shows(&format!("/account/register?return_to={back}"));
    sum.shows(&format!("/account/sign-in?return_to={back}"));

    // With an account the same page asks for the name, and what was chosen is still chosen.
    let mut browser = slice.sign_in(sam()).await;
    let page = browser.get(&details).await;
    page.shows("Your name").shows("$119.00");
    let form = [("name", "Sam Okafor"), ("confirm", "yes")];
    browser.submit(&page, "/membership/join", &form).await.is(303);
    let charge = slice.published_one::<ChargeRequested>().await.charge.clone();
    assert_eq!(charge.lines.len(), 2);
}

#[slice_test]
async fn without_a_chapter_only_the_society_is_paid(slice: Slice) {
    an_open_society(&slice).await;
    let mut browser = slice.sign_in(sam()).await;

    let page = browser.get(&details_path(&slice, "").await).await;
    page.shows("$99.00").lacks("$119.00").lacks("Rocky Mountain");
    let form = [("name", "Sam Okafor"), ("confirm", "yes")];
    browser.submit(&page, "/membership/join", &form).await.is(303);

    assert_eq!(slice.published_one::<ChargeRequested>().await.charge.lines.len(), 1);
}

#[slice_test]
async fn who_chose_nothing_that_is_sold_chooses_again(slice: Slice) {
    an_open_society(&slice).await;
    let mut stranger = slice.stranger();
    let (kind, unknown) = (the_type(&slice).await, "01900000-0000-7000-8000-0000000000ff");

    for query in ["", "?type=nonsense", &format!("?type={unknown}"), &format!("?chapter={unknown}")]
    {
        let answer = stranger.get(&format!("/membership/join/details{query}")).await;
        assert!(answer.is(303).location().starts_with("/membership/join?"), "{query}");
    }
    let lost =
        stranger.get(&format!("/membership/join/details?type={kind}&chapter={unknown}")).await;
    assert_eq!(lost.is(303).location(), format!("/membership/join?type={kind}&chapter={unknown}"));
    stranger.get(lost.location()).await.is(200).shows(&format!("value=\"{kind}\" checked"));
}

#[slice_test]
async fn what_was_typed_stays_with_what_was_chosen(slice: Slice) {
    an_open_society(&slice).await;
    let mut browser = slice.sign_in(sam()).await;
    let chapter = the_chapter(&slice).await;
    let page = browser.get(&details_path(&slice, &chapter).await).await;

    let wrong = browser.submit(&page, "/membership/join", &[("name", "Sam Okafor")]).await;
    wrong.is(422).shows("tick this").shows("value=\"Sam Okafor\"").shows("$119.00");

    let form = [("name", "Sam Okafor"), ("confirm", "yes")];
    browser.submit(&wrong, "/membership/join", &form).await.is(303);
}

#[slice_test]
async fn what_is_not_sold_is_named_without_a_price(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let fellow =
        [("code", "FELLOW"), ("title", "Fellow"), ("audience", "the honoured"), ("price", "0")];
    fill(&mut office, "/staff/membership/types/new", &fellow).await.is(303);

    let page = slice.stranger().get("/membership/join").await;

    page.shows("Kinds that are not sold here").shows("Fellow").shows("The honoured");
    page.lacks("$0.00");
}

#[slice_test]
async fn everybody_finds_the_chapters_and_joins_with_one(slice: Slice) {
    slice.stranger().get("/membership/chapters").await.is(200).shows("No chapters yet");
    an_open_society(&slice).await;
    slice.settle().await;
    let chapter = the_chapter(&slice).await;

    let page = slice.stranger().get("/membership/chapters").await;
    page.shows("Rocky Mountain Chapter").shows("Colorado, Wyoming, northern New Mexico");
    page.shows("$20.00").shows(&format!("/membership/join?chapter={chapter}"));
    let chosen = slice.stranger().get(&format!("/membership/join?chapter={chapter}")).await;
    chosen.shows(&format!("value=\"{chapter}\" selected"));

    // A member of it sees that, and nothing to join.
    let mut browser = slice.sign_in(sam()).await;
    apply(&slice, &mut browser, "Sam Okafor").await.is(303);
    let charge = slice.published_one::<ChargeRequested>().await.charge.clone();
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;
    slice.settle().await;
    let page = browser.get("/membership/chapters").await;
    page.shows("yours").lacks("/membership/join?chapter=");
}

#[slice_test]
async fn what_is_due_stands_first_at_home(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;
    let home = browser.get("/membership").await;
    home.shows("Your application of")
        .shows(">1 March 2027</time>")
        .shows("checkout opens the charge")
        .shows(&path);

    slice.deliver("commerce", crate::given::opened(&charge)).await;
    browser.get("/membership").await.shows("Pay $119.00").shows("3 March 2027, 05:00 EST");

    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;
    let home = browser.get("/membership").await;
    home.shows("Welcome, Sam Okafor").shows("Nothing is due").shows(">1 March 2027</time>");
    home.lacks(">Pay $").lacks("as of");

    slice.at("2028-02-28T12:00:00Z").await;
    let mut browser = slice.sign_in(sam()).await;
    let home = browser.get("/membership").await;
    home.shows("tomorrow").shows("Your membership ends on 29 February 2028").lacks("Join again<");

    slice.at("2028-03-01T12:00:00Z").await;
    let mut browser = slice.sign_in(sam()).await;
    let home = browser.get("/membership").await;
    home.shows("Your membership ended on 29 February 2028").shows(">Join again<");
    home.shows("Was a member until 29 February 2028");
}

#[slice_test]
async fn staff_see_the_course_of_a_person(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let path = format!("/staff/membership/people/{}", sam());
    let page = office.get(&path).await;
    page.shows("Payment is awaited").shows("held until 3 March 2027, 05:00 EST");

    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    let page = office.get(&path).await;
    page.shows("Applied, $119.00").shows("Paid").shows("Active Member begins");
    page.shows("Rocky Mountain Chapter ends").shows("29 February 2028 is the last day");
    page.shows("What happened").shows("term started").shows("submitted");
    page.lacks("Payment is awaited");
}
