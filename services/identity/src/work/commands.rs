//! Counts the mails a network asks for, and takes solved puzzles.

use chassis::{Command, Error, Result, Tx};

use super::domain::{self, Puzzle, Refusal};
use super::tables;
use crate::fingerprint;
use crate::signins::domain::{Tries, TryKind, is_counted};
use crate::signins::tables::{self as tries, TriesKey};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Needed(_) => Self::refused("work_needed", refusal),
        }
    }
}

/// The mails that a network asked for.
pub(super) async fn past(tx: &Tx, network: &str) -> Result<Option<Tries>> {
    tries::tries(tx, TriesKey::of_network(TryKind::Mail, &fingerprint::of(network))).await
}

/// Counts a mail that somebody on `network` asks for; after a few it takes a solved puzzle.
pub(crate) struct AskForMail<'a> {
    pub(crate) network: &'a str,
    /// The puzzle that the form brings solved, if it does.
    pub(crate) solved: Option<Puzzle>,
    /// The form's key.
    pub(crate) form: &'a str,
}

impl Command for AskForMail<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        if !is_counted(self.network) {
            return Ok(());
        }
        let (past, now) = (past(tx, self.network).await?, tx.now());
        if let Some(bits) = domain::needed(past, now) {
            let refused = || Refusal::Needed(domain::minutes_left(past, now));
            // Easier ones of before are good enough while their time lasts; they are few.
            let puzzle = self.solved.as_ref().ok_or_else(refused)?;
            tracing::debug!(bits, "a mail was paid for with work");
            match tables::spent_by(tx, &puzzle.nonce).await? {
                None => tables::spend(tx, puzzle, self.form).await?,
                Some(form) if form == self.form => return Ok(()),
                Some(_) => return Err(refused().into()),
            }
        }
        let hash = fingerprint::of(self.network);
        let key = TriesKey::of_network(TryKind::Mail, &hash);
        tries::save_tries(tx, key, domain::counted(past, now)).await
    }
}

/// Removes puzzles that nobody could hand in any more.
pub(crate) struct RemoveExpired;

impl Command for RemoveExpired {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_expired(tx, tx.now()).await?;
        Ok(())
    }
}
