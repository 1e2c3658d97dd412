//! ID-19: systems that sign their users in here stand in the configuration, or staff register them.

use chassis::testing::{Slice, slice_test};
use contracts::identity::ClientChanged;
use serde_json::{Value, json};

fn forum() -> Value {
    json!({
        "id": "forum", "name": "Forum", "kind": "confidential",
        "secret": "a secret of thirty-two characters",
        "redirect_uris": ["https://forum.example/back"], "scopes": ["openid", "email"]
    })
}

async fn changes(slice: &Slice) -> Vec<(String, String, bool, i64)> {
    let all = slice.published::<ClientChanged>().await;
    let told = |one: ClientChanged| (one.client_id, one.name, one.open, one.version);
    all.into_iter().map(|one| told(one.message)).collect()
}

#[slice_test]
async fn clients_of_the_configuration_are_as_it_says(mut slice: Slice) {
    slice.with_settings(json!({ "clients": [forum()] })).await;
    let told = ("forum".to_owned(), "Forum".to_owned(), true, 1);
    assert_eq!(changes(&slice).await, [told.clone()]);
    // Started again it says nothing new.
    slice.restart().await;
    assert_eq!(changes(&slice).await.len(), 1);

    let mut renamed = forum();
    renamed["name"] = json!("The forum");
    slice.with_settings(json!({ "clients": [renamed] })).await;
    let after = ("forum".to_owned(), "The forum".to_owned(), true, 2);
    assert_eq!(changes(&slice).await, [told.clone(), after.clone()]);

    slice.with_settings(json!({})).await;
    let closed = ("forum".to_owned(), "The forum".to_owned(), false, 3);
    assert_eq!(changes(&slice).await, [told.clone(), after.clone(), closed.clone()]);
    slice.with_settings(json!({ "clients": [forum()] })).await;
    let opened = ("forum".to_owned(), "Forum".to_owned(), true, 4);
    assert_eq!(changes(&slice).await, [told, after, closed, opened]);
}
