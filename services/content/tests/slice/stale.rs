//! CN-S6: two editors open the same page; the second sees what the first changed instead of overwriting it.

use chassis::testing::{Answered, Slice, slice_test};

use crate::given::*;

fn version(shown: &Answered, place: &str) -> String {
    let hidden = shown.hidden(place);
    hidden.into_iter().find(|(name, _)| name == "version").unwrap().1
}

#[slice_test]
async fn a_stale_save_is_refused_shows_what_changed_and_keeps_the_input(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let place = published(&mut one, &page("/news/first", "First", "Line one.\nLine two.")).await;
    let (ones, others) = (one.get(&place).await, other.get(&place).await);

    let theirs = page("/news/first", "Renamed", "Line one.\nLine changed.");
    one.submit(&ones, &place, &theirs.fields()).await.is(303);
    let mine = page("/news/first", "First", "My line.\nLine two.");
    let refused = other.submit(&others, &place, &mine.fields()).await;

    refused.is(409).shows("Somebody else changed this page").shows("My line.");
    refused.shows("- Line two.").shows("+ Line changed.").shows("Renamed");
    slice.stranger().get("/news/first").await.shows("Line changed.").lacks("My line.");
    assert_ne!(version(&refused, &place), version(&others, &place));

    other.submit(&refused, &place, &mine.fields()).await.is(303);
    slice.stranger().get("/news/first").await.shows("My line.");
}

#[slice_test]
async fn of_two_editors_who_save_at_once_one_is_told(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let place = published(&mut one, &page("/news/first", "First", "Text.")).await;
    let (ones, others) = (one.get(&place).await, other.get(&place).await);
    let (mine, theirs) =
        (page("/news/first", "Mine", "Mine."), page("/news/first", "Theirs", "Theirs."));

    let fields = (mine.fields(), theirs.fields());
    let (first, second) = tokio::join!(
        one.submit(&ones, &place, &fields.0),
        other.submit(&others, &place, &fields.1)
    );

    let mut statuses = [first.status(), second.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
}

#[slice_test]
async fn of_two_editors_who_take_the_same_path_at_once_one_is_told(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let (mine, theirs) =
        (page("/news/same", "Mine", "Mine."), page("/news/same", "Theirs", "Theirs."));

    let fields = (mine.fields(), theirs.fields());
    let (first, second) = tokio::join!(
        one.post("/staff/content/new", &fields.0),
        other.post("/staff/content/new", &fields.1)
    );

    let mut statuses = [first.status(), second.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422], "{} {}", first.text(), second.text());
}

#[slice_test]
async fn a_stale_publish_and_a_second_one_are_refused(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let place = draft(&mut one, &page("/news/first", "First", "Text.")).await;
    let (seen, stale) = (one.get(&place).await, other.get(&place).await);
    one.submit(&seen, &place, &page("/news/first", "First", "Changed.").fields()).await.is(303);

    let action = format!("{place}/publish");
    other
        .submit(&stale, &action, &[])
        .await
        .is(409)
        .shows("Somebody else changed this page")
        .shows("Changed.");
    slice.stranger().get("/news/first").await.is(404);

    publish(&mut one, &place).await.is(303);
    let published = one.get(&format!("{place}/unpublish")).await;
    let version = published.hidden(&format!("{place}/unpublish"));
    let version = version.iter().find(|(name, _)| name == "version").unwrap().1.clone();
    one.post(&action, &[("version", &version)]).await.is(409).shows("published already");
    one.post(&action, &[("version", "nonsense")]).await.is(409);
}
