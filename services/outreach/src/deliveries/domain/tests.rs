//! Tests of the rules of notices.

use super::*;

#[test]
fn every_notice_has_a_code_of_its_own_and_a_reason() {
    for (place, notice) in Notice::ALL.iter().enumerate() {
        assert!(Notice::ALL.iter().skip(place + 1).all(|other| other.code() != notice.code()));
        assert_ne!(why(notice.code()), why("unknown.code"));
    }
}

#[test]
fn the_code_is_put_behind_the_path() {
    assert_eq!(link("/account/confirm", "ABC"), "/account/confirm?code=ABC");
    assert_eq!(link("/account/reset?step=2", "ABC"), "/account/reset?step=2&code=ABC");
}

#[test]
fn web_addresses_are_cut_out_of_a_text() {
    let text = "Go to http://localhost/a?code=1, or https://x.example/b.\nBye";
    assert_eq!(
        pieces(text),
        [
            Piece::Text("Go to "),
            Piece::Link("http://localhost/a?code=1"),
            Piece::Text(", or "),
            Piece::Link("https://x.example/b"),
            Piece::Text(".\nBye"),
        ]
    );
    assert_eq!(pieces(""), []);
    assert_eq!(pieces("http://"), [Piece::Link("http://")]);
}

#[test]
fn a_term_is_said_with_its_last_day() {
    let day = NaiveDate::from_ymd_opt(2028, 3, 1).unwrap();
    assert_eq!(last_day(day).to_string(), "2028-02-29");
}

#[test]
fn the_chapter_is_lacking_until_its_name_is_told() {
    let ends_before = NaiveDate::from_ymd_opt(2028, 3, 1).unwrap();
    let chapter = ChapterId::from(Uuid::nil());
    let facts = Facts::ChapterWelcome { chapter, name: None, ends_before };
    assert_eq!(facts.lacks_chapter(), Some(chapter));
    let told = facts.with_chapter("Cactus".to_owned());
    assert_eq!(told.lacks_chapter(), None);
    assert_eq!(told.clone().with_chapter("Other".to_owned()), told);
}

#[test]
fn only_mails_with_a_code_are_secret() {
    let secret =
        Facts::ConfirmAddress { path: String::new(), minutes: 60, until: DateTime::UNIX_EPOCH };
    assert_eq!(secret.code_until(), Some(DateTime::UNIX_EPOCH));
    assert_eq!(Facts::ApplicationExpired.code_until(), None);
}

#[test]
fn of_a_new_address_the_old_one_is_told_no_more_than_its_owner_needs() {
    assert_eq!(hinted("jo.alvarez@example.org"), "j…@example.org");
    assert_eq!(hinted("äö@example.org"), "ä…@example.org");
}

fn queued(secret: bool) -> Delivery {
    let letter = Letter {
        subject: "Confirm".to_owned(),
        text: Some("code".to_owned()),
        html: Some("code".to_owned()),
        language: "en".to_owned(),
    };
    Delivery {
        id: Uuid::nil().into(),
        notice: Notice::ConfirmAddress.code().to_owned(),
        cause_feed: "identity".to_owned(),
        cause: "e.1".to_owned(),
        correlation: Uuid::nil(),
        person: Uuid::nil().into(),
        state: State::Queued,
        facts: None,
        secret,
        address: Some("jo@scte.example".to_owned()),
        letter: Some(letter),
        message_id: "<1@localhost>".to_owned(),
        problem: Some("away".to_owned()),
        made_at: DateTime::UNIX_EPOCH,
        settled_at: None,
        version: 1,
    }
}

#[test]
fn a_code_is_forgotten_once_it_is_sent_or_failed() {
    let at = DateTime::UNIX_EPOCH;
    assert!(!queued(true).sent(at, false, false).holds_code());
    assert!(!queued(true).failed(at, "refused").holds_code());
    assert!(queued(true).sent(at, false, true).holds_code(), "the mailbox page is how it is read");
    let receipt = queued(false).sent(at, true, false);
    assert_eq!(receipt.state, State::Repeated);
    assert_eq!(receipt.problem, None);
    assert!(receipt.letter.unwrap().text.is_some());
}

#[test]
fn stored_words_are_read_back() {
    for word in ["awaiting", "muted", "queued", "sent", "repeated", "failed"] {
        assert_eq!(State::from_word(word).map(State::as_str), Some(word));
    }
    assert_eq!(State::from_word("lost"), None);
}
