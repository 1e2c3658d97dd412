//! Where the stories of one column are played: the website, the mails that left it, fresh names.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::outcome::{Failed, Outcome};

/// How long something may take while everything is there.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long until it is looked for again.
pub(crate) const AGAIN: Duration = Duration::from_millis(50);

/// A mail that arrived.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Mail {
    to: Vec<String>,
    pub(crate) subject: String,
    /// The `Message-ID`.
    id: String,
    pub(crate) text: String,
}

/// Where the stories of one column are played.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Where browsers find the website.
    pub(crate) origin: String,
    /// A line of JSON for each mail that arrived.
    mails: PathBuf,
    /// Stands in every name that is made up here.
    label: String,
    made_up: AtomicU32,
}

impl Stage {
    /// The stage of the column that `label` names among all of this run.
    pub(crate) fn new(origin: &str, mails: PathBuf, label: String) -> Arc<Self> {
        let made_up = AtomicU32::new(0);
        Arc::new(Self { origin: origin.to_owned(), mails, label, made_up })
    }

    /// A word that nobody else used.
    pub(crate) fn word(&self) -> String {
        let n = self.made_up.fetch_add(1, Ordering::Relaxed);
        format!("{}-{n}", self.label)
    }

    /// The mails that arrived for an address, in order.
    pub(crate) fn mails_to(&self, address: &str) -> Outcome<Vec<Mail>> {
        let to = |mail: &Mail| mail.to.iter().any(|to| to == address);
        Ok(self.all_mails()?.into_iter().filter(to).collect())
    }

    fn all_mails(&self) -> Outcome<Vec<Mail>> {
        let text = std::fs::read_to_string(&self.mails).unwrap_or_default();
        // A mail that is being written has no end of line yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let read = |line: &str| serde_json::from_str::<Mail>(line).map_err(Failed::from);
        whole.lines().map(read).collect()
    }

    /// The mail to an address whose subject begins so, if it is there.
    pub(crate) fn mail(&self, address: &str, subject: &str) -> Outcome<Option<Mail>> {
        let mails = self.mails_to(address)?;
        Ok(mails.into_iter().rev().find(|mail| mail.subject.starts_with(subject)))
    }

    /// The same, waited for.
    ///
    /// # Errors
    /// When it does not come.
    pub(crate) async fn awaited(&self, address: &str, subject: &str) -> Outcome<Mail> {
        let began = Instant::now();
        loop {
            if let Some(mail) = self.mail(address, subject)? {
                return Ok(mail);
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("`{subject}` never came to {address}")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Mails to people of this stage that came twice as two: the same notice under two ids.
    pub(crate) fn doubled(&self) -> Outcome<Vec<String>> {
        let mut first: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut doubled = Vec::new();
        for mail in self.all_mails()? {
            for to in mail.to.iter().filter(|to| to.starts_with(&format!("{}-", self.label))) {
                let known = first.entry((to.clone(), mail.subject.clone()));
                if *known.or_insert_with(|| mail.id.clone()) != mail.id {
                    doubled.push(format!("`{}` came to {to} twice", mail.subject));
                }
            }
        }
        Ok(doubled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_under_the_same_id_is_no_second_mail() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mails");
        let line = |to: &str, id: &str| {
            format!("{{\"to\":[\"{to}\"],\"subject\":\"Receipt\",\"id\":\"{id}\",\"text\":\"\"}}\n")
        };
        let stage = Stage::new("", file.clone(), "a".to_owned());
        let text = line("a-0@x", "1") + &line("a-0@x", "1") + &line("a-1@x", "2") + "{\"to\":[";
        std::fs::write(&file, &text).unwrap();
        assert_eq!(stage.doubled().unwrap(), Vec::<String>::new());
        assert_eq!(stage.mails_to("a-0@x").unwrap().len(), 2);

        std::fs::write(&file, line("a-0@x", "1") + &line("a-0@x", "3") + &line("b-0@x", "4"))
            .unwrap();
        assert_eq!(stage.doubled().unwrap(), ["`Receipt` came to a-0@x twice"]);
    }
}
