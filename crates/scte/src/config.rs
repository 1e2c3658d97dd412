//! The configuration: a TOML file, then the environment, then the command line; checked before the
//! start. `scte.example.toml` says every key, its unit and its default.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use messaging::{Error, Result};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use url::Url;

use crate::services;

/// Every key with its default, for people; a test keeps it complete.
pub(crate) const EXAMPLE: &str = include_str!("../scte.example.toml");

/// The environment's keys begin with this; two underscores part section and key.
const ENVIRONMENT: &str = "SCTE__";

/// All that is configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    pub(crate) own: Own,
    /// The services' own tables, which each service reads itself.
    pub(crate) services: HashMap<String, serde_json::Value>,
}

/// What the binary itself needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Own {
    pub(crate) server: Server,
    pub(crate) association: Association,
    pub(crate) database: Database,
    pub(crate) secrets: Secrets,
    pub(crate) feeds: Feeds,
    pub(crate) peers: BTreeMap<String, Vec<String>>,
    pub(crate) broker: Broker,
    pub(crate) log: Log,
    pub(crate) telemetry: Telemetry,
    pub(crate) test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) origin: String,
    pub(crate) data: PathBuf,
    pub(crate) requests_per_minute: u32,
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8321)),
            origin: String::new(),
            data: PathBuf::from("scte-data"),
            requests_per_minute: 1200,
            trusted_proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Association {
    pub(crate) name: String,
    pub(crate) zone: String,
}

impl Default for Association {
    fn default() -> Self {
        Self { name: "SCTE".to_owned(), zone: "America/New_York".to_owned() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: Secret,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Secrets {
    pub(crate) key: Secret,
}

/// How readers of our feeds are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Feeds {
    pub(crate) key: Secret,
    pub(crate) refused: Vec<String>,
}

/// The broker that carries copies of the feeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Broker {
    pub(crate) url: String,
    pub(crate) prefix: String,
    pub(crate) user: String,
    pub(crate) password: Secret,
}

impl Default for Broker {
    fn default() -> Self {
        let (url, user, password) = (String::new(), String::new(), Secret::default());
        Self { url, prefix: "scte".to_owned(), user, password }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: Format,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Auto }
    }
}

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) otlp: String,
    pub(crate) service_name: String,
    pub(crate) sample_one_in: u32,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { otlp: String::new(), service_name: "scte".to_owned(), sample_one_in: 1 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Auto,
    Json,
    Text,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Test {
    pub(crate) seed: u64,
    pub(crate) twice: bool,
    pub(crate) limits: bool,
}

/// A text that no log and no `Debug` shows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// The secret itself; nothing when none is configured.
    pub(crate) fn get(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "…" })
    }
}

/// A configuration that cannot be used.
pub(crate) fn wrong(why: impl std::fmt::Display) -> Error {
    Error::refused("configuration", why)
}

impl Config {
    /// Reads the file, if one is named, and the environment of this process.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self> {
        let text = match file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| wrong(format!("{} cannot be read: {error}", file.display())))?,
            None => String::new(),
        };
        let name = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
        Self::of(&text, std::env::vars()).map_err(|error| wrong(format!("{name}{error}")))
    }

    /// The configuration that a file's text and these variables say.
    fn of(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table: Table = text.parse().map_err(wrong)?;
        for (name, value) in environment {
            if let Some(path) = name.strip_prefix(ENVIRONMENT) {
                set(&mut table, path, &value)?;
            }
        }
        for (section, keys) in &mut table {
            let keys = keys.as_table_mut();
            let keys = keys.ok_or_else(|| wrong(format!("`{section}` is to be a table")))?;
            read_files(section, keys)?;
        }
        let mut services = HashMap::new();
        for name in services::names() {
            if let Some(table) = table.remove(name) {
                let value = serde_json::to_value(table)?;
                services.insert(name.to_owned(), value);
            }
        }
        let own: Own = table.try_into().map_err(wrong)?;
        Ok(Self { own, services })
    }

    /// Refuses what cannot work, before anything is opened.
    pub(crate) fn check(&self, test: bool) -> Result<()> {
        let own = &self.own;
        if !test && own.test != Test::default() {
            return Err(wrong("[test] is for tests: remove it, or start with `--test`"));
        }
        if own.association.zone.parse::<chrono_tz::Tz>().is_err() {
            let zone = &own.association.zone;
            return Err(wrong(format!(
                "association.zone: `{zone}` is no zone, try `America/Denver`"
            )));
        }
        if let Some(key) = own.secrets.key.get()
            && key.len() < 32
        {
            return Err(wrong("secrets.key: at least 32 characters"));
        }
        if let Some(url) = own.database.url.get()
            && !(url.starts_with("postgres") && url.contains("{service}"))
        {
            return Err(wrong("database.url: `postgres://…` with {service} where the name goes"));
        }
        if let Some(key) = own.feeds.key.get()
            && key.len() < 32
        {
            return Err(wrong("feeds.key: at least 32 characters"));
        }
        self.check_telemetry()?;
        self.check_neighbours()?;
        self.check_origin()
    }

    fn check_telemetry(&self) -> Result<()> {
        let Telemetry { otlp, sample_one_in, .. } = &self.own.telemetry;
        let bare = otlp.parse::<Url>().is_ok_and(|url| {
            ["http", "https"].contains(&url.scheme()) && url.has_host() && !otlp.ends_with('/')
        });
        if !otlp.is_empty() && !bare {
            return Err(wrong(
                "telemetry.otlp: scheme, host and port without a slash at the end, like `http://127.0.0.1:4318`",
            ));
        }
        if *sample_one_in == 0 {
            return Err(wrong("telemetry.sample_one_in: at least 1, which keeps every trace"));
        }
        Ok(())
    }

    /// Where the other services are, and the broker.
    fn check_neighbours(&self) -> Result<()> {
        let Own { peers, broker, .. } = &self.own;
        for (service, places) in peers {
            if !services::names().contains(&service.as_str()) {
                return Err(wrong(format!("peers.{service}: there is no such service")));
            }
            for place in places {
                let bare = place.parse::<Url>().is_ok_and(|url| {
                    ["http", "https"].contains(&url.scheme())
                        && url.has_host()
                        && url.path() == "/"
                        && url.username().is_empty()
                });
                if !bare {
                    let why = "scheme, host and port, like `http://127.0.0.1:8402`";
                    return Err(wrong(format!("peers.{service}: `{place}`: {why}")));
                }
            }
        }
        let reachable = |url: &str| {
            url.parse::<Url>().is_ok_and(|url| {
                url.scheme() == "nats" && url.has_host() && url.username().is_empty()
            })
        };
        if !broker.url.is_empty() && !reachable(&broker.url) {
            let why = "like `nats://127.0.0.1:4222`; who we are there stands in broker.user and \
                       broker.password";
            return Err(wrong(format!("broker.url: {why}")));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if broker.prefix.is_empty() || !broker.prefix.chars().all(plain) {
            return Err(wrong("broker.prefix: letters, digits and underscores"));
        }
        Ok(())
    }

    /// Refuses to read feeds of services whose whereabouts nobody said.
    pub(crate) fn check_reach(&self, elsewhere: &[&str]) -> Result<()> {
        let own = &self.own;
        if !own.broker.url.is_empty() {
            return Ok(());
        }
        let known = |service: &str| own.peers.get(service).is_some_and(|places| !places.is_empty());
        match elsewhere.iter().find(|service| !known(service)) {
            None => Ok(()),
            Some(service) => Err(wrong(format!(
                "peers.{service}: where it answers, as `{service} = [\"http://HOST:PORT\"]`, or a \
                 broker.url from which its feed is read"
            ))),
        }
    }

    fn check_origin(&self) -> Result<()> {
        let Server { listen, origin, .. } = &self.own.server;
        let bare = origin.split_once("://").is_some_and(|(scheme, host)| {
            ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains('/')
        });
        if !origin.is_empty() && !bare {
            let why = "server.origin: scheme, host and port without a slash at the end, \
                       like `https://www.scte.example`";
            return Err(wrong(why));
        }
        if !listen.ip().is_loopback() && !origin.starts_with("https://") {
            let why = "server.listen is not a loopback address: put a proxy that ends TLS in \
                       front and say its https address in server.origin";
            return Err(wrong(why));
        }
        Ok(())
    }
}

/// Sets `SECTION__KEY` to a value: a TOML value where it reads as one, else text.
fn set(table: &mut Table, path: &str, value: &str) -> Result<()> {
    let path = path.to_lowercase();
    let (section, key) = path.split_once("__").ok_or_else(|| {
        wrong(format!("{ENVIRONMENT}{path}: the form is {ENVIRONMENT}SECTION__KEY"))
    })?;
    let parsed = format!("value = {value}").parse::<Table>().ok();
    let value = parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()));
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    let section = section.as_table_mut().ok_or_else(|| wrong(format!("`{path}` is no table")))?;
    section.insert(key.to_owned(), value);
    Ok(())
}

/// `key_file = "path"` stands for `key = "what is in it"`, also in a list of tables.
fn read_files(section: &str, keys: &mut Table) -> Result<()> {
    let named: Vec<String> = keys.keys().filter(|key| key.ends_with("_file")).cloned().collect();
    for name in named {
        let Some(key) = name.strip_suffix("_file") else { continue };
        if keys.contains_key(key) {
            return Err(wrong(format!("{section}: {key} and {name} are both there")));
        }
        let Some(Value::String(path)) = keys.remove(&name) else {
            return Err(wrong(format!("{section}.{name}: the path of a file")));
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| wrong(format!("{section}.{name}: {path}: {error}")))?;
        keys.insert(key.to_owned(), Value::String(text.trim_end().to_owned()));
    }
    for (key, value) in keys {
        let Value::Array(entries) = value else { continue };
        for entry in entries.iter_mut().filter_map(Value::as_table_mut) {
            read_files(&format!("{section}.{key}"), entry)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let variables =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::of(text, variables)
    }

    /// The example with the keys that have no default switched on.
    fn whole_example() -> String {
        let lines = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| is_key(key)) => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn is_key(text: &str) -> bool {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    }

    #[test]
    fn the_example_says_the_defaults() {
        assert_eq!(read(EXAMPLE, &[]).unwrap().own, Own::default());
        assert_eq!(read("", &[]).unwrap().own, Own::default());
        read(EXAMPLE, &[]).unwrap().check(false).unwrap();
    }

    #[test]
    fn every_key_is_in_the_example() {
        let example: Table = whole_example().parse().unwrap();
        let own = Table::try_from(Own::default()).unwrap();
        for (section, keys) in &own {
            for key in keys.as_table().unwrap().keys() {
                assert!(example[section].get(key).is_some(), "{section}.{key} is not there");
            }
        }
        for service in services::names() {
            let path =
                format!("{}/../../services/{service}/src/settings.rs", env!("CARGO_MANIFEST_DIR"));
            let Ok(source) = std::fs::read_to_string(path) else { continue };
            let fields = source.split("struct Settings {").nth(1).unwrap();
            let fields = fields.split('}').next().unwrap();
            for line in fields.lines().filter_map(|line| line.trim().strip_prefix("pub(crate) ")) {
                let key = line.split(':').next().unwrap();
                assert!(example[service].get(key).is_some(), "{service}.{key} is not there");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(read("[server]\nlisten_on = 1", &[]).is_err());
        assert!(read("[sever]\nlisten = \"127.0.0.1:1\"", &[]).is_err());
        assert!(read("listen = \"127.0.0.1:1\"", &[]).is_err());
        assert!(read("", &[("SCTE__SERVER__LISTEN_ON", "1")]).is_err());
        assert!(read("", &[("SCTE__SERVER", "1")]).is_err());
        // The tests' own variables are none of ours.
        assert!(read("", &[("SCTE_TEST_SEED", "1")]).is_ok());
    }

    #[test]
    fn what_is_read_from_elsewhere_must_have_a_place() {
        let one = read("[peers]\ncommerce = [\"http://127.0.0.1:1\"]", &[]).unwrap();
        one.check_reach(&["commerce"]).unwrap();
        let missing = one.check_reach(&["commerce", "identity"]).unwrap_err();
        assert!(missing.to_string().contains("peers.identity"), "{missing}");
        let broker = read("[broker]\nurl = \"nats://127.0.0.1:4222\"", &[]).unwrap();
        broker.check_reach(&["commerce", "identity"]).unwrap();
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let variables = [("SCTE__SERVER__LISTEN", "127.0.0.1:9"), ("SCTE__TEST__TWICE", "true")];
        let config =
            read("[server]\nlisten = \"127.0.0.1:8\"\n[outreach]\nsmtp = \"a:1\"", &variables);
        let config = config.unwrap();
        assert_eq!(config.own.server.listen.port(), 9);
        assert!(config.own.test.twice);
        assert_eq!(config.services["outreach"]["smtp"], "a:1");
    }

    #[test]
    fn a_secret_may_stand_in_a_file_and_is_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        std::fs::write(&file, "0123456789012345678901234567890123456789\n").unwrap();
        let text = format!("[secrets]\nkey_file = \"{}\"", file.display());

        let config = read(&text, &[]).unwrap();
        assert_eq!(config.own.secrets.key.get().map(str::len), Some(40));
        assert!(!format!("{config:?}").contains("0123456789"));
        assert!(read(&format!("{text}\nkey = \"x\""), &[]).is_err());
        assert!(read("[secrets]\nkey_file = \"/nowhere/at/all\"", &[]).is_err());
        let client = format!("[[identity.clients]]\nsecret_file = \"{}\"", file.display());
        let secret =
            read(&client, &[]).unwrap().services["identity"]["clients"][0]["secret"].clone();
        assert_eq!(secret.as_str().map(str::len), Some(40));
    }

    #[test]
    fn what_cannot_work_is_refused_before_the_start() {
        let refused = |text: &str| read(text, &[]).unwrap().check(false).is_err();
        assert!(refused("[test]\ntwice = true"));
        assert!(refused("[association]\nzone = \"Mars/Olympus\""));
        assert!(refused("[secrets]\nkey = \"short\""));
        assert!(refused("[database]\nurl = \"postgres://localhost/one_for_all\""));
        assert!(refused("[server]\nlisten = \"0.0.0.0:80\""));
        assert!(refused("[server]\norigin = \"https://scte.example/\""));
        assert!(refused("[feeds]\nkey = \"short\""));
        assert!(refused("[telemetry]\notlp = \"127.0.0.1:4318\""));
        assert!(refused("[telemetry]\notlp = \"http://127.0.0.1:4318/\""));
        assert!(refused("[telemetry]\nsample_one_in = 0"));
        assert!(!refused("[telemetry]\notlp = \"http://127.0.0.1:4318\""));
        assert!(refused("[peers]\nnobody = [\"http://127.0.0.1:1\"]"));
        assert!(refused("[peers]\ncommerce = [\"127.0.0.1:1\"]"));
        assert!(refused("[peers]\ncommerce = [\"http://127.0.0.1:1/feeds\"]"));
        assert!(refused("[broker]\nurl = \"127.0.0.1:4222\""));
        assert!(refused("[broker]\nurl = \"nats://me:secret@127.0.0.1:4222\""));
        assert!(refused("[broker]\nprefix = \"a.b\""));
        assert!(!refused("[peers]\ncommerce = [\"http://127.0.0.1:1\"]"));
        assert!(!refused("[server]\nlisten = \"0.0.0.0:80\"\norigin = \"https://scte.example\""));
        read("[test]\ntwice = true", &[]).unwrap().check(true).unwrap();
    }
}
