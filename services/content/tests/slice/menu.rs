//! Editors arrange the menu that all services declare their entries for.

use chassis::testing::{Slice, slice_test};
use contracts::content::MenuChanged;
use contracts::shared::{Audience, NavigationDeclared, NavigationEntry};

use crate::given::*;

const PLACE: &str = "/staff/content/menu";

async fn membership_declares(slice: &Slice) {
    let entry = NavigationEntry {
        path: "/membership".to_owned(),
        label: "Membership".to_owned(),
        language: "en".to_owned(),
        place: 20,
        audience: Audience::Public,
        role: None,
        badge: false,
    };
    slice
        .deliver("membership", NavigationDeclared { id: id(90), entries: vec![entry], version: 1 })
        .await;
}

#[slice_test]
async fn entries_are_renamed_moved_and_hidden(slice: Slice) {
    membership_declares(&slice).await;
    let mut editor = editor(&slice).await;
    let shown = editor.get(PLACE).await;
    shown.shows("Membership").shows("For members");

    let path = [
        ("path[]", "/membership"),
        ("label:/membership", "My society"),
        ("place:/membership", "5"),
    ];
    let other = [
        ("path[]", "/about"),
        ("label:/about", ""),
        ("place:/about", "90"),
        ("hidden:/about", "yes"),
    ];
    let fields: Vec<_> = path.into_iter().chain(other).collect();
    editor.submit(&shown, PLACE, &fields).await.is(303);
    slice.settle().await;

    let told = slice.published_one::<MenuChanged>().await;
    let told: Vec<_> = told
        .entries
        .iter()
        .map(|e| (e.path.as_str(), e.label.as_deref(), e.place, e.hidden))
        .collect();
    assert!(told.contains(&("/membership", Some("My society"), 5, false)), "{told:?}");
    assert!(told.contains(&("/about", None, 90, true)), "{told:?}");
    assert_eq!(told.len(), 2);
    slice.stranger().get("/join").await.shows("My society").lacks("href=\"/about\"");
    editor.get(PLACE).await.shows("value=\"My society\"").shows("arranged");
}

#[slice_test]
async fn a_stale_arrangement_is_refused_with_the_input_kept(slice: Slice) {
    membership_declares(&slice).await;
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let (ones, others) = (one.get(PLACE).await, other.get(PLACE).await);
    let fields = |label: &'static str| {
        [("path[]", "/membership"), ("label:/membership", label), ("place:/membership", "20")]
    };

    one.submit(&ones, PLACE, &fields("Ours")).await.is(303);
    let refused = other.submit(&others, PLACE, &fields("Mine")).await;

    refused.is(409).shows("Somebody else arranged the menu").shows("value=\"Mine\"");
    other.submit(&refused, PLACE, &fields("Mine")).await.is(303);
}

#[slice_test]
async fn what_cannot_be_is_refused(slice: Slice) {
    membership_declares(&slice).await;
    let mut editor = editor(&slice).await;
    let shown = editor.get(PLACE).await;

    let far = [
        ("path[]", "/membership"),
        ("label:/membership", ""),
        ("place:/membership", "99999999999"),
    ];
    editor.submit(&shown, PLACE, &far).await.is(422);
    let long = "x".repeat(61);
    let long = [
        ("path[]", "/membership"),
        ("label:/membership", long.as_str()),
        ("place:/membership", "1"),
    ];
    editor.submit(&shown, PLACE, &long).await.is(422);
    editor.post(PLACE, &[("version", "x")]).await.is(422);
    let unknown = [("path[]", "/nowhere"), ("label:/nowhere", "X"), ("place:/nowhere", "1")];
    editor.submit(&shown, PLACE, &unknown).await.is(303);
    assert!(slice.published_one::<MenuChanged>().await.entries.is_empty(), "nobody declared it");
}

#[slice_test]
async fn an_entry_is_moved_without_scripts_and_nothing_typed_is_lost(slice: Slice) {
    membership_declares(&slice).await;
    let mut editor = editor(&slice).await;
    let shown = editor.get(PLACE).await;
    // As a browser sends it: all that stands in the form.
    let typed = [("label:/membership", "My society"), ("hidden:/privacy", "yes")];
    let press = |act: &'static str| typed.into_iter().chain([("act", act)]).collect::<Vec<_>>();
    let paths = |text: &str| -> Vec<String> {
        let fields = text.split("name=\"path[]\" value=\"").skip(1);
        fields.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(shown.text())[..2], ["/join", "/membership"]);

    let up = editor.submit(&shown, PLACE, &press("up:/membership")).await;
    up.is(200).shows("not saved yet").shows("value=\"My society\"");
    assert_eq!(paths(up.text())[..2], ["/membership", "/join"]);
    assert!(slice.published::<MenuChanged>().await.is_empty(), "nothing is saved by moving");

    let footer = editor.submit(&up, PLACE, &press("across:/about")).await;
    footer.is(200).shows("To the menu: About");

    editor.submit(&footer, PLACE, &press("save")).await.is(303);
    slice.settle().await;
    let told = slice.published_one::<MenuChanged>().await;
    let told = |path: &str| told.entries.iter().find(|entry| entry.path == path).cloned().unwrap();
    assert!(told("/membership").place < told("/join").place);
    assert_eq!(told("/membership").label.as_deref(), Some("My society"));
    assert!(told("/privacy").hidden && told("/about").place >= 1000);
    let page = slice.stranger().get("/join").await;
    let menu =
        page.text().split("<nav class=\"nav").nth(1).unwrap().split("</nav>").next().unwrap();
    assert!(menu.contains("My society") && !menu.contains("About"), "{menu}");
}

#[slice_test]
async fn whoever_meets_anothers_arrangement_sees_it_beside_their_own(slice: Slice) {
    membership_declares(&slice).await;
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let (ones, others) = (one.get(PLACE).await, other.get(PLACE).await);
    one.submit(&ones, PLACE, &[("label:/membership", "Ours"), ("act", "save")]).await.is(303);

    // A slip does not make the old form a new one.
    let long = "x".repeat(61);
    let slip = [("label:/membership", long.as_str()), ("act", "save")];
    let slipped = other.submit(&others, PLACE, &slip).await;
    slipped.is(422);
    let mine = [("label:/membership", "Mine"), ("act", "save")];
    let refused = other.submit(&slipped, PLACE, &mine).await;

    refused.is(409).shows("saved: Ours").shows("value=\"Mine\"");
    other.submit(&refused, PLACE, &mine).await.is(303);
}
