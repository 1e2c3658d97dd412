//! PostgreSQL: a cluster of its own in the folder, or databases on one that runs.

use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::process::Command;

use crate::layout::PG;
use crate::plan::Disk;
use crate::process::{Ready, Recipe, recipe};
use crate::{Failed, Outcome, programs};

/// What the name of its socket ends with when it listens on no port.
pub(crate) const PORT: u16 = 5432;

/// The longest path that a socket may have, less the name that PostgreSQL gives it.
const LONGEST: usize = 107 - "/.s.PGSQL.65535".len();

/// How a cluster in `folder` is started; made when it is not there. It answers on a socket only,
/// for its owner, and at `tcp` where that is wanted; it refuses to run as root, who hands it to the
/// user `postgres`.
pub(crate) async fn cluster(
    folder: &Path,
    log: &Path,
    disk: Disk,
    tcp: Option<SocketAddr>,
) -> Outcome<Recipe> {
    let programs = programs::postgres()?;
    let own = folder.join(PG);
    if own.as_os_str().len() > LONGEST {
        let why = format!("{} is too long for a socket: choose a shorter folder", own.display());
        return Err(Failed::because(why));
    }
    std::fs::create_dir_all(&own)?;
    let user = user()?;
    if let Some((user, group)) = user {
        chown(&own, Some(user), Some(group))?;
        // The folder's owner is root: whoever works below it must be able to pass.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
    }
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o700))?;
    if !own.join("data/PG_VERSION").exists() {
        let args = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(args).arg("--no-sync").current_dir(&own).stdin(Stdio::null());
        if let Some((user, group)) = user {
            initdb.uid(user).gid(group);
        }
        let made = initdb.output().await?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(Failed::because(format!("PostgreSQL cannot be set up: {said}")));
        }
    }
    let mut options = vec!["max_connections=200".to_owned(), "shared_buffers=64MB".to_owned()];
    options.push(format!("port={}", tcp.map_or(PORT, |address| address.port())));
    let host = tcp.map_or_else(String::new, |address| address.ip().to_string());
    options.push(format!("listen_addresses={host}"));
    if disk == Disk::Careless {
        let spared = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
        options.extend(spared.map(str::to_owned));
    }
    let place = own.display().to_string();
    let mut args = vec!["-D".to_owned(), format!("{place}/data"), "-k".to_owned(), place];
    args.extend(options.into_iter().flat_map(|option| ["-c".to_owned(), option]));
    Ok(Recipe {
        args,
        user,
        ready: Ready::Postgres(url(folder, tcp.map_or(PORT, |at| at.port()), "postgres")),
        // A fast stop: in order, without waiting for those who are connected.
        stop: "INT",
        // At once, but without leaving shared memory behind.
        end: "QUIT",
        ..recipe("PostgreSQL", &programs.join("postgres"), &own, log.to_owned())
    })
}

/// The URL of a database of the cluster in `folder`.
pub(crate) fn url(folder: &Path, port: u16, database: &str) -> String {
    let path = folder.join(PG);
    let mut host = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            host.push(char::from(*byte));
        } else {
            host.extend(['%'].into_iter().chain(format!("{byte:02X}").chars()));
        }
    }
    format!("postgres://postgres@localhost:{port}/{database}?host={host}")
}

/// The URL of a database where a port is listened on.
pub(crate) fn over(address: SocketAddr, database: &str) -> String {
    format!("postgres://postgres@{address}/{database}")
}

/// The URL of another database where `admin` is the URL of one.
pub(crate) fn beside(admin: &str, database: &str) -> Outcome<String> {
    let (start, query) = admin.split_once('?').map_or((admin, None), |(a, b)| (a, Some(b)));
    let (start, _) = start
        .rsplit_once('/')
        .filter(|(start, _)| start.contains("://"))
        .ok_or_else(|| Failed::because(format!("`{admin}` names no database of PostgreSQL")))?;
    Ok(query.map_or_else(
        || format!("{start}/{database}"),
        |query| format!("{start}/{database}?{query}"),
    ))
}

/// Root's stand-in.
fn user() -> Outcome<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find_map(|line| line.strip_prefix("postgres:"));
    let numbers = line.and_then(|line| {
        let mut fields = line.split(':').skip(1).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    });
    numbers.map(Some).ok_or_else(|| {
        Failed::because("root runs PostgreSQL as the user `postgres`, and there is none")
    })
}

/// Whether it takes questions.
pub(crate) async fn answers(url: &str) -> bool {
    let patience = Duration::from_secs(2);
    let asked = tokio::time::timeout(patience, async {
        let mut connection = PgConnection::connect(url).await?;
        connection.ping().await?;
        connection.close().await
    });
    matches!(asked.await, Ok(Ok(())))
}

/// Makes databases that are not there.
pub(crate) async fn make(admin: &str, names: &[String]) -> Outcome {
    let mut connection = PgConnection::connect(admin).await?;
    for name in names {
        let sql = "select count(*) from pg_database where datname = $1";
        let there: i64 = sqlx::query_scalar(sql).bind(name).fetch_one(&mut connection).await?;
        if there == 0 {
            let sql = AssertSqlSafe(format!("create database {name}"));
            sqlx::raw_sql(sql).execute(&mut connection).await?;
        }
    }
    Ok(connection.close().await?)
}

/// Removes databases, whoever is connected.
pub(crate) async fn remove(admin: &str, names: &[String]) -> Outcome {
    let mut connection = PgConnection::connect(admin).await?;
    for name in names {
        let sql = AssertSqlSafe(format!("drop database if exists {name} with (force)"));
        sqlx::raw_sql(sql).execute(&mut connection).await?;
    }
    Ok(connection.close().await?)
}

/// The process that leads the service whose database this is, if one does at this moment.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn leader_at(url: &str) -> Outcome<Option<u32>> {
    let mut connection = PgConnection::connect(url).await?;
    let sql = "select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
               where l.locktype = 'advisory' and l.granted and a.datname = current_database()
                 and a.application_name like 'scte leader %'";
    let name: Option<String> = sqlx::query_scalar(sql).fetch_optional(&mut connection).await?;
    connection.close().await?;
    Ok(name.and_then(|name| name.rsplit(' ').next()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_named_in_the_same_place() {
        let beside = |admin| beside(admin, "x");
        assert_eq!(
            beside("postgres://a@h:1/postgres?host=/s").unwrap(),
            "postgres://a@h:1/x?host=/s"
        );
        assert_eq!(beside("postgres://a@h/postgres").unwrap(), "postgres://a@h/x");
        assert!(beside("nonsense").is_err());
    }

    #[test]
    fn a_folder_is_written_as_urls_write_it() {
        assert!(url(Path::new("/a b"), PORT, "x").ends_with("/x?host=/a%20b/pg"));
    }
}
