//! Each thing that can hold a reading up has its sentence.

use messaging::parked::{Parked, ParkedKey};

use super::thing::{is_about, of_parked};
use super::*;
use crate::parked::What;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

fn message(pos: i64, second: i64) -> Envelope {
    Envelope {
        position: Position { epoch: "a".to_owned(), pos },
        r#type: "org.scte.commerce.charge.paid.v1".to_owned(),
        entity: Uuid::from_u128(1),
        entityversion: 1,
        key: Uuid::from_u128(2),
        actor: "visitor:-".to_owned(),
        correlation: Uuid::from_u128(3),
        cause: None,
        traceparent: None,
        at: at(second),
        body: format!("{{\"payer\":\"{}\"}}", Uuid::from_u128(4)),
    }
}

fn look(now: Result<(i64, Option<Envelope>), String>) -> Look {
    let waits = FeedWaits {
        feed: "commerce".to_owned(),
        at: Position { epoch: "a".to_owned(), pos: 1_039 },
        halted: None,
        parked: 0,
    };
    Look { waits, reading: Reading::default(), now, copied: false }
}

fn said(look: &Look) -> (String, Option<String>) {
    let said = sentence("outreach", look, at(100), &moment);
    (said.sentence, said.mend)
}

#[test]
fn a_feed_that_is_read_is_said_to_be() {
    let all = said(&look(Ok((1_039, None))));
    assert_eq!(all, ("All that commerce said is taken in, up to message 1,039.".into(), None));

    let mut copied = look(Ok((1_039, None)));
    copied.copied = true;
    assert!(said(&copied).0.starts_with("All that the broker has of commerce is taken in"));

    let (some, mend) = said(&look(Ok((1_042, Some(message(1_040, 59))))));
    assert_eq!(
        some,
        "3 messages of commerce wait behind message 1,039; the first was said 41 s ago."
    );
    assert_eq!(mend, None);

    let mut stuck = look(Ok((1_040, Some(message(1_040, 59)))));
    stuck.reading.pausing = Some(("the database is locked".to_owned(), at(60)));
    let (some, _) = said(&stuck);
    assert!(some.starts_with("1 message of commerce waits behind"), "{some}");
    assert!(some.ends_with("Since 08:01:00 it does not get on: the database is locked."), "{some}");
}

#[test]
fn a_stopped_producer_is_said_with_what_is_known_of_it() {
    let mut away = look(Err("commerce is stopped".to_owned()));
    away.reading.head = Some((1_042, at(0)));
    let (says, mend) = said(&away);
    assert_eq!(
        says,
        "commerce cannot be read: commerce is stopped. outreach knows what it said up to message \
         1,039 of 1,042 (known 08:00:00) and goes on by itself."
    );
    assert_eq!(mend, None);
    let feed = of_feed(away, Said::only(says), at(100));
    assert_eq!((feed.behind, feed.head_at, feed.waits_seconds), (Some(3), Some(at(0)), None));
}

#[test]
fn a_halt_is_the_gravest_and_names_what_mends_it() {
    let mut halted = look(Err("commerce is stopped".to_owned()));
    halted.waits.halted = Some("menu has more than 20 keys parked".to_owned());
    halted.waits.parked = 21;
    let (says, mend) = said(&halted);
    assert_eq!(
        says,
        "Reading of commerce halted behind message 1,039: menu has more than 20 keys parked."
    );
    assert_eq!(mend.as_deref(), Some("scte resume outreach commerce"));
}

#[test]
fn parked_keys_are_counted_though_all_is_read() {
    let mut parked = look(Ok((1_039, None)));
    parked.waits.parked = 1;
    let (says, mend) = said(&parked);
    assert!(says.ends_with("up to message 1,039. 1 key of it is parked."), "{says}");
    assert_eq!(mend.as_deref(), Some("scte parked list"));
}

#[test]
fn a_parked_key_is_said_with_what_mends_it() {
    let key = ParkedKey {
        consumer: "people".to_owned(),
        feed: "membership".to_owned(),
        key: Uuid::from_u128(2),
    };
    let what = What { service: "outreach".to_owned(), key };
    let mut first = Parked {
        consumer: "people".to_owned(),
        feed: "membership".to_owned(),
        pos: 17,
        r#type: "org.scte.membership.person.created.v1".to_owned(),
        key: Uuid::from_u128(2),
        reason: "a bug".to_owned(),
        attempts: 1,
        first_at: at(0),
        last_at: at(9),
    };
    let said = of_parked(&what, &first, 3, &moment);
    assert_eq!(
        said.sentence,
        "Key 00000000-0000-0000-0000-000000000002 of membership is parked by people at message 17 \
         (membership.person.created v1) since 08:00:00: a bug; 3 later messages wait behind it."
    );
    let mend = said.mend.unwrap();
    let retry = "scte parked retry outreach/people/membership/00000000-0000-0000-0000-000000000002";
    assert!(mend.starts_with(retry) && mend.contains("scte parked drop"), "{mend}");

    first.r#type = "org.scte.commerce.order.paid.v1".to_owned();
    let money = of_parked(&what, &first, 0, &moment);
    assert!(!money.mend.unwrap().contains("drop"), "money is never given up");
}

#[test]
fn a_message_is_about_what_its_key_its_aggregate_or_its_text_names() {
    let about = |id: u128| {
        let thing = Uuid::from_u128(id);
        is_about(&message(1, 0), &(thing, thing.to_string()))
    };
    assert!(about(1) && about(2) && about(4));
    assert!(!about(3), "what asked for it is no thing that it is about");
}
