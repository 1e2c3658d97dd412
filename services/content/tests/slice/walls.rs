//! CN-S2, CN-S3: half a page for a visitor, all of it for a member, because membership's message came.

use chassis::testing::{Slice, slice_test};

use crate::given::*;

const HIDDEN: &str = "the measuring protocol";

fn half_open() -> Typed {
    let text = "For all.\n\n:::members\nHere is the measuring protocol.\n:::\n\n:::signed-in\nHello there.\n:::";
    page("/news/protocol", "The protocol", text)
}

#[slice_test]
async fn a_members_block_opens_for_members_until_the_last_day(slice: Slice) {
    published(&mut editor(&slice).await, &half_open()).await;
    let path = "/news/protocol";

    let stranger = slice.stranger().get(path).await;
    stranger.is(200).shows("For all.").lacks(HIDDEN).lacks("Hello there.");
    stranger.shows("The rest is for members").shows("href=\"/membership/join\"");
    stranger.shows("/account/sign-in?return_to=");
    slice.sign_in(jo()).await.get(path).await.shows("Hello there.").lacks(HIDDEN);

    slice.a_member(jo(), "2028-03-01").await;
    slice.sign_in(jo()).await.get(path).await.shows(HIDDEN).lacks("The rest is for members");
    slice.sign_in(id(2)).await.get(path).await.lacks(HIDDEN);

    slice.today("2028-02-29").await;
    slice.sign_in(jo()).await.get(path).await.shows(HIDDEN);
    slice.today("2028-03-01").await;
    slice.sign_in(jo()).await.get(path).await.lacks(HIDDEN).shows("The rest is for members");
}

#[slice_test]
async fn the_starter_page_for_members_opens_too(slice: Slice) {
    slice.stranger().get("/members").await.is(200).shows("The rest is for members");

    slice.a_member(jo(), "2028-03-01").await;

    slice.sign_in(jo()).await.get("/members").await.is(200).shows("You are a member");
}

#[slice_test]
async fn a_page_for_members_is_a_wall_for_others(slice: Slice) {
    let typed = Typed { audience: "members", ..half_open() };
    published(&mut editor(&slice).await, &typed).await;

    let wall = slice.stranger().get("/news/protocol").await;
    wall.is(403).shows("The rest is for members").lacks("For all.").lacks("The protocol");
    slice.a_member(jo(), "2028-03-01").await;
    slice.sign_in(jo()).await.get("/news/protocol").await.is(200).shows(HIDDEN);
}

#[slice_test]
async fn a_page_for_staff_is_not_there_for_others(slice: Slice) {
    let typed = Typed { audience: "staff", ..half_open() };
    published(&mut editor(&slice).await, &typed).await;
    slice.a_member(jo(), "2028-03-01").await;

    slice.stranger().get("/news/protocol").await.is(404).lacks("The protocol");
    slice.sign_in(jo()).await.get("/news/protocol").await.is(404).lacks("The protocol");
    slice.stranger().get("/news/protocols").await.is(404).lacks("The protocol");
    editor(&slice).await.get("/news/protocol").await.is(200).shows("For all.");
}

#[slice_test]
async fn a_page_for_whoever_is_signed_in_asks_to_sign_in(slice: Slice) {
    let typed = Typed { audience: "signed_in", ..half_open() };
    published(&mut editor(&slice).await, &typed).await;

    slice
        .stranger()
        .get("/news/protocol")
        .await
        .is(403)
        .shows("/account/sign-in?return_to=")
        .lacks("For all.");
    slice.sign_in(jo()).await.get("/news/protocol").await.is(200).shows("For all.").lacks(HIDDEN);
}
