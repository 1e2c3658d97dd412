//! What an installation is for, kept in each of its databases: the known passwords of a
//! demonstration are never those of a real site, whichever data directory a process starts with.

use messaging::{Actor, Command, Db, Error, Result, Tx, params};

use crate::app::Mode;

/// Writes down what a database is for when nobody has yet, else sees that it is for the same.
///
/// # Errors
/// `another_mode` when it is of an installation in another mode.
pub(crate) async fn keep(db: &Db, mode: Mode) -> Result<()> {
    db.execute(&Actor::job("start", uuid::Uuid::nil()), &Keep(mode)).await
}

struct Keep(Mode);

impl Command for Keep {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Of replicas that start together on an empty database, the first says what it is for.
        tx.lock("installation").await?;
        let sql = "insert into installation (one, mode) values ($1, $2)
                   on conflict (one) do nothing";
        tx.run(sql, params![true, self.0.word()]).await?;
        let row = tx.one("select mode from installation", params![]).await?;
        let known: String = row.get("mode")?;
        if known == self.0.word() { Ok(()) } else { Err(another(tx.service(), &known)) }
    }
}

fn another(service: &str, known: &str) -> Error {
    let how = if known == Mode::Production.word() {
        "without --demo and --test".to_owned()
    } else {
        format!("with --{known}")
    };
    // The directory has taken the wrong mode already when this is found out.
    let why = format!(
        "the database of {service} is of a {known} installation: start it {how} and with another \
         --data, or name another database"
    );
    Error::refused("another_mode", why)
}
