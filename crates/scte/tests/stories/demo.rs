//! The demonstration: what `up --demo` prints is true.

use crate::world::{Engine, World, on_both_engines};

on_both_engines! {
    whoever_is_printed_can_sign_in,
    a_filled_demonstration_starts_again_with_the_same_people,
}

/// The printed addresses with what they are, and the password.
fn printed(world: &World) -> (Vec<(String, String)>, String) {
    let text = world.greeting.join("\n");
    let password = text.split("password ").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    let people = text.lines().filter_map(|line| line.trim().split_once(' '));
    let people = people.filter(|(address, _)| address.contains('@'));
    let people = people.map(|(address, who)| (address.to_owned(), who.trim().to_owned()));
    (people.collect(), password.to_owned())
}

async fn whoever_is_printed_can_sign_in(engine: Engine) {
    let mut world = World::on(engine).await;
    let (people, password) = printed(&world);
    assert_eq!(people.len(), 6, "{:?}", world.greeting);

    for (address, who) in people {
        let mut browser = world.signed_in(&address, &password).await;
        let consoles = [
            ("/ops", "operator"),
            ("/staff/commerce", "finance"),
            ("/staff/content", "pages"),
            ("/staff/membership", "members and"),
        ];
        for (path, word) in consoles {
            let may = who.contains(word) || who.contains("administrator");
            let status = world.get(&mut browser, path).await.status;
            assert_eq!(status, if may { 200 } else { 403 }, "{address}, {who}, at {path}");
        }
        let members = world.get(&mut browser, "/members").await;
        let opened = members.says("You are a member, so you can read this");
        // Staff see what members see.
        assert_eq!(opened, who != "not a member", "{address}, {who}");
    }
}

async fn a_filled_demonstration_starts_again_with_the_same_people(engine: Engine) {
    let mut world = World::on(engine).await;
    let before = printed(&world);
    assert_eq!(world.end().await, Some(0), "{}", world.log());

    world.start().await;

    let after = printed(&world);
    assert_eq!(after, before);
    world.signed_in(&before.0[0].0, &before.1).await;
}
