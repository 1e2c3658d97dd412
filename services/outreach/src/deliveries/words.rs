//! How deliveries read on our pages.

use chassis::ui::{Cell, Tone};

use super::domain::{Entry, State};

/// A state as a word, and how it stands.
pub(super) const fn state(state: State) -> (Tone, &'static str) {
    match state {
        State::Awaiting => (Tone::Wait, "waiting"),
        State::Muted => (Tone::Off, "switched off"),
        State::Queued => (Tone::Wait, "on its way"),
        State::Sent => (Tone::Ok, "sent"),
        State::Repeated => (Tone::Warn, "sent twice"),
        State::Failed => (Tone::Bad, "failed"),
    }
}

/// A state in a list.
pub(super) fn state_cell(entry: &Entry) -> Cell {
    let (tone, word) = state(entry.state);
    Cell::state(tone, word)
}

/// Why it failed, or why the last try has to be repeated: a code, or what the mail server said.
pub(super) fn problem(said: &str) -> String {
    match said {
        "refused" => "The mail server refused it for good.".to_owned(),
        "no_address" => "The address is none that a mail can go to.".to_owned(),
        "expired" => "Its code ran out before it could be sent.".to_owned(),
        other => format!("The last try did not go through, the next comes by itself: {other}"),
    }
}

/// Where it goes, as far as known.
pub(super) fn address(known: Option<&str>) -> String {
    known.unwrap_or("not yet known here").to_owned()
}
