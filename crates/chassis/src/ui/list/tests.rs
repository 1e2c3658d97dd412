//! What a list understands of an address, and what its pages and its file say. That statements find
//! the right rows on both engines is tested over HTTP in `tests/web/lists.rs`.

use messaging::{Value, params};
use uuid::Uuid;

use super::wanted::Cursor;
use super::*;
use crate::form::Fields;

struct Row {
    id: u128,
    name: &'static str,
    age: i64,
}

fn list() -> List<'static, Row> {
    List::new("people", "People", "/people")
        .search("Name")
        .choice("state", "State", [("in", "In"), ("out", "Out")])
        .day("from", "From")
        .column(
            Column::new("Name", |row: &Row| Cell::link("/p", row.name))
                .sorted("name", |row| row.name.to_owned()),
        )
        .column(
            Column::num("Age", |row: &Row| Cell::text(row.age.to_string()))
                .sorted("age", |row| row.age),
        )
        .identified(|row| Uuid::from_u128(row.id))
        .sorted_by("name")
        .empty("Nobody", "Nobody is here.")
}

fn wanted(query: &str) -> Wanted {
    list().wanted(&Asked::of(query))
}

fn table(query: &str, rows: Vec<Row>) -> String {
    let (list, asked) = (list(), Asked::of(query));
    list.table(&asked, &list.wanted(&asked), rows, Fields::default).unwrap().to_string()
}

fn rows(count: u128) -> Vec<Row> {
    (0..count).map(|id| Row { id, name: "Ada", age: 36 }).collect()
}

#[test]
fn only_what_is_offered_is_understood() {
    let wanted = wanted("q=+Ada+&state=in&from=2027-03-01&sort=-age");
    assert_eq!(wanted.word(), Some("Ada"));
    assert_eq!(wanted.chosen("state"), Some("in"));
    assert_eq!(wanted.day("from").unwrap().to_string(), "2027-03-01");
    let seek = wanted.seek(&[("name", "name_key"), ("age", "age")], "id", params![]);
    assert_eq!(seek.order, "age desc, id desc");

    let odd = self::wanted("state=%27+or+1%3D1&from=never&sort=secret&after=zzz&q=");
    assert_eq!((odd.word(), odd.chosen("state"), odd.day("from")), (None, None, None));
    let seek = odd.seek(&[("name", "name_key")], "id", params![]);
    assert_eq!((seek.order.as_str(), seek.after.as_str()), ("name_key asc, id asc", "1 = 1"));
}

#[test]
fn a_cursor_comes_back_as_it_went_and_only_to_its_own_type() {
    let id = Uuid::from_u128(7);
    let values = [('t', Value::from("Øre <3")), ('i', Value::from(-4_i64)), ('u', Value::from(id))];
    for (tag, value) in values {
        let cursor = Cursor(value, id);
        assert_eq!(Cursor::read(&cursor.written(), tag), Some(cursor));
    }
    let text = Cursor(Value::from("Ada"), id).written();
    for tag in ['i', 'd', 'z', 'u'] {
        assert_eq!(Cursor::read(&text, tag), None, "{tag}");
    }
    assert_eq!(Cursor::read("", 't'), None);
}

#[test]
fn the_page_before_is_read_from_the_other_end() {
    let cursor = Cursor(Value::from(36_i64), Uuid::from_u128(7)).written();
    let wanted = wanted(&format!("sort=-age&before={cursor}"));
    let seek = wanted.seek(&[("age", "age")], "id", params![1_i64]);
    assert_eq!(seek.after, "(age, id) > ($2, $3)");
    assert_eq!(seek.order, "age asc, id asc");
    assert_eq!(seek.params.len(), 3);
}

#[test]
fn pages_lead_on_and_back_and_keep_what_was_asked() {
    let full = table("q=a&state=in&sort=age", rows(51));
    assert_eq!(full.matches("<tr>").count(), 51, "50 rows and the head");
    assert!(
        full.contains("rel=\"next\" href=\"/people?q=a&#38;sort=age&#38;state=in&#38;after="),
        "{full}"
    );
    assert!(!full.contains("rel=\"prev\""));
    let cursor = Cursor(Value::from(36_i64), Uuid::from_u128(7)).written();
    let last = table(&format!("sort=age&after={cursor}"), rows(3));
    assert!(last.contains("rel=\"prev\"") && !last.contains("rel=\"next\""));
    assert!(last.contains(">First</a>"));
}

#[test]
fn a_head_sorts_by_itself_and_then_the_other_way_round() {
    let html = table("sort=age", rows(1));
    assert!(
        html.contains("aria-sort=\"ascending\"><a href=\"/people?sort=-age\">Age</a>"),
        "{html}"
    );
    assert!(html.contains("<a href=\"/people?sort=name\">Name</a>"));
}

#[test]
fn an_empty_list_says_why_and_leads_on() {
    let html = table("q=nobody", Vec::new());
    assert!(html.contains("<h2>Nobody</h2>") && html.contains("Clear the filters"));
    assert!(!html.contains("<table"));
}

#[test]
fn a_file_has_the_columns_of_the_list_and_no_formulas() {
    let list = list();
    let wanted = list.wanted(&Asked::of("")).for_file();
    let mut file = list.file().unwrap();
    let rows = [Row { id: 1, name: "=cmd()", age: -5 }, Row { id: 2, name: "Ada, \"L\"", age: 36 }];
    assert_eq!(list.write_page(&mut file, &wanted, &rows).unwrap(), None, "all were there");
    assert_eq!(file.text(), "Name,Age\n'=cmd(),-5\n\"Ada, \"\"L\"\"\",36\n");
}

#[test]
fn a_file_that_grows_too_large_is_refused() {
    let list = list();
    let wanted = list.wanted(&Asked::of("")).for_file();
    let mut file = list.file().unwrap();
    let page = rows(1001);
    let refused = (0..60).find_map(|_| list.write_page(&mut file, &wanted, &page).err());
    assert_eq!(refused.unwrap().code(), "too_many_rows");
}
