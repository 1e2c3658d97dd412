//! The website as it is served, with the people of the demonstration in it.

use std::path::Path;

use crate::outcome::{Outcome, sibling};
use crate::process::Process;

/// The password of everybody in the demonstration.
pub(crate) const PASSWORD: &str = "sample-demo-2027";

/// The release binary with the demonstration, in one process, passwords hashed at their full cost;
/// nobody is refused for asking too often.
pub(crate) fn with_demonstration(files: &Path) -> Outcome<Process> {
    let config = files.join("scte.toml");
    std::fs::write(&config, "[server]\nrequests_per_minute = 0\n")?;
    let (data, config) = (files.join("data"), config.display().to_string());
    let words = ["up", "--demo", "--data", &data.display().to_string(), "--config", &config];
    let args = words.map(str::to_owned).to_vec();
    Ok(Process::new("the website", sibling("scte")?, args, &files.join("scte.log")))
}
