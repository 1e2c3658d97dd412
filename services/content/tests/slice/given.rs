//! What the stories begin with: an editor, a member, pages of their own.

use chassis::testing::{Answered, Browser, Slice};
use contracts::membership::{MembershipType, TypePublished};
use contracts::{Money, PersonId};
use uuid::Uuid;

pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

pub(crate) fn jo() -> PersonId {
    id(1)
}

pub(crate) async fn editor(slice: &Slice) -> Browser {
    slice.staff(id(20), &["staff.content"]).await
}

pub(crate) async fn another_editor(slice: &Slice) -> Browser {
    slice.staff(id(21), &["staff.content"]).await
}

/// What an editor types into the form.
#[derive(Clone)]
pub(crate) struct Typed {
    pub(crate) path: &'static str,
    pub(crate) title: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) markdown: String,
}

impl Typed {
    pub(crate) fn fields(&self) -> Vec<(&str, &str)> {
        vec![
            ("path", self.path),
            ("title", self.title),
            ("language", "en"),
            ("audience", self.audience),
            ("markdown", &self.markdown),
        ]
    }
}

pub(crate) fn page(path: &'static str, title: &'static str, markdown: &str) -> Typed {
    Typed { path, title, audience: "public", markdown: markdown.to_owned() }
}

/// Saves a new draft; says where it is edited.
pub(crate) async fn draft(browser: &mut Browser, typed: &Typed) -> String {
    let saved = browser.post("/staff/content/new", &typed.fields()).await;
    saved.is(303);
    saved.location().to_owned()
}

/// Saves a new page and publishes it; says where it is edited.
pub(crate) async fn published(browser: &mut Browser, typed: &Typed) -> String {
    let place = draft(browser, typed).await;
    publish(browser, &place).await.is(303);
    place
}

pub(crate) async fn publish(browser: &mut Browser, place: &str) -> Answered {
    let shown = browser.get(place).await;
    browser.submit(&shown, &format!("{place}/publish"), &[]).await
}

pub(crate) async fn unpublish(browser: &mut Browser, place: &str) -> Answered {
    let action = format!("{place}/unpublish");
    let asked = browser.get(&action).await;
    asked.is(200).shows("Take this page back?");
    browser.submit(&asked, &action, &[]).await
}

/// Membership says what a year costs; the price is a sample.
pub(crate) async fn a_type_is_offered(slice: &Slice, title: &str, cents: i64, number: u128) {
    let membership_type = MembershipType {
        type_id: id(number),
        code: title.to_uppercase(),
        title: title.to_owned(),
        audience: "individuals working in the industry".to_owned(),
        language: "en".to_owned(),
        price: Money::usd(cents),
        sample: true,
        open: true,
        seats: None,
        version: 1,
    };
    slice.deliver("membership", TypePublished { membership_type }).await;
}
