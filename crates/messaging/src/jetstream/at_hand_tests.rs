//! What is handed over of a stream, and what never is.

use uuid::Uuid;

use super::*;

const FEED: &str = "alpha";

fn epochs() -> Epochs {
    vec![("a".to_owned(), 0), ("b".to_owned(), 3)]
}

fn at(epoch: &str, pos: i64) -> Position {
    Position { epoch: epoch.to_owned(), pos }
}

fn envelope(position: Position) -> Envelope {
    Envelope {
        position,
        r#type: "org.scte.alpha.counter.raised.v1".to_owned(),
        entity: Uuid::from_u128(1),
        entityversion: 1,
        key: Uuid::from_u128(1),
        actor: "person:x".to_owned(),
        correlation: Uuid::from_u128(4),
        cause: None,
        traceparent: None,
        at: chrono::DateTime::UNIX_EPOCH,
        body: "{}".to_owned(),
    }
}

/// The stream up to `head`, of which the messages behind `start` up to `end` are at hand.
fn held(start: i64, end: i64, last: i64) -> Held {
    let mut hand = Held {
        status: Status::Open,
        epochs: epochs(),
        looked_through: true,
        head: Some(last),
        start: Some(start),
        ..Held::default()
    };
    for pos in start + 1..=end {
        hand.messages.push_back(envelope(at(if pos > 3 { "b" } else { "a" }, pos)));
        hand.bytes += 2;
    }
    hand
}

fn positions(answer: Answer) -> Vec<i64> {
    match answer {
        Answer::Now(Read::Batch(batch)) => batch.iter().map(|one| one.position.pos).collect(),
        other => panic!("{other:?}"),
    }
}

fn why(answer: Answer) -> String {
    match answer {
        Answer::Now(Read::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_is_given_again_until_the_reader_has_got_beyond() {
    let mut held = held(4, 9, 20);
    assert_eq!(positions(held.answer(&at("b", 4), 3)), [5, 6, 7]);
    assert_eq!(positions(held.answer(&at("b", 4), 3)), [5, 6, 7]);
    assert_eq!(positions(held.answer(&at("b", 7), 3)), [8, 9]);
    assert_eq!((held.start, held.messages.len(), held.bytes), (Some(7), 2, 4));

    assert_eq!(held.answer(&at("b", 9), 3), Answer::Later, "10 to 20 are coming");
    assert_eq!(held.answer(&at("b", 5), 3), Answer::Before(epochs()));
    held.head = Some(9);
    assert_eq!(positions(held.answer(&at("b", 9), 3)), [0; 0]);
}

#[test]
fn the_rules_of_epochs_are_those_of_the_table() {
    let mut held = held(4, 9, 9);
    let changed = |epoch: &str, starts_after| {
        Answer::Now(Read::EpochChanged { epoch: epoch.to_owned(), starts_after })
    };
    assert_eq!(held.answer(&at("", 0), 3), changed("a", 0));
    assert_eq!(held.answer(&at("a", 2), 3), changed("b", 3));
    assert_eq!(held.answer(&at("a", 7), 3), changed("b", 3));
    assert_eq!(held.answer(&at("c", 7), 3), changed("b", -1));

    // Perhaps only the stream has forgotten it.
    held.looked_through = false;
    assert!(why(held.answer(&at("c", 7), 3)).contains("no epoch c"));
    assert_eq!(held.answer(&at("a", 2), 3), changed("b", 3), "what is known stays known");
}

#[test]
fn a_stream_that_fell_back_is_not_the_end_of_the_feed() {
    let mut held = held(7, 7, 5);
    assert!(why(held.answer(&at("b", 7), 3)).contains("ends at 5, before 7"));
}

#[test]
fn what_is_at_hand_is_given_also_while_the_broker_is_away() {
    let mut held = held(4, 9, 9);
    held.status = Status::Away("gone".to_owned());
    assert_eq!(positions(held.answer(&at("b", 4), 9)), [5, 6, 7, 8, 9]);
    assert_eq!(why(held.answer(&at("b", 9), 9)), "gone");
    held.status = Status::Opening;
    assert_eq!(held.answer(&at("b", 9), 9), Answer::Later);
}

#[test]
fn no_more_is_kept_than_there_is_room_for() {
    let most = i64::try_from(MOST).unwrap();
    assert!(!held(4, 3 + most, 9_999).is_full());
    assert!(held(4, 4 + most, 9_999).is_full());
    let mut large = held(4, 5, 9_999);
    large.bytes = MOST_BYTES;
    assert!(large.is_full());
}

#[test]
fn only_the_next_message_of_the_producer_is_taken() {
    let text = |position| cloudevents::to_json(&envelope(position), FEED).unwrap();
    let next = |end, sequence, text: &str| next(&epochs(), FEED, end, sequence, text.as_bytes());

    assert_eq!(next(3, 4, &text(at("b", 4))).unwrap().position, at("b", 4));
    assert_eq!(next(2, 3, &text(at("a", 3))).unwrap().position, at("a", 3));
    let gap = next(3, 5, &text(at("b", 5))).unwrap_err();
    assert!(gap.contains("a gap behind 3: 5 follows"), "{gap}");
    for foreign in [text(at("a", 4)), text(at("b", 5)), "hello".to_owned()] {
        let why = next(3, 4, &foreign).unwrap_err();
        assert!(why.contains("message 4 of the stream is not the producer's"), "{why}");
    }
}
