//! A change as a value: load, decide, store, publish, in one transaction.

use contracts::PersonId;
use uuid::Uuid;

use crate::tx::Tx;
use crate::{Error, Fault, Result};

/// A change that somebody asks for. It touches nothing but the transaction, since it is run again,
/// up to five times, when it lost a race.
pub trait Command: Sync {
    /// What the caller gets.
    type Out: Send;

    /// Load, decide, store, publish.
    fn run(&self, tx: &Tx) -> impl Future<Output = Result<Self::Out>> + Send;

    /// Runs the command within the transaction of a reaction, timer or effect: a refusal undoes
    /// what it did and is handed over as an outcome.
    ///
    /// # Errors
    /// [`Fault`] when it could not be decided now, or never.
    fn attempt(&self, tx: &Tx) -> impl Future<Output = Result<Attempt<Self::Out>, Fault>> + Send {
        async {
            let savepoint = tx.savepoint().await?;
            match Box::pin(self.run(tx)).await {
                Ok(out) => {
                    tx.release(savepoint).await?;
                    Ok(Attempt::Done(out))
                }
                Err(error) => {
                    tx.back_to(savepoint).await?;
                    Refused::of(error).map(Attempt::Refused)
                }
            }
        }
    }
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt<T> {
    /// It was done.
    Done(T),
    /// A rule said no; nothing changed.
    Refused(Refused),
}

/// A rule's "no", for a reaction to turn into an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stable code.
    pub code: &'static str,
    /// The rule in a sentence.
    pub message: String,
}

impl Refused {
    fn of(error: Error) -> Result<Self, Fault> {
        match error {
            Error::Refused { code, message } => Ok(Self { code, message }),
            Error::NotFound { .. } => Ok(Self { code: "not_found", message: error.to_string() }),
            Error::Forbidden => Ok(Self { code: "forbidden", message: error.to_string() }),
            Error::Invalid(_) => Ok(Self { code: "invalid", message: error.to_string() }),
            other => Err(Fault::from(other)),
        }
    }
}

/// Who acts, and on behalf of which request: stands in every audit row and every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Its id or name.
    pub id: String,
    /// Ties everything together that one request brought about.
    pub correlation: Uuid,
    /// The message that caused it, `<service>/<epoch>.<pos>`.
    pub cause: Option<String>,
}

/// The kinds of actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// Somebody who is not signed in.
    Visitor,
    /// A person, for themselves.
    Person,
    /// Staff, on behalf of somebody or of the society.
    Staff,
    /// A program with a token.
    Token,
    /// Timed work, start-up work, an operator at the command line.
    Job,
    /// A message of another service.
    Message,
}

impl Actor {
    fn new(kind: ActorKind, id: impl std::fmt::Display, correlation: Uuid) -> Self {
        Self { kind, id: id.to_string(), correlation, cause: None }
    }

    /// Somebody who is not signed in.
    #[must_use]
    pub fn visitor(correlation: Uuid) -> Self {
        Self::new(ActorKind::Visitor, "-", correlation)
    }

    /// A person, for themselves.
    #[must_use]
    pub fn person(person: PersonId, correlation: Uuid) -> Self {
        Self::new(ActorKind::Person, person, correlation)
    }

    /// Staff.
    #[must_use]
    pub fn staff(person: PersonId, correlation: Uuid) -> Self {
        Self::new(ActorKind::Staff, person, correlation)
    }

    /// A program, by its access token.
    #[must_use]
    pub fn token(token: Uuid, correlation: Uuid) -> Self {
        Self::new(ActorKind::Token, token, correlation)
    }

    /// Timed work by name.
    #[must_use]
    pub fn job(name: &str, correlation: Uuid) -> Self {
        Self::new(ActorKind::Job, name, correlation)
    }

    /// A message heard from `feed`.
    #[must_use]
    pub fn message(feed: &str, id: &str, correlation: Uuid) -> Self {
        let cause = Some(format!("{feed}/{id}"));
        Self { cause, ..Self::new(ActorKind::Message, feed, correlation) }
    }

    /// The person who acts, if one does.
    #[must_use]
    pub fn person_id(&self) -> Option<PersonId> {
        matches!(self.kind, ActorKind::Person | ActorKind::Staff)
            .then(|| self.id.parse().ok())
            .flatten()
    }
}

/// `person:0190…`, `job:expire`, `message:commerce`.
impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            ActorKind::Visitor => "visitor",
            ActorKind::Person => "person",
            ActorKind::Staff => "staff",
            ActorKind::Token => "token",
            ActorKind::Job => "job",
            ActorKind::Message => "message",
        };
        write!(f, "{kind}:{}", self.id)
    }
}

/// One line of the audit of a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who, as [`Actor`] displays.
    pub actor: String,
    /// What they did, as a code.
    pub act: String,
    /// Before, after, reason: whatever the act wants remembered.
    pub detail: serde_json::Value,
    /// Ties it to the request.
    pub correlation: Uuid,
}

impl Tx {
    /// Notes who did what to a thing, in this transaction.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn audit(
        &self,
        thing: &'static str,
        id: impl Into<Uuid> + Send,
        act: &'static str,
        detail: serde_json::Value,
    ) -> Result<()> {
        let actor = self.actor();
        let sql = "insert into audit (id, thing, thing_id, act, detail, actor, correlation, at)
                   values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = crate::params![
            self.id::<Uuid>(),
            thing,
            id.into(),
            act,
            detail,
            actor.to_string(),
            actor.correlation,
            self.now()
        ];
        self.run(sql, row).await.map(drop)
    }

    /// The audit of a thing, newest first, a hundred lines at most.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn audited(&self, thing: &str, id: impl Into<Uuid> + Send) -> Result<Vec<Audited>> {
        let sql = "select at, actor, act, detail, correlation from audit
                   where thing = $1 and thing_id = $2 order by at desc, id desc limit 100";
        let rows = self.all(sql, crate::params![thing, id.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Audited {
                    at: row.get("at")?,
                    actor: row.get("actor")?,
                    act: row.get("act")?,
                    detail: row.get("detail")?,
                    correlation: row.get("correlation")?,
                })
            })
            .collect()
    }
}
