//! Every letter, as HTML and as plain text: the same words in the same order, sound, small, and asking nobody.

use chassis::{Mode, Site};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::identity::SecurityAlert;
use contracts::{ChapterId, Money, OrderId};
use uuid::Uuid;

use super::*;
use crate::deliveries::domain::{Line, Notice};

const ORIGIN: &str = "https://scte.example";
/// Half past ten in the evening of 28 February in the society's zone.
const WRITTEN: &str = "2027-03-01T03:30:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn site() -> Site {
    Site {
        origin: ORIGIN.to_owned(),
        zone: "America/New_York".parse().unwrap(),
        mode: Mode::Production,
        https: true,
        name: "SCTE".to_owned(),
        loopback: false,
    }
}

fn setting<'a>(site: &'a Site, name: Option<&'a str>) -> Setting<'a> {
    Setting {
        site,
        name,
        why: "you registered",
        critical: true,
        reference: "r-1".to_owned(),
        written: at(WRITTEN),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// What every notice may say; names and things bought are as bad as people can make them.
fn every() -> Vec<Facts> {
    let nasty = "Leakage <b>hunt</b> & \"more\", a thing with a name that goes on beyond one line";
    let line = |text: &str, minor| Line { text: text.to_owned(), amount: Money::usd(minor) };
    let lines = vec![line("Active Member, one year", 9900), line(nasty, 123_456_700)];
    let total = Money::usd(123_466_600);
    let order = Some(OrderId::from(Uuid::from_u128(50)));
    let until = at("2027-03-01T04:30:00Z");
    let ends_before = day("2028-03-01");
    let path = "/account/confirm?code=ABC&return_to=%2Fmembership".to_owned();
    let proof = "/account/address/confirm?code=ABC".to_owned();
    vec![
        Facts::ConfirmAddress { path: path.clone(), minutes: 60, until },
        Facts::ResetPassword { path, minutes: 60, until },
        Facts::AccountKnown { path: "/account/sign-in".to_owned() },
        Facts::PasswordChanged { at: at(WRITTEN) },
        Facts::NewAddress { path: proof.clone(), minutes: 1440, until },
        Facts::UndoAddress {
            path: proof.clone(),
            instead: "j…@example.org".to_owned(),
            minutes: 4320,
            until,
        },
        Facts::AddressChanged { at: at(WRITTEN) },
        Facts::Invitation { path: proof, title: Some(nasty.to_owned()), minutes: 4320, until },
        alarm(SecurityAlert::NewDevice),
        Facts::Receipt {
            number: "SCTE-2027-000001".to_owned(),
            entity: "SCTE & Co".to_owned(),
            paid_on: day("2027-02-28"),
            lines: lines.clone(),
            total: total.clone(),
            order,
        },
        Facts::PaymentDeclined { code: "expired_card".to_owned(), lines, total, order },
        Facts::Refund { amount: Money::usd(9900), reason: "cancelled".to_owned(), order },
        Facts::Welcome { number: "M000123".to_owned(), ends_before },
        Facts::ChapterWelcome {
            chapter: ChapterId::from(Uuid::nil()),
            name: Some("Rock & Roll <Chapter>".to_owned()),
            ends_before,
        },
        Facts::ApplicationExpired,
    ]
}

fn alarm(alert: SecurityAlert) -> Facts {
    let (device, network) = ("Firefox on <Linux>".to_owned(), "2001:db8::".to_owned());
    Facts::SecurityAlert { alert, device, network, at: at(WRITTEN) }
}

fn letters() -> Vec<(Notice, Letter)> {
    let site = site();
    let set = setting(&site, Some("Jo <b> & Söhne"));
    every().iter().map(|facts| (facts.notice(), write(facts, &set, None).unwrap())).collect()
}

fn parts(letter: &Letter) -> (&str, &str) {
    (letter.text.as_deref().unwrap(), letter.html.as_deref().unwrap())
}

fn unescaped(text: &str) -> String {
    let named =
        [("&middot;", "·"), ("&ensp;", " "), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\"")];
    let mut text = text.to_owned();
    for (escaped, plain) in named {
        text = text.replace(escaped, plain);
    }
    text.replace("&#38;", "&")
}

/// One piece of a page: a tag with what stands in it, or text.
enum Piece<'a> {
    Tag(&'a str),
    Text(&'a str),
}

/// Takes HTML apart; every `<` begins a tag and every `>` ends one, or it panics.
fn taken_apart(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "`>` stands alone in `{part}`");
        pieces.push(Piece::Tag(tag));
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The words a reader of the HTML meets, with the address after each link's label.
fn words_of_html(html: &str) -> Vec<String> {
    let (_, body) = html.split_once("</div>").expect("what lists of mails show comes first");
    let (mut words, mut link) = (Vec::new(), None);
    for piece in taken_apart(body) {
        match piece {
            Piece::Tag("/a") => words.extend(link.take()),
            Piece::Tag(tag) => {
                if let Some((_, rest)) = tag.split_once("href=\"") {
                    link = rest.split('"').next().map(unescaped);
                }
            }
            Piece::Text(text) => {
                words.extend(unescaped(text).split_whitespace().map(str::to_owned));
            }
        }
    }
    words
}

/// The words of a plain text: rules are none, and a colon only says that an address follows.
fn words_of_text(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let mut words = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let leads_on = lines.get(place + 1).is_some_and(|next| next.starts_with(ORIGIN));
        let line = if leads_on { line.trim_end_matches(':') } else { line };
        words.extend(line.split_whitespace().map(str::to_owned));
    }
    words.retain(|word| word.chars().any(|c| c != '-'));
    words
}

#[test]
fn both_parts_of_every_letter_say_the_same_words_in_the_same_order() {
    assert_eq!(letters().len(), Notice::ALL.len(), "every notice has its letter");
    for (notice, letter) in letters() {
        let (text, html) = parts(&letter);
        // The head of the text says with a comma what the HTML says with a dot.
        let text =
            words_of_text(&text.replacen(", 28 February 2027\n", " · 28 February 2027\n", 1));
        assert_eq!(words_of_html(html), text, "{notice:?}");
        assert!(text.len() > 40, "{notice:?}: {text:?}");
    }
}

#[test]
fn every_tag_is_closed_where_it_was_opened() {
    for (notice, letter) in letters() {
        let (_, html) = parts(&letter);
        let mut open: Vec<&str> = Vec::new();
        let pieces = taken_apart(html);
        for piece in &pieces {
            let Piece::Tag(tag) = piece else { continue };
            let name = tag.split_whitespace().next().unwrap();
            match name.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "{notice:?}"),
                None if ["!DOCTYPE", "meta", "br"].contains(&name) => {}
                None => open.push(name),
            }
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        }
        assert!(open.is_empty(), "{notice:?}: {open:?}");
        let count = |name: &str| html.matches(&format!("<{name}")).count();
        assert_eq!((count("h1"), count("main"), count("title")), (1, 1, 1), "{notice:?}");
        let ampersands = html.split('&').skip(1);
        for after in ampersands {
            let entity = after.split(';').next().unwrap();
            assert!(entity.len() < 8 && !entity.contains(' '), "a bare & before {entity}");
        }
    }
}

#[test]
fn what_people_wrote_is_escaped_in_html_and_plain_in_text() {
    for (notice, letter) in letters() {
        let (text, html) = parts(&letter);
        assert!(text.contains("Hello Jo <b> & Söhne, "), "{notice:?}: {text}");
        for tag in ["<b>hunt", "<b> &", "<Chapter>", "Co</", "\"more"] {
            assert!(!html.contains(tag) || tag == "Co</", "{notice:?}: {tag}");
        }
    }
}

#[test]
fn a_letter_is_small_and_asks_for_nothing_elsewhere() {
    for (notice, letter) in letters() {
        let (text, html) = parts(&letter);
        assert!(text.len() + html.len() < 40 * 1024, "{notice:?}");
        for part in [text, html] {
            let addresses = part.match_indices("http").map(|(start, _)| &part[start..]);
            for address in addresses {
                assert!(address.starts_with(ORIGIN), "{notice:?}: {address:.60}");
            }
        }
        for asking in ["<img", "<link", "<script", "src=", "url(", "@import", "<iframe", "<form"] {
            assert!(!html.contains(asking), "{notice:?}: {asking}");
        }
        let buttons = html.matches("class=\"btn\"").count();
        assert_eq!(buttons, 1, "{notice:?}: one act");
    }
}

#[test]
fn plain_lines_are_short_and_addresses_stand_alone() {
    for (notice, letter) in letters() {
        let (text, _) = parts(&letter);
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{notice:?}");
        assert!(!text.contains("\n\n\n"), "{notice:?}: {text}");
        for line in text.lines() {
            let is_address = line.starts_with(ORIGIN) && !line.contains(' ');
            assert!(is_address || !line.contains("://"), "{notice:?}: {line}");
            assert!(is_address || line.chars().count() <= 72, "{notice:?}: {line}");
            assert_eq!(line, line.trim_end(), "{notice:?}");
        }
    }
}

#[test]
fn every_letter_says_why_it_came_how_to_switch_it_off_and_what_to_refer_to() {
    let site = site();
    for critical in [true, false] {
        let set = Setting { critical, ..setting(&site, None) };
        for facts in every() {
            let letter = write(&facts, &set, None).unwrap();
            let (text, html) = parts(&letter);
            for part in [text, html] {
                let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(part.contains("You get this mail because you registered."), "{part}");
                assert!(part.contains("Reference r-1"), "{part}");
                assert_eq!(part.contains("cannot be switched off"), critical, "{part}");
                assert_eq!(part.contains("Choose which mails you want"), !critical, "{part}");
                assert!(critical || part.contains("https://scte.example/notifications"), "{part}");
            }
            assert!(text.contains("\nHello, "), "{text}");
        }
    }
}

#[test]
fn only_a_demonstration_says_that_prices_are_samples() {
    let real = site();
    let demo = Site { mode: Mode::Demo, ..site() };
    let said = |site: &Site| {
        let letter = write(&Facts::ApplicationExpired, &setting(site, None), None).unwrap();
        let (text, html) = parts(&letter);
        (text.contains("prices are samples"), html.contains("prices are samples"))
    };
    assert_eq!(said(&real), (false, false));
    assert_eq!(said(&demo), (true, true));
}

fn letter_of(facts: &Facts) -> (String, String, String) {
    let letter = write(facts, &setting(&site(), Some("Jo")), Some("fr")).unwrap();
    assert_eq!(letter.language, "en", "English when there is no other");
    (letter.subject, letter.text.unwrap(), letter.html.unwrap())
}

#[test]
fn a_code_says_how_long_it_works_in_the_societys_zone() {
    let (subject, text, html) = letter_of(&every()[0]);
    assert_eq!(subject, "Confirm your address");
    assert!(text.contains("Works  once, for 60 minutes\nUntil  28 February 2027, 23:30 EST\n"));
    assert!(html.contains("28 February 2027, 23:30 EST"));
    let link = "https://scte.example/account/confirm?code=ABC&return_to=%2Fmembership";
    assert!(text.lines().any(|line| line == link), "{text}");
    assert!(html.contains(&format!("href=\"{}\"", link.replace('&', "&#38;"))), "{html}");
}

fn receipt() -> Facts {
    every().into_iter().find(|facts| facts.notice() == Notice::Receipt).unwrap()
}

#[test]
fn a_receipt_leads_to_its_page_and_its_sums_are_aligned() {
    let (subject, text, html) = letter_of(&receipt());
    assert_eq!(subject, "Receipt SCTE-2027-000001");
    let link = format!("https://scte.example/billing/receipts/{}", Uuid::from_u128(50));
    assert!(text.contains(&format!("Open the receipt:\n{link}\n")), "{text}");
    assert!(html.contains(&format!("href=\"{link}\"")));
    let ends: Vec<_> = text.lines().filter(|line| line.ends_with(".00")).collect();
    assert!(ends.iter().any(|line| line.starts_with("Active Member, one year   ")));
    assert!(
        ends.iter().any(|line| line.starts_with("Total paid  ") && line.ends_with("$1234666.00"))
    );
    assert!(ends.iter().all(|line| line.chars().count() == 72), "{ends:?}");
    for told in ["SCTE & Co", "28 February 2027"] {
        assert!(text.contains(told), "{told}");
    }
}

#[test]
fn every_alarm_has_words_of_its_own_and_leads_to_the_sign_ins() {
    let mut subjects = Vec::new();
    for word in SecurityAlert::WORDS.iter().copied().chain(["unheard_of"]) {
        let (subject, text, _) = letter_of(&alarm(SecurityAlert::from(word)));
        let by_staff = word == SecurityAlert::ViewedByStaff.as_str();
        let button = "This was not me:\nhttps://scte.example/account/sign-ins\n";
        assert_eq!(text.contains(button), !by_staff, "{word}: {text}");
        assert_eq!(text.contains("Firefox on <Linux>"), !by_staff, "{word}: {text}");
        assert!(text.contains("When"), "{word}: {text}");
        assert!(!subjects.contains(&subject), "{word}: {subject}");
        subjects.push(subject);
    }
}

#[test]
fn a_change_of_address_is_told_to_the_old_one_with_the_way_back() {
    let is_undo = |facts: &Facts| facts.notice() == Notice::UndoAddress;
    let (_, text, _) = letter_of(&every().into_iter().find(is_undo).unwrap());
    for told in ["j…@example.org", "Take it back:\n", "once, for 72 hours"] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn the_society_is_named_though_its_code_is_told() {
    for (entity, told) in [("scte", "Sold by  SCTE\n"), ("other_seller", "Sold by  other_seller\n")]
    {
        let facts = Facts::Receipt {
            number: "1".to_owned(),
            entity: entity.to_owned(),
            paid_on: day("2027-02-28"),
            lines: vec![],
            total: Money::usd(1),
            order: None,
        };
        let (_, text, _) = letter_of(&facts);
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn what_was_stored_before_orders_were_told_leads_to_all_of_them() {
    let stored = serde_json::json!({
        "notice": "refund", "amount": Money::usd(9900), "reason": "unheard_of"
    });
    let facts: Facts = serde_json::from_value(stored).unwrap();
    let (_, text, _) = letter_of(&facts);
    assert!(text.contains("\nhttps://scte.example/billing\n"), "{text}");
    assert!(text.contains("it was asked for on your behalf"), "{text}");
}

#[test]
fn a_declined_payment_says_why_and_what_to_do() {
    let told = [
        ("card_declined", "the card was declined", "can say why"),
        ("insufficient_funds", "does not hold enough", "when it does"),
        ("expired_card", "has run out", "still good"),
        ("unheard_of", "the payment provider said no", "with another card"),
    ];
    for (code, why, advice) in told {
        let (lines, order) = (vec![], Some(OrderId::from(Uuid::from_u128(50))));
        let facts =
            Facts::PaymentDeclined { code: code.to_owned(), lines, total: Money::usd(1), order };
        let (_, text, _) = letter_of(&facts);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(why) && text.contains(advice), "{code}: {text}");
        assert!(text.contains("Nothing was taken."), "{text}");
        assert!(text.contains("/checkout/orders/00000000-0000-0000-0000-000000000032"), "{text}");
    }
}

#[test]
fn subject_and_greeting_stay_one_line_whatever_a_name_holds() {
    let name = "Cactus\r\nBcc: all@scte.example".to_owned();
    let chapter = ChapterId::from(Uuid::nil());
    let facts =
        Facts::ChapterWelcome { chapter, name: Some(name.clone()), ends_before: day("2028-03-01") };
    let site = site();
    let letter = write(&facts, &setting(&site, Some(&name)), None).unwrap();
    assert!(!letter.subject.contains(['\r', '\n']), "{:?}", letter.subject);
    assert!(letter.text.unwrap().contains("Hello Cactus Bcc: all@scte.example, you are"));
}
