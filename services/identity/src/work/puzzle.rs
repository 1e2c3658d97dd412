//! The puzzle on a form: made when the form is shown, read when it comes back.
//!
//! Nothing is stored until it is solved: the puzzle goes out sealed and comes back sealed.

use askama::Template;
use chassis::{Form, Markup, Page, Result, Tx, assets};
use chrono::Duration;

use super::commands;
use super::domain::{self, GOOD_FOR_MINUTES, Puzzle};
use crate::fingerprint;
use crate::signins::domain::is_counted;
use crate::tongue::{PuzzleWords, Words};

/// What the seal is bound to, so that no other sealed text is taken for a puzzle.
const PURPOSE: &str = "puzzle";

#[derive(Template)]
#[template(path = "work/puzzle.html")]
struct Asked {
    sealed: String,
    nonce: String,
    bits: u32,
    w: &'static PuzzleWords,
    /// What whoever runs no scripts does instead.
    no_script: String,
    script: &'static str,
}

/// What a form that sends a mail has in it for whoever asks from `network`: nothing as a rule, else
/// a puzzle.
pub(crate) async fn asked(page: &Page, network: &str, words: &'static Words) -> Result<Markup> {
    if !is_counted(network) {
        return Ok(Markup::default());
    }
    let (app, now) = (page.app(), page.now());
    let past = page.read(async |tx: &Tx| commands::past(tx, network).await).await?;
    let Some(bits) = domain::needed(past, now) else { return Ok(Markup::default()) };
    let nonce = fingerprint::hex(&app.ids().bytes::<16>());
    let expires_at = now + Duration::minutes(GOOD_FOR_MINUTES);
    let puzzle = Puzzle { nonce, bits, expires_at };
    let plain = serde_json::to_vec(&puzzle)?;
    let sealed = app.sealer().seal(PURPOSE, &plain, app.ids().bytes())?;
    let w = &words.steps.puzzle;
    let no_script = (w.no_script)(domain::minutes_left(past, now));
    let (nonce, script) = (puzzle.nonce, assets::path("work.js"));
    Markup::of(&Asked { sealed, nonce, bits, w, no_script, script })
}

/// The puzzle that a form brings back, if it is one of ours and solved.
pub(crate) fn solved(page: &Page, form: &Form) -> Option<Puzzle> {
    let (sealed, number) = form.value("work")?.split_once('.')?;
    let plain = page.app().sealer().open(PURPOSE, sealed).ok()?;
    let puzzle: Puzzle = serde_json::from_slice(&plain).ok()?;
    puzzle.is_solved(number, page.now()).then_some(puzzle)
}
