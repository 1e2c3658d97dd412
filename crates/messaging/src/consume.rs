//! What a service does with what others say: projections, which may be deleted and replayed, and
//! reactions, which may decide and publish and are handled once.

use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{Message, wire_type};
use futures::FutureExt;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::feed::Envelope;
use crate::{Actor, Fault, Result, Tx};

/// A message as a consumer gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Got<M> {
    /// `<epoch>.<pos>` in the publisher's feed; with [`Got::feed`] it names the message for ever.
    pub id: String,
    /// The service that published it.
    pub feed: String,
    /// Its position in the publisher's feed.
    pub pos: i64,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// The aggregate's version after the change.
    pub entityversion: i64,
    /// Who acted.
    pub actor: String,
    /// Ties it to the request that began it.
    pub correlation: Uuid,
    /// The message itself.
    pub message: M,
}

impl<M> Deref for Got<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

impl<M: Message> Got<M> {
    /// Reads the message of an envelope.
    ///
    /// # Errors
    /// [`Fault::Broken`] when the body is not what the type says.
    pub fn of(envelope: &Envelope, feed: &str) -> Result<Self, Fault> {
        let message = serde_json::from_str(&envelope.body)
            .map_err(|error| Fault::Broken(format!("{} reads: {error}", envelope.r#type)))?;
        Ok(Self {
            id: envelope.position.to_string(),
            feed: feed.to_owned(),
            pos: envelope.position.pos,
            at: envelope.at,
            entityversion: envelope.entityversion,
            actor: envelope.actor.clone(),
            correlation: envelope.correlation,
            message,
        })
    }
}

/// Rows that are a pure copy of messages: from the message and its own time alone. Upserts, where
/// the version is not older. May be deleted and replayed at any time.
pub trait Projection: Send + Sync + 'static {
    /// Stored; never renamed.
    const NAME: &'static str;
    /// Raised when the rows come out differently: the projection is then replayed.
    const VERSION: i64;
    /// The tables it fills; nothing else writes them, and no foreign key points at them.
    const TABLES: &'static [&'static str];
    /// What it hears.
    type Message: Message;

    /// From a message to rows.
    fn project(
        &self,
        tx: &Tx,
        got: &Got<Self::Message>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// A decision that a message brings about. Handled once, never replayed.
pub trait Reaction: Send + Sync + 'static {
    /// Stored; never renamed.
    const NAME: &'static str;
    /// Whether a reaction that is new hears everything that was ever said.
    const FROM_START: bool = false;
    /// What it hears.
    type Message: Message;

    /// Decides.
    fn react(
        &self,
        tx: &Tx,
        got: &Got<Self::Message>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// What kind a consumer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Projection { version: i64, tables: &'static [&'static str] },
    Reaction { from_start: bool },
}

/// A projection or a reaction whose message type is known only to itself.
pub(crate) trait AnyConsumer: Send + Sync {
    fn name(&self) -> &'static str;
    fn kind(&self) -> Kind;
    fn message(&self) -> &'static str;
    /// The type it hears from a service, if that service may say it.
    fn hears(&self, feed: &str) -> Option<String>;
    fn take<'a>(
        &'a self,
        tx: &'a Tx,
        envelope: &'a Envelope,
        feed: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

struct Projecting<P>(P);
struct Reacting<R>(R);

fn hears<M: Message>(feed: &str) -> Option<String> {
    let own = M::SHARED || M::NAME.split('.').next() == Some(feed);
    own.then(|| wire_type::<M>(feed))
}

impl<P: Projection> AnyConsumer for Projecting<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn kind(&self) -> Kind {
        Kind::Projection { version: P::VERSION, tables: P::TABLES }
    }

    fn message(&self) -> &'static str {
        P::Message::NAME
    }

    fn hears(&self, feed: &str) -> Option<String> {
        hears::<P::Message>(feed)
    }

    fn take<'a>(
        &'a self,
        tx: &'a Tx,
        envelope: &'a Envelope,
        feed: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let got = Got::of(envelope, feed)?;
            tx.let_publish(false);
            let done = self.0.project(tx, &got).await;
            tx.let_publish(true);
            done
        })
    }
}

impl<R: Reaction> AnyConsumer for Reacting<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn kind(&self) -> Kind {
        Kind::Reaction { from_start: R::FROM_START }
    }

    fn message(&self) -> &'static str {
        R::Message::NAME
    }

    fn hears(&self, feed: &str) -> Option<String> {
        hears::<R::Message>(feed)
    }

    fn take<'a>(
        &'a self,
        tx: &'a Tx,
        envelope: &'a Envelope,
        feed: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move { self.0.react(tx, &Got::of(envelope, feed)?).await })
    }
}

/// All that one service does with messages.
#[derive(Clone, Default)]
pub struct Consumers(pub(crate) Vec<Arc<dyn AnyConsumer>>);

impl Consumers {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a projection.
    #[must_use]
    pub fn projects<P: Projection>(mut self, projection: P) -> Self {
        self.0.push(Arc::new(Projecting(projection)));
        self
    }

    /// Adds a reaction.
    #[must_use]
    pub fn reacts<R: Reaction>(mut self, reaction: R) -> Self {
        self.0.push(Arc::new(Reacting(reaction)));
        self
    }

    /// Adds all of `others`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The names of the consumers, as they are stored.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|one| one.name()).collect()
    }

    /// The short names of the messages heard, each once, sorted.
    #[must_use]
    pub fn messages(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.iter().map(|one| one.message()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The types heard from one feed.
    #[must_use]
    pub fn types(&self, feed: &str) -> Vec<String> {
        let mut types: Vec<_> = self.0.iter().filter_map(|one| one.hears(feed)).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Which consumers want which type of one feed, by index.
    pub(crate) fn routes(&self, feed: &str) -> HashMap<String, Vec<usize>> {
        let mut routes: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, consumer) in self.0.iter().enumerate() {
            if let Some(r#type) = consumer.hears(feed) {
                routes.entry(r#type).or_default().push(index);
            }
        }
        routes
    }
}

/// Lets one consumer take one message: a panic, or a failure it swallowed, is a fault too.
pub(crate) async fn take(
    consumer: &Arc<dyn AnyConsumer>,
    tx: &Tx,
    envelope: &Envelope,
    feed: &str,
) -> Result<(), Fault> {
    let id = envelope.position.to_string();
    tx.act_as(Some(Actor::message(feed, &id, envelope.correlation)));
    let taken = AssertUnwindSafe(consumer.take(tx, envelope, feed)).catch_unwind().await;
    tx.act_as(None);
    tx.let_publish(true);
    match taken {
        Err(panic) => Err(Fault::Broken(format!("a panic: {}", said(&*panic)))),
        Ok(Err(fault)) => Err(fault),
        Ok(Ok(())) => match tx.poisoned() {
            Some(why) => Err(Fault::Broken(why)),
            None => Ok(()),
        },
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}
