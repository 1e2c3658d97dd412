//! How the history of an account reads to its owner. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Utc};
use contracts::PersonId;
use serde_json::Value as Json;
use uuid::Uuid;

/// Something that happened with an account.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: Uuid,
    pub(crate) at: DateTime<Utc>,
    /// A word: `signed_in`.
    pub(crate) act: String,
    pub(crate) detail: Json,
    /// `person:<id>`, `staff:<id>`, `visitor`, …
    pub(crate) actor: String,
}

impl Event {
    /// What happened, as a sentence without a period.
    pub(crate) fn what(&self) -> String {
        let known = match self.act.as_str() {
            "registered" => "The account was asked for",
            "introduced" => "The account was made for you",
            "verified" => "The address was confirmed",
            "signed_in" => "Signed in",
            "proved_again" => "Proved again who it is",
            "signin_ended" => "A sign-in was ended",
            "signed_out_everywhere" => "Every sign-in was ended",
            "new_browser_seen" => "A browser was seen for the first time",
            "password_forgotten" => "A link for a new password was sent",
            "password_reset" => "A new password was set by mail",
            "password_changed" => "The password was changed",
            "password_rehashed" => "The password is kept more safely",
            "email_change_asked" => "Another address was asked for",
            "email_changed" => "The address was changed",
            "email_change_undone" => "The change of address was taken back",
            "email_proved" => "The address was confirmed again",
            "email_proof_sent" => "A link to confirm the address was sent",
            "terms_accepted" => "Terms were accepted",
            "action_required" => "Something was asked for at the next sign-in",
            "action_withdrawn" => "What was asked for was taken back",
            "action_done" => "What was asked for was done",
            "duplicate_found" => "A second record of you was found",
            "locked" => "The account was locked",
            "unlocked" => "The account was opened again",
            act => return in_words(act),
        };
        known.to_owned()
    }

    /// What of the details is the owner's to know; what colleagues wrote for each other is not.
    pub(crate) fn more(&self) -> String {
        let text = |key: &str| self.detail.get(key).and_then(Json::as_str).map(str::to_owned);
        let change = self.detail.get("address").and_then(|pair| {
            let side = |key: &str| pair.get(key).and_then(Json::as_str);
            Some(format!("{} to {}", side("from")?, side("to")?))
        });
        let parts =
            [text("device"), text("network"), text("how"), text("role"), text("title"), change];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Who did it, as far as the owner is concerned.
    pub(crate) fn who(&self, owner: PersonId) -> &'static str {
        let (kind, id) = self.actor.split_once(':').unwrap_or((&self.actor, ""));
        match kind {
            "person" if id.parse() == Ok(owner.0) => "you",
            "person" => "somebody else",
            "staff" => "our staff",
            "visitor" => "somebody who was not signed in",
            "token" => "a program",
            _ => "the site by itself",
        }
    }
}

/// `device_allowed` as people read it: `Device allowed`.
fn in_words(act: &str) -> String {
    let words = act.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.map_or_else(String::new, |first| format!("{first}{}", letters.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWNER: PersonId = PersonId(Uuid::from_u128(7));

    fn event(act: &str, actor: &str, detail: Json) -> Event {
        let (act, actor) = (act.to_owned(), actor.to_owned());
        Event { id: Uuid::nil(), at: DateTime::UNIX_EPOCH, act, detail, actor }
    }

    #[test]
    fn the_owner_reads_what_happened_and_who_did_it() {
        let own = format!("person:{}", OWNER.0);
        let detail = json!({ "device": "Firefox on Linux", "how": "password" });
        let event = event("signed_in", &own, detail);
        assert_eq!(event.what(), "Signed in");
        assert_eq!(event.more(), "Firefox on Linux, password");
        assert_eq!(event.who(OWNER), "you");
        assert_eq!(event.who(PersonId(Uuid::nil())), "somebody else");
    }

    #[test]
    fn what_colleagues_wrote_stays_with_them() {
        let staff = format!("staff:{}", Uuid::from_u128(8));
        let event = event("locked", &staff, json!({ "reason": "rang us, sounded odd" }));
        assert_eq!((event.more().as_str(), event.who(OWNER)), ("", "our staff"));
    }

    #[test]
    fn an_act_that_is_not_known_here_is_said_in_its_own_words() {
        let event = event("device_allowed", "job:x", json!({}));
        assert_eq!(event.what(), "Device allowed");
        assert_eq!(event.who(OWNER), "the site by itself");
    }
}
