//! Databases for tests: on the cluster of `SCTE_TEST_PG`, else on one that this process starts.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A cluster that ends with this process: its shell waits for the end of its input.
struct Cluster {
    url: String,
    _shell: Option<Child>,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// Makes a database of its own for a test and says its URL.
///
/// # Panics
/// When PostgreSQL 15 or later is not installed: `cargo xtask test` installs it.
#[expect(clippy::unwrap_used, reason = "a harness that cannot go on fails its test")]
pub async fn database(name: &str) -> String {
    let cluster = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start)).await.unwrap();
    let database =
        format!("t_{name}_{}", uuid::Uuid::from_bytes(messaging::Ids::random().bytes()).simple());
    let mut connection = PgConnection::connect(&cluster.url).await.unwrap();
    let sql = format!("create database {database}");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    cluster.url.replacen("/postgres?", &format!("/{database}?"), 1)
}

#[expect(clippy::unwrap_used, reason = "a harness that cannot go on fails its test")]
#[expect(clippy::disallowed_methods, reason = "the test command says where its cluster is")]
fn start() -> Cluster {
    if let Ok(url) = std::env::var("SCTE_TEST_PG") {
        return Cluster { url, _shell: None };
    }
    let mut shell = Command::new("bash")
        .args(["-c", include_str!("postgres.sh")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let out = shell.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut url).unwrap();
    assert!(
        url.starts_with("postgres://"),
        "PostgreSQL did not start; `cargo xtask test` installs it"
    );
    Cluster { url: url.trim().to_owned(), _shell: Some(shell) }
}
