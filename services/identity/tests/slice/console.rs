//! As a keeper of accounts I find an account among many, and take the list along as a file.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use contracts::PersonId;
use contracts::shared::PersonIntroduced;

use crate::people::{account, person, register, signed_in, staff};

const LIST: &str = "/staff/identity";

fn introduced(n: u128, address: &str) -> PersonIntroduced {
    PersonIntroduced {
        person_id: PersonId(uuid::Uuid::from_u128(n)),
        address: address.to_owned(),
        name: "Sam Okafor".to_owned(),
        language: "en".to_owned(),
        version: 1,
    }
}

/// A keeper, and sixty accounts more: `p00@example.org` to `p59@example.org`, all dormant.
async fn crowd(slice: &Slice) -> Browser {
    let keeper = staff(slice, "keeper@example.org", "staff.identity").await;
    for n in 0..60 {
        slice.say("membership", &introduced(100 + n, &format!("p{n:02}@example.org")));
    }
    slice.settle().await;
    keeper
}

/// The addresses that a page of the list shows, in its order.
fn addresses(page: &Answered) -> Vec<String> {
    let links = page.is(200).text().split("/staff/identity/accounts/").skip(1);
    links
        .filter_map(|link| Some(link.split_once('>')?.1.split_once('<')?.0.to_owned()))
        .map(|text| text.replace("&#64;", "@"))
        .collect()
}

/// Where the link of this relation leads.
fn link(page: &Answered, rel: &str) -> Option<String> {
    let (_, rest) = page.text().split_once(&format!("rel=\"{rel}\" href=\""))?;
    let path = rest.split('"').next()?;
    Some(path.replace("&amp;", "&").replace("&#38;", "&"))
}

#[slice_test]
async fn the_list_is_searched_and_narrowed(slice: Slice) {
    let mut keeper = crowd(&slice).await;
    register(&mut slice.stranger(), "p99@example.org").await;

    keeper.get("/staff/identity?q=P5").await.shows("10 shown").shows("p55@").lacks("p49@");
    keeper.get("/staff/identity?q=55").await.shows("No account matches");
    keeper
        .get("/staff/identity?q=%25")
        .await
        .shows("No account matches")
        .shows("Clear the filters");
    let waiting = keeper.get("/staff/identity?state=unverified").await;
    assert_eq!(addresses(&waiting), ["p99@example.org"]);
    let active = keeper.get("/staff/identity?state=active").await;
    assert_eq!(addresses(&active), ["keeper@example.org"]);
    keeper.get("/staff/identity?state=active&q=p").await.shows("No account matches");
    // A state that is none narrows nothing.
    keeper.get("/staff/identity?state=nonsense").await.shows("50 shown");
}

#[slice_test]
async fn the_list_is_sorted_and_paged_both_ways(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut keeper = crowd(&slice).await;
    slice.at("2027-03-02T10:01:00Z").await;
    account(&slice, "a-late-one@example.org").await;

    for (sort, first, last) in [
        ("address", "a-late-one@example.org", "p59@example.org"),
        ("-address", "p59@example.org", "a-late-one@example.org"),
        ("-since", "a-late-one@example.org", ""),
        ("since", "", "a-late-one@example.org"),
    ] {
        let one = keeper.get(&format!("{LIST}?sort={sort}")).await;
        let two = keeper.get(&link(&one, "next").unwrap()).await;
        let (page_one, page_two) = (addresses(&one), addresses(&two));
        assert_eq!((page_one.len(), page_two.len()), (50, 12), "{sort}");
        assert!(first.is_empty() || page_one[0] == first, "{sort}: {}", page_one[0]);
        assert!(last.is_empty() || page_two[11] == last, "{sort}: {}", page_two[11]);
        let mut all = [page_one.clone(), page_two].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 62, "{sort}: a row is shown twice or left out");
        assert_eq!(link(&two, "next"), None);
        let back = keeper.get(&link(&two, "prev").unwrap()).await;
        assert_eq!(addresses(&back), page_one, "{sort}");
    }
}

#[slice_test]
async fn the_file_holds_what_is_seen_and_times_in_the_society_s_zone(slice: Slice) {
    slice.at("2027-03-02T03:00:00Z").await;
    let mut keeper = crowd(&slice).await;

    let shown = keeper.get(LIST).await;
    shown.shows("1 Mar 2027, 22:00 EST");
    let file = keeper.get("/staff/identity?q=p&sort=-address&format=csv").await;

    assert!(file.is(200).header("content-type").unwrap().starts_with("text/csv"));
    assert!(file.header("content-disposition").unwrap().contains("\"accounts"));
    let lines: Vec<&str> = file.text().lines().collect();
    assert_eq!((lines.len(), lines[0]), (61, "Address,State,Since,Language"));
    assert_eq!(lines[1], "p59@example.org,dormant,\"1 Mar 2027, 22:00 EST\",en");
    // Who keeps no accounts gets no file either.
    let mut editor = staff(&slice, "editor@example.org", "staff.content").await;
    editor.get("/staff/identity?format=csv").await.is(403);
}

#[slice_test]
async fn one_account_says_where_it_is_signed_in_and_what_happened(slice: Slice) {
    slice.at("2027-03-02T03:00:00Z").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    account(&slice, "jo@example.org").await;
    let page = format!("{LIST}/accounts/{}", person(&slice, "jo@example.org").await);

    keeper.get(&page).await.shows("Nowhere at the moment");
    signed_in(&slice, "jo@example.org").await;

    let shown = keeper.get(&page).await;
    shown.shows("Unknown browser").shows("1 Mar 2027, 22:00 EST").lacks("UTC");
    shown.shows("signed in").shows("verified");
    assert!(shown.text().contains("What happened</h2>"), "markup, not text");
}
