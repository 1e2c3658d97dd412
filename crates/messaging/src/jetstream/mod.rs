//! Copies of feeds in NATS JetStream: the leader copies its service's feed to a stream whose sequence
//! is the feed's position, and others read it there, also while the producer is down.
//!
//! The feed's table alone is the record; a stream is a copy that may be deleted at any time and is
//! made anew. Read in this order: [`publisher`] for the rules of copying, `copying` for what does it,
//! [`publication`] for what is told of it; `label` for what stands on a stream, `remote` and `link` for
//! how the broker is asked; `at_hand` for the rules of reading, `tail` and `reader` for what does it.

pub mod publisher;
pub mod publication;
mod label;
mod link;
mod remote;
mod copying;
mod at_hand;
mod tail;
mod reader;

use std::sync::Arc;

use crate::Db;
use crate::reader::FeedReader;
use link::Link;
use remote::Remote;

pub use publication::Publication;

/// Where the broker is.
#[derive(Clone)]
pub struct Settings {
    /// `nats://host:port`; the other servers of a cluster are learnt from it.
    pub url: String,
    /// Before the names of streams and subjects, so that several installations can share a broker.
    pub prefix: String,
    /// Who we are there.
    pub user: Option<String>,
    /// And how we show it.
    pub password: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, prefix, user, password: _ } = self;
        write!(f, "Settings {{ url: {url:?}, prefix: {prefix:?}, user: {user:?} }}")
    }
}

/// The broker; clones share the connection.
#[derive(Clone)]
pub struct Broker(Arc<Link>);

impl Broker {
    /// Connects at first use, in the background and for ever: what needs the broker waits or says
    /// that it is away, and nothing else does.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Link::new(settings)))
    }

    /// Reads a feed's copy. Each reader follows the stream from where it is first asked on.
    #[must_use]
    pub fn reader(&self, feed: &str) -> Arc<dyn FeedReader> {
        Arc::new(reader::Reader::new(self.0.clone(), feed))
    }

    /// Copies the feed of the database's service to its stream, until dropped; what went wrong is
    /// told by [`Db::publication`] and tried again for ever.
    pub async fn publish(&self, db: Db) {
        let remote = Remote { link: self.0.clone(), feed: db.service().to_owned() };
        copying::Copying::new(remote, db).run().await;
    }
}
