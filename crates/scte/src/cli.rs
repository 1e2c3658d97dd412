//! The command line: what can be said, in what units, with what defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Every command but `up`, `serve`, `restore` and `contracts` asks the process that holds the data directory;
when none runs, it takes the locks and opens the databases itself.

Every key of the configuration, with its default, stands in scte.example.toml; `scte example` prints it.

Exit codes:
  0  done
  1  something is broken; the message says what
  2  the command line or the configuration is wrong; nothing was opened
  3  refused by a rule, or there is no such thing; nothing was changed
  4  something is not available now: held by another process, stopped, out of reach
  5  `doctor` found something wrong";

/// The SCTE website, as services: one process, one data directory.
#[derive(Debug, Parser)]
#[command(name = "scte", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// The data directory [default: scte-data, or server.data of the configuration]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file, TOML [default: none, every key has a default]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Starts the website, all services in this process, until Ctrl-C or SIGTERM
    Up {
        /// Address and port to listen on [default: 127.0.0.1:8321]; port 0 takes a free one
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Fills an empty data directory with invented people and prices; loopback only
        #[arg(long)]
        demo: bool,
        /// For tests: seeded ids, cheap password hashes, a clock that can be moved
        #[arg(long)]
        test: bool,
    },
    /// Starts only these services in this process; the others run in processes of their own, which
    /// `[peers]` or `[broker]` of the configuration name
    Serve {
        /// The services, such as `membership`
        #[arg(required = true, value_name = "SERVICE")]
        services: Vec<String>,
        /// Address and port to listen on [default: 127.0.0.1:8321]; port 0 takes a free one
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Has each service that was never used play its part of the demonstration; loopback only
        #[arg(long)]
        demo: bool,
        /// For tests: as for `up`
        #[arg(long)]
        test: bool,
    },
    /// Prints the token by which somebody reads the feeds over HTTP
    FeedToken {
        /// The reader's name: small letters, digits, hyphens
        name: String,
    },
    /// Writes a folder from which nginx leads visitors to the processes of `[peers]`
    ProxyConfig {
        /// Where to; made when it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Address and port of the proxy [default: those of server.origin, else 127.0.0.1:8300]
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Says what runs and where every service stands
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Writes the AsyncAPI document and the JSON Schemas of all messages
    Contracts {
        /// Where to; made when it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Lists every page and endpoint of the services here, and who may use it
    Routes,
    /// Empties a service's copies and fills them from the feeds again
    Replay {
        /// The service, such as `membership`
        service: String,
    },
    /// Messages that took no effect
    #[command(subcommand)]
    Parked(ParkedTask),
    /// Lets the reading of a feed go on after a halt; or, when both are the same service, the
    /// copying of its feed to the broker
    Resume {
        /// The service that reads
        service: String,
        /// Whose feed it reads
        feed: String,
    },
    /// Who may administer the site
    #[command(subcommand)]
    Admin(AdminTask),
    /// Copies all databases and the secret key into a new directory, while users keep working
    Backup {
        /// The new directory
        directory: PathBuf,
    },
    /// Puts a backup back into an empty data directory; timers and calls to the outside wait for
    /// `release`
    Restore {
        /// The backup's directory
        directory: PathBuf,
    },
    /// Lets timers and calls to the outside go on after a restore
    Release,
    /// Moves the databases of services to another data directory, or from SQLite into PostgreSQL,
    /// while no process works on them
    Move {
        /// The services, such as `membership`
        #[arg(required = true, value_name = "SERVICE")]
        services: Vec<String>,
        /// A data directory, or `postgres://…/scte_{service}` with {service} where the name goes
        #[arg(long, value_name = "DIR|URL")]
        to: String,
    },
    /// Looks for what is wrong
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Says why what a service knows of others may be old, and what mends it
    Why {
        /// The service, such as `outreach`
        service: String,
        /// The id of a person, an order or whatever else: what of it is parked or waits
        thing: Option<uuid::Uuid>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Shows the services' time, or moves it; test and demo installations only
    Clock {
        /// An instant such as 2027-03-01T15:00:00Z; none shows the time
        at: Option<chrono::DateTime<chrono::Utc>>,
    },
    /// Prints the example configuration: every key with its default
    Example,
}

/// What to do with messages that took no effect. WHAT is service/consumer/feed/key, as `list`
/// prints it.
#[derive(Debug, Subcommand)]
pub(crate) enum ParkedTask {
    /// Lists them
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Shows the first message of a key, secrets blanked
    Show {
        /// service/consumer/feed/key
        what: String,
    },
    /// Applies the messages of a key in order until one fails again
    Retry {
        /// service/consumer/feed/key
        what: String,
    },
    /// Gives the first message of a key up; refused for money
    Drop {
        /// service/consumer/feed/key
        what: String,
        /// Why it may be given up; kept in the audit
        #[arg(long)]
        reason: String,
    },
}

/// Who may administer.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminTask {
    /// Gives a staff role to the account of a mail address
    Grant {
        /// The account's confirmed mail address
        address: String,
        /// The role, such as `staff.admin`
        role: String,
    },
    /// Makes a new key for sign-ins, which signs in a minute; nobody is signed out
    RotateKeys,
}
