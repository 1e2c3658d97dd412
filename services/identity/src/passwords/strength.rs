//! Whether a password would be guessed, and what would make it better. Pure.
//!
//! `zxcvbn` estimates how many guesses it takes. The lists of common passwords that it brings along
//! are our list of breached ones: 30,000 of the most used, compiled in, nobody is asked.

use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::{Score, zxcvbn};

/// What somebody who guesses would try first: words of the site.
const OF_THE_SITE: [&str; 4] = ["scte", "cable", "broadband", "password"];

/// Why a password is too easily guessed, as a sentence for its field; nothing when it is not.
///
/// `own` are words that others know of the person: parts of the address and the name.
pub(crate) fn too_weak(password: &str, own: &[String]) -> Option<String> {
    let words: Vec<&str> = own.iter().map(String::as_str).chain(OF_THE_SITE).collect();
    let known = zxcvbn(password, &words);
    if known.score() >= Score::Three {
        return None;
    }
    // As good as it looks to somebody who knows nothing of the person: it is their own words then.
    if zxcvbn(password, &[]).score() >= Score::Three {
        return Some(OWN_WORDS.to_owned());
    }
    let feedback = known.feedback();
    let why = feedback.and_then(zxcvbn::feedback::Feedback::warning).map_or(LITTLE, reason);
    let advice = feedback.into_iter().flat_map(zxcvbn::feedback::Feedback::suggestions);
    let mut advice: Vec<&str> = advice.filter_map(|one| suggestion(*one)).collect();
    if advice.is_empty() {
        advice.push(MORE_WORDS);
    }
    Some(format!("{why}; {}", advice.join("; ")))
}

const OWN_WORDS: &str =
    "your name, your address and ours are tried first; choose words of something else";
const LITTLE: &str = "this would be guessed soon";
const MORE_WORDS: &str = "add another word or two that nobody would expect";

/// Why it would be guessed.
fn reason(warning: Warning) -> &'static str {
    match warning {
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword => "this is among the passwords that are used most",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "this is much like a password many use",
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "keys that lie side by side are guessed soon"
        }
        Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "what repeats itself is guessed soon"
        }
        Warning::SequencesLikeAbcAreEasyToGuess => "runs such as abc or 6543 are guessed soon",
        Warning::RecentYearsAreEasyToGuess => "years are guessed soon",
        Warning::DatesAreOftenEasyToGuess => "dates are guessed soon",
        Warning::AWordByItselfIsEasyToGuess => "a word by itself is guessed soon",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => "names are guessed soon",
    }
}

/// What to do; nothing where the reason says it already.
fn suggestion(suggestion: Suggestion) -> Option<&'static str> {
    match suggestion {
        Suggestion::AddAnotherWordOrTwo => Some(MORE_WORDS),
        Suggestion::UseAFewWordsAvoidCommonPhrases => Some("take a few words, no known phrase"),
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => Some("take words instead"),
        Suggestion::CapitalizationDoesntHelpVeryMuch
        | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            Some("capital letters help little")
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            Some("a word written backwards helps little")
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            Some("signs in the place of letters, such as @ for a, help little")
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters
        | Suggestion::AvoidRepeatedWordsAndCharacters
        | Suggestion::AvoidSequences
        | Suggestion::AvoidRecentYears
        | Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => None,
    }
}

/// The words of an address and a name that others know of a person.
pub(crate) fn own_words(address: &str, name: Option<&str>) -> Vec<String> {
    let texts = [address, name.unwrap_or_default()];
    let parts = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let local = address.split('@').next().unwrap_or_default();
    let mut words: Vec<String> =
        parts.chain([local]).filter(|word| word.chars().count() > 2).map(str::to_owned).collect();
    // "Jo Hill" is tried as "johill" too.
    words.extend(name.map(|name| name.split_whitespace().collect::<String>()));
    words
}

/// Every sentence that a password is refused with, for the languages that say them otherwise.
#[cfg(test)]
pub(crate) fn sentences() -> Vec<&'static str> {
    let reasons = [
        Warning::ThisIsATop10Password,
        Warning::ThisIsSimilarToACommonlyUsedPassword,
        Warning::StraightRowsOfKeysAreEasyToGuess,
        Warning::RepeatsLikeAaaAreEasyToGuess,
        Warning::SequencesLikeAbcAreEasyToGuess,
        Warning::RecentYearsAreEasyToGuess,
        Warning::DatesAreOftenEasyToGuess,
        Warning::AWordByItselfIsEasyToGuess,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess,
    ];
    let advice = [
        Suggestion::AddAnotherWordOrTwo,
        Suggestion::UseAFewWordsAvoidCommonPhrases,
        Suggestion::UseALongerKeyboardPatternWithMoreTurns,
        Suggestion::CapitalizationDoesntHelpVeryMuch,
        Suggestion::ReversedWordsArentMuchHarderToGuess,
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch,
    ];
    let reasons = reasons.into_iter().map(reason);
    let advice = advice.into_iter().filter_map(suggestion);
    reasons.chain(advice).chain([OWN_WORDS, LITTLE, MORE_WORDS]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_jo(password: &str) -> Option<String> {
        too_weak(password, &own_words("josephine.hill@northwind-cable.test", Some("Jo Hill")))
    }

    #[test]
    fn four_words_that_do_not_belong_together_are_strong() {
        for strong in ["a long walk by the river", "copper otter lamp nine", "vT7#qLw9!mZx2"] {
            assert_eq!(of_jo(strong), None, "{strong}");
        }
    }

    #[test]
    fn what_many_use_is_refused_with_the_reason_and_what_to_do() {
        let common = of_jo("password123").unwrap();
        assert!(common.contains("; add another word or two"), "{common}");
        assert!(of_jo("1234567890").unwrap().starts_with("this is among the passwords"));
        assert!(of_jo("aaaaaaaaaaaa").unwrap().starts_with("what repeats itself"));
        assert!(of_jo("abcdefghijklmnop").unwrap().starts_with("runs such as abc"));
        assert!(of_jo("p@ssw0rd2024").is_some());
    }

    #[test]
    fn the_persons_own_words_make_it_weak() {
        let own = "josephinenorthwind";
        assert_eq!(too_weak(own, &[]), None);
        assert!(of_jo(own).unwrap().starts_with("your name, your address"), "{:?}", of_jo(own));
    }
}
