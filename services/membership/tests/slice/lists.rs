//! The lists of the office: narrowed, sorted both ways, paged both ways, as a file, acted upon.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use contracts::PersonId;
use contracts::shared::{Charge, ChargeRequested};
use uuid::Uuid;

use crate::given::{
    STAFF, ada, an_open_society, apply, chosen, kim, paid, refunded, sam, sam_applied,
};

const PEOPLE: &str = "/staff/membership";
const TASKS: &str = "/staff/membership/tasks";

/// What a list shows, row by row: the texts of its cells without their quieter second lines.
fn rows(page: &Answered) -> Vec<Vec<String>> {
    let Some((_, body)) = page.text().split_once("<tbody>") else { return Vec::new() };
    let body = body.split("</tbody>").next().unwrap();
    let cells = |row: &str| {
        let cells = row.replace("<th", "<td");
        let cells = cells.split("<td").skip(1).filter(|cell| !cell.contains("type=\"checkbox\""));
        cells.map(|cell| text(cell.split_once('>').unwrap().1)).collect()
    };
    body.split("<tr>").skip(1).map(cells).collect()
}

/// The text of a piece of HTML.
fn text(html: &str) -> String {
    let html = html.split("<span class=\"sub\">").next().unwrap();
    let plain = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    plain.collect::<String>().trim().to_owned()
}

/// The first cells of a list.
async fn firsts(office: &mut Browser, path: &str) -> Vec<String> {
    rows(&office.get(path).await).into_iter().map(|mut row| row.remove(0)).collect()
}

/// The rows of a file, its head left out.
async fn file(office: &mut Browser, path: &str) -> Vec<Vec<String>> {
    let answer = office.get(path).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"), "{path}");
    let mut file = csv::Reader::from_reader(answer.text().as_bytes());
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    file.records().map(|record| row(record.unwrap())).collect()
}

/// Where the link of this relation leads.
fn link(page: &Answered, rel: &str) -> Option<String> {
    let (_, rest) = page.text().split_once(&format!("rel=\"{rel}\" href=\""))?;
    Some(rest.split_once('"')?.0.replace("&#38;", "&"))
}

async fn introduce(office: &mut Browser, name: &str, n: usize) {
    let address = format!("person{n}@example.org");
    let form = [("name", name), ("address", address.as_str())];
    office.post("/staff/membership/introduce", &form).await.is(303);
}

/// Somebody applies and pays at that moment.
async fn joins(slice: &Slice, person: PersonId, name: &str, paid_at: &str) -> Charge {
    let mut browser = slice.sign_in(person).await;
    apply(slice, &mut browser, name).await.is(303);
    let charge = slice.published::<ChargeRequested>().await.pop().unwrap().charge.clone();
    slice.deliver("commerce", paid(&charge, paid_at)).await;
    charge
}

/// One of each standing on 2 March 2028.
async fn a_society_of_four(slice: &Slice) -> Browser {
    an_open_society(slice).await;
    joins(slice, sam(), "Sam Okafor", "2027-03-01T10:05:00Z").await;
    slice.at("2028-03-02T10:00:00Z").await;
    joins(slice, kim(), "Kim Lee", "2028-03-02T10:05:00Z").await;
    // Paid on a day that has not come for us yet.
    let lou = PersonId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0009));
    joins(slice, lou, "Lou Brandt", "2028-05-01T12:00:00Z").await;
    let mut office = slice.staff(ada(), STAFF).await;
    introduce(&mut office, "Ann Marsh", 1).await;
    office
}

#[slice_test]
async fn people_are_found_by_how_they_stand(slice: Slice) {
    let mut office = a_society_of_four(&slice).await;

    for (standing, name, word) in [
        ("member", "Kim Lee", "member"),
        ("coming", "Lou Brandt", "member to be"),
        ("lapsed", "Sam Okafor", "lapsed"),
        ("none", "Ann Marsh", "not a member"),
    ] {
        let shown = rows(&office.get(&format!("{PEOPLE}?standing={standing}")).await);
        assert_eq!(shown.len(), 1, "{standing}: {shown:?}");
        assert_eq!((shown[0][0].as_str(), shown[0][2].as_str()), (name, word));
    }
    let lapsed = rows(&office.get(&format!("{PEOPLE}?standing=lapsed")).await).remove(0);
    assert_eq!(lapsed[3], "29 February 2028");
    assert_eq!(rows(&office.get(&format!("{PEOPLE}?standing=nonsense")).await).len(), 4);
    assert_eq!(firsts(&mut office, &format!("{PEOPLE}?q=m00000&sort=name")).await.len(), 3);
}

#[slice_test]
async fn people_are_sorted_both_ways_by_name_and_number(slice: Slice) {
    let mut office = a_society_of_four(&slice).await;

    let by_name = ["Ann Marsh", "Kim Lee", "Lou Brandt", "Sam Okafor"];
    let by_number = ["Ann Marsh", "Sam Okafor", "Kim Lee", "Lou Brandt"];
    assert_eq!(firsts(&mut office, PEOPLE).await, by_name);
    for (key, order) in [("name", by_name), ("number", by_number)] {
        let up = firsts(&mut office, &format!("{PEOPLE}?sort={key}")).await;
        let mut down = firsts(&mut office, &format!("{PEOPLE}?sort=-{key}")).await;
        down.reverse();
        assert_eq!(up, order, "{key}");
        assert_eq!(down, order, "-{key}");
    }
}

#[slice_test]
async fn a_list_is_paged_forward_and_back_in_every_order(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    for n in 0..60 {
        // Every name twice: the order is still one order.
        introduce(&mut office, &format!("Person {:02}", n / 2), n).await;
    }

    for sort in ["name", "-name", "number", "-number"] {
        let path = format!("{PEOPLE}?q=person&sort={sort}");
        let first = office.get(&path).await;
        let second = office.get(&link(&first, "next").unwrap()).await;
        let back = office.get(&link(&second, "prev").unwrap()).await;

        assert_eq!((rows(&first).len(), rows(&second).len()), (50, 10), "{sort}");
        assert_eq!(rows(&back), rows(&first), "{sort}");
        assert_eq!((link(&first, "prev"), link(&second, "next")), (None, None), "{sort}");
        // The file is both pages in this order.
        let both: Vec<_> = rows(&first).into_iter().chain(rows(&second)).collect();
        assert_eq!(file(&mut office, &format!("{path}&format=csv")).await, both, "{sort}");
    }
}

#[slice_test]
async fn a_file_is_what_is_seen(slice: Slice) {
    let mut office = a_society_of_four(&slice).await;

    for list in [PEOPLE, "/staff/membership/types", "/staff/membership/chapters", TASKS] {
        let seen = rows(&office.get(list).await);
        assert_eq!(file(&mut office, &format!("{list}?format=csv")).await, seen, "{list}");
    }
    let narrowed = format!("{PEOPLE}?standing=member&sort=-name");
    let seen = rows(&office.get(&narrowed).await);
    assert_eq!(seen.len(), 1);
    assert_eq!(file(&mut office, &format!("{narrowed}&format=csv")).await, seen);
}

#[slice_test]
async fn types_and_chapters_are_found_and_sorted(slice: Slice) {
    an_open_society(&slice).await;
    let mut office = slice.staff(ada(), STAFF).await;
    let types = "/staff/membership/types";
    let kind =
        [("code", "FELLOW"), ("title", "Fellow"), ("audience", "the honoured"), ("price", "0")];
    office.post(&format!("{types}/new"), &kind).await.is(303);
    let chapters = "/staff/membership/chapters";
    let chapter = [("name", "Cactus Chapter"), ("region", "Arizona (Mesa)"), ("price", "10")];
    office.post(&format!("{chapters}/new"), &chapter).await.is(303);

    assert_eq!(firsts(&mut office, types).await, ["Active Member", "Fellow"]);
    assert_eq!(
        firsts(&mut office, &format!("{types}?sort=price")).await,
        ["Fellow", "Active Member"]
    );
    assert_eq!(
        firsts(&mut office, &format!("{types}?sort=-code")).await,
        ["Fellow", "Active Member"]
    );
    assert_eq!(firsts(&mut office, &format!("{types}?open=yes")).await, ["Active Member"]);
    assert_eq!(firsts(&mut office, &format!("{types}?open=no")).await, ["Fellow"]);
    assert_eq!(firsts(&mut office, &format!("{types}?q=fel")).await, ["Fellow"]);
    // What has no price says so, and no sum that nobody asked for.
    office.get(types).await.shows("no price").lacks("$0.00");

    let (cactus, rocky) = ("Cactus Chapter", "Rocky Mountain Chapter");
    assert_eq!(firsts(&mut office, chapters).await, [cactus, rocky]);
    assert_eq!(firsts(&mut office, &format!("{chapters}?sort=-name")).await, [rocky, cactus]);
    assert_eq!(firsts(&mut office, &format!("{chapters}?sort=-price")).await, [rocky, cactus]);
    assert_eq!(firsts(&mut office, &format!("{chapters}?sort=region")).await, [cactus, rocky]);
    assert_eq!(firsts(&mut office, &format!("{chapters}?q=wyoming")).await, [rocky]);
}

/// Sam is a member whose money went back in two parts: two tasks; and one of Kim's.
async fn three_tasks(slice: &Slice) -> Browser {
    let (charge, _, _) = sam_applied(slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;
    for minor in [2_000, 11_900] {
        let mut part = refunded(&charge);
        part.charge.refunded = contracts::Money::usd(minor);
        slice.deliver("commerce", part).await;
    }
    let theirs = joins(slice, kim(), "Kim Lee", "2027-03-01T11:00:00Z").await;
    let mut unknown = paid(&theirs, "2027-03-01T11:05:00Z");
    unknown.charge.charge_id = contracts::ChargeId(Uuid::from_u128(77));
    slice.deliver("commerce", unknown).await;
    slice.staff(ada(), STAFF).await
}

#[slice_test]
async fn tasks_are_marked_as_done_together_and_each_is_remembered(slice: Slice) {
    let mut office = three_tasks(&slice).await;
    let page = office.get(TASKS).await;
    page.shows("3<span class=\"hide\"> waiting</span>");
    let tasks = chosen(&page);
    assert_eq!(tasks.len(), 3);

    let form = [("chosen", tasks[0].as_str()), ("chosen", tasks[2].as_str())];
    let done = office.submit(&page, &format!("{TASKS}/done"), &form).await;

    assert_eq!(done.is(303).location(), format!("{TASKS}?done=2"));
    let page = office.get(done.location()).await;
    page.shows("2 rows were done");
    // What waits comes first.
    let state = |row: usize| rows(&page)[row].last().unwrap().clone();
    assert_eq!(chosen(&page)[0], tasks[1]);
    assert_eq!(state(0), "waits");
    assert_eq!(state(1), "done 1 March 2027, 05:00 EST");
    let remembered = slice.db().read(async |tx| {
        let mut all = Vec::new();
        for task in &tasks {
            all.push(tx.audited("task", task.parse::<Uuid>().unwrap()).await?.len());
        }
        Ok(all)
    });
    assert_eq!(remembered.await.unwrap(), [2, 1, 2]);

    // Once more, with the one that is left: only that one is counted.
    let all: Vec<_> = tasks.iter().map(|task| ("chosen", task.as_str())).collect();
    let again = office.submit(&page, &format!("{TASKS}/done"), &all).await;
    assert_eq!(again.is(303).location(), format!("{TASKS}?done=1"));
    assert_eq!(rows(&office.get(&format!("{TASKS}?state=open")).await).len(), 0);
    assert_eq!(rows(&office.get(&format!("{TASKS}?state=done")).await).len(), 3);
}

#[slice_test]
async fn tasks_are_found_by_person_and_kind(slice: Slice) {
    let mut office = three_tasks(&slice).await;

    assert_eq!(rows(&office.get(&format!("{TASKS}?q=sam")).await).len(), 2);
    let unknown = rows(&office.get(&format!("{TASKS}?kind=unknown_charge")).await);
    assert_eq!((unknown.len(), unknown[0][2].as_str()), (1, "Kim Lee"));
    let newest = rows(&office.get(&format!("{TASKS}?sort=-opened&kind=refunded_member&q=o")).await);
    assert!(newest[0][1].starts_with("$119.00"), "{newest:?}");
    assert_eq!(firsts(&mut office, &format!("{TASKS}?q=nobody")).await.len(), 0);
}

#[slice_test]
async fn what_no_list_can_send_is_refused(slice: Slice) {
    let mut office = three_tasks(&slice).await;
    let done = format!("{TASKS}/done");
    let task = chosen(&office.get(TASKS).await).remove(0);

    office.post(&done, &[("chosen", "nonsense")]).await.is(422);
    office
        .post(&done, &vec![("chosen", task.as_str()); 101])
        .await
        .is(409)
        .shows("mark 100 at most");
    office.post(&done, &vec![("chosen", task.as_str()); 100]).await.is(303);
    assert_eq!(rows(&office.get(&format!("{TASKS}?state=open")).await).len(), 2);
}

#[slice_test]
async fn how_much_waits_is_counted_for_the_office_alone(slice: Slice) {
    let mut office = three_tasks(&slice).await;
    let badge = "/-/membership/badge";

    office.get(badge).await.is(200).shows("/staff/membership").shows("3");
    for mut other in [slice.stranger(), slice.sign_in(sam()).await] {
        assert_eq!(other.get(badge).await.is(200).text(), "[]");
    }
}
