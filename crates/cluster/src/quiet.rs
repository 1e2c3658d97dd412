//! Whether an installation rests: everything published was heard, nobody has anything due. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// Where everybody stands, read out of what the processes told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The head of each feed whose service told it.
    heads: BTreeMap<String, i64>,
    /// How far each service read each feed; those that were halted are left out.
    cursors: BTreeMap<(String, String), i64>,
    /// Services that are not ready, or whose database could not be asked.
    troubled: Vec<String>,
}

impl Standing {
    /// Reads the answers to `status`.
    pub(crate) fn of<'a>(answers: impl Iterator<Item = &'a Value>) -> Self {
        let mut standing = Self::default();
        for service in answers.filter_map(|answer| answer["services"].as_array()).flatten() {
            standing.add(service);
        }
        standing
    }

    fn add(&mut self, service: &Value) {
        let name = service["name"].as_str().unwrap_or_default().to_owned();
        match service["state"].as_str() {
            Some("up") if service["trouble"].is_null() => {}
            // It was stopped on purpose, and what waits for it waits.
            Some("stopped") => return,
            state => {
                let state = state.unwrap_or("without a state");
                let trouble = service["trouble"].as_str().unwrap_or_default();
                self.troubled.push(format!("{name} is {state} {trouble}").trim_end().to_owned());
            }
        }
        let head = service["head"].as_i64().or_else(|| service["waiting"]["head"].as_i64());
        if let Some(head) = head {
            let known = self.heads.entry(name.clone()).or_default();
            *known = head.max(*known);
        }
        for feed in service["feeds"].as_array().into_iter().flatten() {
            if let (Some(of), Some(pos), true) =
                (feed["feed"].as_str(), feed["pos"].as_i64(), feed["halted"].is_null())
            {
                // Replicas share a cursor, and one may have looked earlier.
                let known = self.cursors.entry((name.clone(), of.to_owned())).or_default();
                *known = pos.max(*known);
            }
        }
    }

    /// What is still to be heard, or does not work; nothing when all rest.
    pub(crate) fn open(&self) -> Vec<String> {
        let behind = self.cursors.iter().filter_map(|((reader, feed), pos)| {
            let head = self.heads.get(feed)?;
            (pos < head).then(|| format!("{reader} reads {feed} at {pos} of {head}"))
        });
        behind.chain(self.troubled.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(pos: i64, head: i64) -> [Value; 2] {
        let feeds = json!([{ "feed": "a", "pos": pos, "halted": null }]);
        [
            json!({ "services": [{ "name": "a", "state": "up", "head": head, "feeds": [] }] }),
            json!({ "services": [{ "name": "b", "state": "up", "head": 0, "feeds": feeds }] }),
        ]
    }

    #[test]
    fn a_reader_behind_is_named() {
        let standing = |pos, head| Standing::of(told(pos, head).iter());
        assert_eq!(standing(7, 7).open(), Vec::<String>::new());
        assert_eq!(standing(6, 7).open(), ["b reads a at 6 of 7"]);
        assert_ne!(standing(6, 6), standing(7, 7));
    }

    #[test]
    fn who_was_stopped_is_waited_for_by_nobody_and_who_prepares_is() {
        let mut answers = told(6, 7);
        answers[0]["services"][0]["state"] = json!("stopped");
        assert_eq!(Standing::of(answers.iter()).open(), Vec::<String>::new());
        answers[0]["services"][0]["state"] = json!("preparing");
        assert!(Standing::of(answers.iter()).open().contains(&"a is preparing".to_owned()));
    }

    #[test]
    fn a_halted_reader_is_waited_for_by_nobody() {
        let mut answers = told(6, 7);
        answers[1]["services"][0]["feeds"][0]["halted"] = json!("why");
        assert_eq!(Standing::of(answers.iter()).open(), Vec::<String>::new());
    }
}
