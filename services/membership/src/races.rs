//! Two replicas decide at once: never both succeed, on either engine. One test per aggregate.
#![cfg(test)]

use chassis::testing::{Slice, slice_test};
use chassis::{Actor, Result};
use contracts::membership::{ApplicationEnded, TermStarted, TypePublished};
use contracts::shared::{ChargeRequested, ChargeWithdrawn};
use contracts::{ApplicationId, ChapterId, ChargeId, MembershipTypeId, Money, PersonId};
use uuid::Uuid;

use crate::applications::commands::{
    ExpireApplication, StartTerms, SubmitApplication, WithdrawApplication,
};
use crate::chapters::commands::{AddChapter, EditChapter};
use crate::people::commands::RenamePerson;
use crate::types::commands::{AddType, EditType};
use crate::{chapters, types};

fn actor() -> Actor {
    Actor::job("test", Uuid::from_u128(1))
}

fn sam() -> PersonId {
    PersonId(Uuid::from_u128(6))
}

fn active(minor: i64) -> types::domain::Draft {
    types::domain::Draft {
        title: "Active Member".to_owned(),
        audience: "individuals".to_owned(),
        price: Money::usd(minor),
        sample: true,
        open: true,
        seats: None,
    }
}

fn rocky(minor: i64) -> chapters::domain::Draft {
    chapters::domain::Draft {
        name: "Rocky Mountain Chapter".to_owned(),
        region: "Colorado".to_owned(),
        price: Money::usd(minor),
        sample: true,
    }
}

async fn a_type(slice: &Slice) -> MembershipTypeId {
    let add = AddType { code: "ACTIVE".to_owned(), draft: active(9900) };
    slice.execute(&actor(), &add).await.unwrap()
}

async fn a_chapter(slice: &Slice) -> ChapterId {
    slice.execute(&actor(), &AddChapter(rocky(2000))).await.unwrap()
}

fn submit(type_id: MembershipTypeId, name: &str) -> SubmitApplication {
    SubmitApplication { person: sam(), name: name.to_owned(), type_id, chapter_id: None }
}

/// Sam applied; the application and its charge.
async fn an_application(slice: &Slice, type_id: MembershipTypeId) -> (ApplicationId, ChargeId) {
    let id = slice.execute(&actor(), &submit(type_id, "Sam")).await.unwrap();
    let asked = slice.published::<ChargeRequested>().await.pop().unwrap();
    (id, asked.charge.charge_id)
}

fn start(slice: &Slice, charge: ChargeId) -> StartTerms {
    StartTerms { charge, paid_at: slice.now(), captured: Money::usd(9900) }
}

/// Exactly one succeeded; the code of the other's refusal.
fn one_of<A, B>(outcomes: &(Result<A>, Result<B>)) -> String {
    match outcomes {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error.code().to_owned(),
        (Ok(_), Ok(_)) => "both succeeded".to_owned(),
        (Err(one), Err(other)) => format!("neither succeeded: {one}, {other}"),
    }
}

#[slice_test]
async fn one_person_applies_once(slice: Slice) {
    let kind = a_type(&slice).await;

    let both = slice.race(&actor(), &submit(kind, "Sam"), &submit(kind, "Sam O.")).await;

    assert_eq!(one_of(&both), "application_open");
    assert_eq!(slice.published::<ChargeRequested>().await.len(), 1);
}

#[slice_test]
async fn a_payment_starts_terms_once(slice: Slice) {
    let kind = a_type(&slice).await;
    let (_, charge) = an_application(&slice, kind).await;

    let (one, other) = slice.race(&actor(), &start(&slice, charge), &start(&slice, charge)).await;

    // The second finds the first's answer and changes nothing.
    one.and(other).unwrap();
    assert_eq!(slice.published::<TermStarted>().await.len(), 1);
    assert_eq!(slice.published::<ApplicationEnded>().await.len(), 1);
}

#[slice_test]
async fn two_payments_for_one_year_start_one_term(slice: Slice) {
    let kind = a_type(&slice).await;
    let (first, charge) = an_application(&slice, kind).await;
    slice.execute(&actor(), &ExpireApplication(first)).await.unwrap();
    let (second, newer) = an_application(&slice, kind).await;
    slice.execute(&actor(), &ExpireApplication(second)).await.unwrap();

    let both = slice.race(&actor(), &start(&slice, charge), &start(&slice, newer)).await;

    assert_eq!(one_of(&both), "paid_too_late");
    assert_eq!(slice.published::<TermStarted>().await.len(), 1);
}

#[slice_test]
async fn an_application_is_withdrawn_or_expired_but_not_both(slice: Slice) {
    let kind = a_type(&slice).await;
    let (application, _) = an_application(&slice, kind).await;

    let withdraw = WithdrawApplication { application, person: sam() };
    let (withdrawn, expired) =
        slice.race(&actor(), &withdraw, &ExpireApplication(application)).await;

    expired.unwrap();
    if let Err(error) = withdrawn {
        assert_eq!(error.code(), "application_ended");
    }
    assert_eq!(slice.published::<ApplicationEnded>().await.len(), 1);
    assert_eq!(slice.published::<ChargeWithdrawn>().await.len(), 1);
}

#[slice_test]
async fn a_name_is_changed_by_one_of_two_who_saw_the_same(slice: Slice) {
    let rename = |name: &str| RenamePerson { person: sam(), name: name.to_owned(), seen: 0 };

    let both = slice.race(&actor(), &rename("Sam One"), &rename("Sam Other")).await;

    assert_eq!(one_of(&both), "person_stale");
}

#[slice_test]
async fn a_price_is_changed_by_one_of_two_who_saw_the_same(slice: Slice) {
    let type_id = a_type(&slice).await;
    let edit = |minor| EditType { type_id, draft: active(minor), seen: 1 };

    let both = slice.race(&actor(), &edit(10_000), &edit(11_000)).await;

    assert_eq!(one_of(&both), "type_stale");
    assert_eq!(slice.published::<TypePublished>().await.len(), 2);
}

#[slice_test]
async fn a_chapter_is_changed_by_one_of_two_who_saw_the_same(slice: Slice) {
    let chapter_id = a_chapter(&slice).await;
    let edit = |minor| EditChapter { chapter_id, draft: rocky(minor), seen: 1 };

    let both = slice.race(&actor(), &edit(1000), &edit(1100)).await;

    assert_eq!(one_of(&both), "chapter_stale");
}

#[slice_test]
async fn a_code_and_a_name_are_given_once(slice: Slice) {
    let add = || AddType { code: "ACTIVE".to_owned(), draft: active(9900) };
    assert_eq!(one_of(&slice.race(&actor(), &add(), &add()).await), "type_code_taken");

    let (one, other) = (AddChapter(rocky(2000)), AddChapter(rocky(2500)));
    assert_eq!(one_of(&slice.race(&actor(), &one, &other).await), "chapter_name_taken");
}
