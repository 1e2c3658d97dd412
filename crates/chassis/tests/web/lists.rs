//! A list finds, sorts and pages the same rows on both engines; its file has exactly them; acts on
//! chosen rows come back to it.

use chassis::params;
use chassis::testing::{Browser, Slice, slice_test};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

const LIST: &str = "/staff/probe/notes";

/// 120 notes, `note 000` to `note 119`; the later the name, the earlier it was left, three at once.
async fn staff_with_notes(slice: &Slice) -> Browser {
    let tx = slice.db().begin(&chassis::Actor::job("test", Uuid::nil())).await.unwrap();
    for n in 0..120_i64 {
        let at = DateTime::<Utc>::from_timestamp(1_800_000_000 - (n / 3) * 60, 0).unwrap();
        let id = Uuid::from_u128(1_000 + u128::try_from(n).unwrap());
        let sql = "insert into note (id, person_id, text, left_at) values ($1, $2, $3, $4)";
        tx.run(sql, params![id, id, format!("note {n:03}"), at]).await.unwrap();
    }
    tx.commit().await.unwrap();
    slice.staff(PersonId(Uuid::from_u128(9)), &["staff.finance"]).await
}

fn names(html: &str) -> Vec<&str> {
    html.split("<th scope=\"row\">").skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

fn link(html: &str, rel: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(rest.split('"').next()?.replace("&#38;", "&"))
}

/// All names from this page on, in the order shown.
async fn walk(staff: &mut Browser, start: &str, rel: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(start.to_owned());
    while let Some(path) = next {
        let page = staff.get(&path).await;
        page.is(200);
        pages.push(names(page.text()).iter().map(ToString::to_string).collect());
        next = link(page.text(), rel);
        assert!(pages.len() < 10, "the list does not end");
    }
    pages
}

#[slice_test]
async fn pages_lead_through_all_rows_once_and_back(slice: Slice) {
    let mut staff = staff_with_notes(&slice).await;

    for sort in ["text", "-text", "left", "-left"] {
        let pages = walk(&mut staff, &format!("{LIST}?sort={sort}"), "next").await;
        let mut all: Vec<String> = pages.concat();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{sort}");
        if sort == "text" {
            assert_eq!((all[0].as_str(), all[119].as_str()), ("note 000", "note 119"));
        }
        if sort == "left" {
            assert!(all[0].as_str() >= "note 117", "the earliest stands first: {}", all[0]);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 120, "{sort}: every row once");

        let last = format!("{LIST}?sort={sort}");
        let second = link(staff.get(&last).await.text(), "next").unwrap();
        let third = link(staff.get(&second).await.text(), "next").unwrap();
        let back = walk(&mut staff, &third, "prev").await;
        assert_eq!(back.into_iter().rev().collect::<Vec<_>>(), pages, "{sort}: back the same way");
    }
}

#[slice_test]
async fn what_is_searched_is_meant_literally(slice: Slice) {
    let mut staff = staff_with_notes(&slice).await;

    assert_eq!(names(staff.get(&format!("{LIST}?q=NOTE+11")).await.text()).len(), 10);
    let none = staff.get(&format!("{LIST}?q=note%25")).await;
    none.is(200).shows("No note").shows("Clear the filters");
}

#[slice_test]
async fn the_file_has_exactly_what_is_seen(slice: Slice) {
    let mut staff = staff_with_notes(&slice).await;

    let file = staff.get(&format!("{LIST}?sort=-text&q=note+0&format=csv")).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        file.header("content-disposition").unwrap().starts_with("attachment; filename=\"notes-")
    );
    let rows: Vec<&str> = file.text().lines().collect();
    assert_eq!((rows[0], rows.len()), ("Text,Left", 101));
    assert!(rows[1].starts_with("note 099,") && rows[100].starts_with("note 000,"), "{}", rows[1]);
}

#[slice_test]
async fn nonsense_in_the_address_shows_the_list(slice: Slice) {
    let mut staff = staff_with_notes(&slice).await;

    for odd in ["after=%00", "after=zzzz&sort=left", "sort=id%3B--", "before=%E2%82%AC", "q=%00"] {
        let page = staff.get(&format!("{LIST}?{odd}")).await;
        page.is(200);
    }
    // A cursor of another column is none of this one's.
    let by_text = link(staff.get(&format!("{LIST}?sort=text")).await.text(), "next").unwrap();
    let page = staff.get(&by_text.replace("sort=text", "sort=left")).await;
    assert_eq!(names(page.is(200).text()).len(), 50);
}

#[slice_test]
async fn acts_on_chosen_rows_come_back_and_say_how_many(slice: Slice) {
    let mut staff = staff_with_notes(&slice).await;

    let list = staff.get(LIST).await;
    list.shows("name=\"chosen\"").shows("Choose note 000");
    let chosen = [1_000, 1_001].map(|id| Uuid::from_u128(id).to_string());
    let fields = [("chosen", chosen[0].as_str()), ("chosen", chosen[1].as_str())];
    let answer = staff.submit(&list, "/staff/probe/forget", &fields).await;
    let back = staff.get(answer.is(303).location()).await;
    back.shows("2 rows were done").lacks("note 000").lacks("note 001").shows("note 002");
}

#[slice_test]
async fn badges_say_what_is_due_and_nothing_of_what_is_not(slice: Slice) {
    let mut jo = slice.sign_in(PersonId(Uuid::from_u128(1))).await;

    let due = jo.get("/-/probe/badge").await;
    assert_eq!(due.is(200).text(), r#"[{"path":"/probe","count":3}]"#);
    assert_eq!(due.header("cache-control"), Some("private, no-store"));
}
