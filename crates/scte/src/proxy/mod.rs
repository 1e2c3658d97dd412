//! `scte proxy-config`: a folder that a stock nginx runs from. It holds the file that nginx reads,
//! the pages for what is away, and a copy of the assets, so that those pages stand by themselves.
//!
//! Read in this order: the folder here, the paths and where they lead (nginx), the pages (away).

mod nginx;
mod away;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chassis::Site;
use chassis::assets;
use messaging::{Error, Result};

use crate::config::{Config, wrong};
use crate::services;

/// Writes the folder; what somebody put into `local` stays, and old assets too: a page that was
/// loaded before still asks for them.
///
/// # Errors
/// `configuration` when a service has no place in `[peers]`; [`Error::Unavailable`] when the folder
/// cannot be written.
pub(crate) fn write(config: &Config, out: &Path, listen: Option<SocketAddr>) -> Result<String> {
    let site = site(config)?;
    let out = std::path::absolute(out).map_err(Error::internal)?;
    for folder in ["away", "assets", "tmp", "local"] {
        fs::create_dir_all(out.join(folder)).map_err(|error| unwritten(&out, &error))?;
    }
    let user = nginx::user(&out);
    let listen = listen.unwrap_or_else(|| nginx::listen(&site.origin));
    let text = nginx::text(config, listen, user)?;
    for (name, page) in away::pages(&site)? {
        put(&out.join("away").join(name), page.as_bytes())?;
    }
    for asset in assets::all() {
        let path = out.join(asset.path.trim_start_matches('/'));
        put(&path, asset.plain)?;
        if let Some(gzip) = asset.gzip {
            let mut name = path.into_os_string();
            name.push(".gz");
            put(&PathBuf::from(name), gzip)?;
        }
    }
    // Last: whoever reads it finds what it names.
    put(&out.join("nginx.conf"), text.as_bytes())?;
    let out = out.display();
    let warning = match user {
        Some("root") => {
            "Its workers will run as root, for nobody else gets into this folder: choose another \
             where the website is open to the world.\n"
        }
        _ => "",
    };
    Ok(format!("{out}/nginx.conf is for {listen}: nginx -p {out} -c {out}/nginx.conf\n{warning}"))
}

/// The site as its pages name it.
fn site(config: &Config) -> Result<Site> {
    let own = &config.own;
    Ok(Site {
        origin: own.server.origin.clone(),
        zone: own.association.zone.parse().map_err(wrong)?,
        mode: chassis::Mode::Production,
        https: own.server.origin.starts_with("https://"),
        name: own.association.name.clone(),
        loopback: false,
    })
}

/// Puts a file in place of the old one at once: nginx may be reading it.
fn put(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut fresh = file.as_os_str().to_owned();
    fresh.push(".new");
    let written = fs::write(&fresh, bytes).and_then(|()| fs::rename(&fresh, file));
    written.map_err(|error| unwritten(file, &error))
}

fn unwritten(what: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!("{} ({error})", what.display()))
}

/// The services in the order of the list, each with the prefixes it answers.
fn claims() -> Vec<(&'static str, Vec<String>)> {
    services::all().iter().map(|service| (service.name(), service.prefixes())).collect()
}
