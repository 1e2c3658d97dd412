//! The broker and the proxy: how each is set up and started.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::plan::Plan;
use crate::process::{Ready, Recipe, recipe};
use crate::{Failed, Outcome, programs};

/// NATS with JetStream, which has everything on the disk before it confirms it.
pub(crate) fn nats(plan: &Plan, data: &Path, address: SocketAddr, log: &Path) -> Outcome<Recipe> {
    std::fs::create_dir_all(data)?;
    let store = data.join("store").display().to_string();
    let config = data.join("nats.conf");
    let text = format!(
        "listen: \"{address}\"\nserver_name: cluster\n\
         jetstream {{ store_dir: {store:?}, sync_interval: always }}\n"
    );
    std::fs::write(&config, text)?;
    Ok(Recipe {
        args: vec!["-c".to_owned(), config.display().to_string()],
        ready: Ready::Answers(address, true),
        ..recipe("NATS", &programs::nats_server(&plan.scte)?, data, log.to_owned())
    })
}

/// nginx, as `scte proxy-config` sets it up from the configuration in `config`.
pub(crate) async fn nginx(
    plan: &Plan,
    data: &Path,
    (address, config): (SocketAddr, &Path),
    log: &Path,
) -> Outcome<Recipe> {
    std::fs::create_dir_all(data)?;
    let mut writing = Command::new(&plan.scte);
    writing.arg("--config").arg(config).args(["proxy-config", "--out"]).arg(data);
    writing.args(["--listen", &address.to_string()]).stdin(Stdio::null());
    let written = writing.output().await?;
    if !written.status.success() {
        let said = String::from_utf8_lossy(&written.stderr).into_owned();
        return Err(Failed::because(format!("`scte proxy-config` failed: {said}")));
    }
    let path = |name: &str| data.join(name).display().to_string();
    let text = std::fs::read_to_string(data.join("nginx.conf"))?;
    let mut args = vec!["-p".to_owned(), data.display().to_string()];
    args.extend(["-c".to_owned(), path("nginx.conf"), "-e".to_owned(), path("start.log")]);
    if !text.lines().any(|line| line.trim_start().starts_with("daemon ")) {
        args.extend(["-g".to_owned(), "daemon off;".to_owned()]);
    }
    Ok(Recipe {
        args,
        ready: Ready::Answers(address, false),
        ..recipe("nginx", &programs::nginx()?, data, log.to_owned())
    })
}
