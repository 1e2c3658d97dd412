//! Refusals and mistakes of these pages in another language than English.

use chassis::Error;

use super::words::Words;

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
                    said.clone_into(&mut wrong.message);
                }
            }
            Error::Invalid(fields)
        }
        Error::Refused { code, message } => {
            let said = of_code(words, code, &message);
            Error::Refused { code, message: said.unwrap_or(message) }
        }
        other => other,
    }
}

fn of_field(words: &Words, message: &str) -> Option<&'static str> {
    let refusals = &words.refusals;
    let english = &super::english::WORDS.refusals;
    [
        (english.no_address, refusals.no_address),
        (english.odd_address, refusals.odd_address),
        (english.empty, refusals.empty),
    ]
    .into_iter()
    .find_map(|(english, said)| (english == message).then_some(said))
}

fn of_code(words: &Words, code: &str, message: &str) -> Option<String> {
    let refusals = &words.refusals;
    match code {
        "wrong_credentials" => {
            let ending = message.split_once("; ").map_or("", |(_, ending)| ending);
            let left = [2, 1, 0].into_iter().find(|left: &usize| ending.contains(LEFT[*left]));
            Some(match left.filter(|_| !ending.is_empty()) {
                Some(left) => format!("{}; {}", refusals.wrong, refusals.left[left]),
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
    use super::super::spanish::WORDS as SPANISH;
    use super::*;
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
        let other = "only addresses at scte.example can be registered";
        assert_eq!(in_spanish(other), other);
    }
}
