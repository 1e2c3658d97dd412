//! Refusals and mistakes of these pages in another language than English.

use chassis::Error;

use super::words::Words;

/// How many sentences a language says otherwise: one that lacks one does not compile.
const SENTENCES: usize = 64;

/// What rules say in English, with `#` for a number and `*` for names, and the same in a language.
pub(super) type Said = [(&'static str, &'static str); SENTENCES];

/// How the English refusal of a wrong password ends, by how many tries are left.
const LEFT: [&str; 3] = ["wait 1 minute", "one more try", "two more tries"];

/// The same error, said in `words`; what has no words of its own stays English.
pub(super) fn said(words: &'static Words, error: Error) -> Error {
    if words.forms.is_none() {
        return error;
    }
    match error {
        Error::Invalid(mut fields) => {
            for wrong in &mut fields {
                if let Some(said) = of_field(words, &wrong.message) {
                    wrong.message = said;
                }
            }
            Error::Invalid(fields)
        }
        Error::Refused { code, message } => {
            let said = of_code(words, code, &message).or_else(|| of_rule(words, &message));
            Error::Refused { code, message: said.unwrap_or(message) }
        }
        other => other,
    }
}

/// A sentence of a rule in `words`; nothing where it has none.
pub(super) fn of_rule(words: &Words, message: &str) -> Option<String> {
    if let Some(said) = one_sentence(words, message) {
        return Some(said);
    }
    let parts: Option<Vec<String>> =
        message.split("; ").map(|part| one_sentence(words, part)).collect();
    parts.filter(|parts| parts.len() > 1).map(|parts| parts.join(words.between))
}

fn one_sentence(words: &Words, message: &str) -> Option<String> {
    let (plain, numbers) = without_numbers(message);
    words.said.iter().find_map(|(english, said)| {
        if let Some((before, after)) = english.split_once('*') {
            let names = message.strip_prefix(before)?.strip_suffix(after)?;
            return Some(said.replacen('*', names, 1));
        }
        let with = |said: String, number: &String| said.replacen('#', number, 1);
        (*english == plain).then(|| numbers.iter().fold((*said).to_owned(), with))
    })
}

/// A sentence with `#` for each of its numbers, and the numbers.
fn without_numbers(message: &str) -> (String, Vec<String>) {
    let (mut plain, mut numbers) = (String::new(), Vec::<String>::new());
    let mut inside = false;
    for letter in message.chars() {
        let digit = letter.is_ascii_digit();
        match numbers.last_mut().filter(|_| digit && inside) {
            Some(number) => number.push(letter),
            None if digit => {
                numbers.push(letter.to_string());
                plain.push('#');
            }
            None => plain.push(letter),
        }
        inside = digit;
    }
    (plain, numbers)
}

fn of_field(words: &Words, message: &str) -> Option<String> {
    let refusals = &words.refusals;
    let english = &super::english::WORDS.refusals;
    [
        (english.no_address, refusals.no_address),
        (english.odd_address, refusals.odd_address),
        (english.empty, refusals.empty),
    ]
    .into_iter()
    .find_map(|(english, said)| (english == message).then(|| said.to_owned()))
    .or_else(|| of_rule(words, message))
}

fn of_code(words: &Words, code: &str, message: &str) -> Option<String> {
    let refusals = &words.refusals;
    match code {
        "wrong_credentials" => {
            let ending = message.split_once("; ").map_or("", |(_, ending)| ending);
            let left = [2, 1, 0].into_iter().find(|left: &usize| ending.contains(LEFT[*left]));
            Some(match left.filter(|_| !ending.is_empty()) {
                Some(left) => [refusals.wrong, refusals.left[left]].join(words.between),
                None => refusals.wrong.to_owned(),
            })
        }
        "too_many_tries" => Some((refusals.wait)(minutes(message)?)),
        "work_needed" => Some((refusals.work)(minutes(message)?)),
        _ => None,
    }
}

/// The first number in a sentence.
fn minutes(message: &str) -> Option<i64> {
    message.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::french::WORDS as FRENCH;
    use super::super::spanish::WORDS as SPANISH;
    use super::*;
    use crate::accounts::domain::{Address, Refusal as Account, check_password, may_register};
    use crate::codes::domain::Refusal as Code;
    use crate::signins::domain::Refusal;
    use crate::work::domain::Refusal as Work;

    fn in_spanish(error: Error) -> String {
        said(&SPANISH, error).to_string()
    }

    #[test]
    fn every_refusal_of_signing_in_is_said() {
        assert_eq!(in_spanish(Refusal::WrongCredentials(None).into()), SPANISH.refusals.wrong);
        assert_eq!(in_spanish(Refusal::WrongCredentials(Some(4)).into()), SPANISH.refusals.wrong);
        for left in 0..3_usize {
            let said = in_spanish(Refusal::WrongCredentials(i64::try_from(left).ok()).into());
            assert!(said.ends_with(SPANISH.refusals.left[left]), "{said}");
        }
        assert!(in_spanish(Refusal::TooManyTries(4).into()).contains("espere 4 min"));
        assert!(in_spanish(Refusal::TooManyOfNetwork(5).into()).contains("espere 5 min"));
        assert!(in_spanish(Work::Needed(12).into()).contains("espere 12 minutos"));
    }

    #[test]
    fn mistakes_of_fields_are_said_and_others_stay() {
        let english = &super::super::english::WORDS.refusals;
        let in_spanish = |message: &str| match said(&SPANISH, Error::invalid("address", message)) {
            Error::Invalid(fields) => fields[0].message.clone(),
            other => panic!("{other}"),
        };
        assert_eq!(in_spanish(english.odd_address), SPANISH.refusals.odd_address);
        let domains = ["scte.example".to_owned()];
        let address = Address::read("jo@example.org").unwrap();
        let refused = may_register(&address, &domains).unwrap_err();
        let said = in_spanish(&refused);
        assert!(said.starts_with("solo se pueden registrar direcciones de scte.example"), "{said}");
        assert_eq!(in_spanish("nobody wrote this"), "nobody wrote this");
    }

    /// Whatever the rules of the steps before a sign-in refuse with.
    fn refused() -> Vec<String> {
        use crate::authenticators::domain::Refusal as Typed;
        use crate::invitations::domain::Refusal as Invitation;
        use crate::passkeys::domain::Refusal as Passkey;
        let typed = [
            Typed::WrongCode,
            Typed::UsedCode,
            Typed::WrongRecovery,
            Typed::NoAuthenticator,
            Typed::There,
            Typed::Stale,
        ];
        let passkeys = [
            Passkey::NoneGiven,
            Passkey::NoName,
            Passkey::Old,
            Passkey::Used,
            Passkey::Unknown,
            Passkey::Foreign,
            Passkey::Cloned,
            Passkey::NotUnlocked,
            Passkey::Wrong,
            Passkey::There,
            Passkey::TooMany,
        ];
        let codes = [Code::Unknown, Code::Used, Code::Expired];
        let accounts = [Account::Locked, Account::AlreadyConfirmed];
        let weak = crate::passwords::strength::sentences();
        let mut all: Vec<String> = weak.into_iter().map(str::to_owned).collect();
        all.extend(typed.iter().map(ToString::to_string));
        all.extend(passkeys.iter().map(ToString::to_string));
        all.extend(codes.iter().map(ToString::to_string));
        all.extend(accounts.iter().map(ToString::to_string));
        all.extend(crate::addresses::domain::Refusal::ALL.iter().map(ToString::to_string));
        all.extend(Invitation::ALL.iter().map(ToString::to_string));
        all.push(crate::steps::domain::Refusal::Over.to_string());
        all.push(crate::actions::domain::Refusal::NotProved.to_string());
        all.push(crate::terms::domain::Refusal::Changed.to_string());
        all.push(crate::authenticators::commands::read("x").unwrap_err().to_owned());
        let address = Address::read("jo@example.org").unwrap();
        all.push(check_password("jo@example.org", &address).unwrap_err());
        all
    }

    #[test]
    fn every_rule_before_a_sign_in_refuses_in_every_language() {
        for words in [&SPANISH, &FRENCH] {
            for english in refused() {
                let said = of_rule(words, &english);
                let said = said.unwrap_or_else(|| panic!("{} lacks: {english}", words.code));
                assert!(!said.contains(['#', '*']), "{said}");
                assert_ne!(said, english);
            }
        }
        let two = "what repeats itself is guessed soon; add another word or two that nobody would \
                   expect";
        let said = of_rule(&FRENCH, two).unwrap();
        assert_eq!(
            said,
            "ce qui se répète se devine vite\u{a0}; ajoutez un ou deux mots auxquels personne ne s’attend"
        );
        let short = of_rule(&SPANISH, "this has 3 characters, at least 10 are needed");
        assert_eq!(short.unwrap(), "tiene 3 caracteres; hacen falta 10 como mínimo");
    }

    #[test]
    fn the_languages_say_the_same_sentences_with_the_same_numbers_and_names() {
        for ((english, spanish), (same, french)) in SPANISH.said.iter().zip(FRENCH.said) {
            assert_eq!(english, same);
            for said in [spanish, french] {
                for sign in ['#', '*'] {
                    let count = |text: &str| text.matches(sign).count();
                    assert_eq!(count(english), count(said), "{said}");
                }
                assert_ne!(english, said);
            }
        }
    }
}
