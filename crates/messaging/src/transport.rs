//! How feeds that are published in other processes are read: over HTTP from the producer itself, or
//! from a broker's copy. A consumer cannot tell which.

use std::collections::HashMap;
use std::sync::Arc;

use url::Url;

use crate::http_feed::HttpReader;
use crate::jetstream::Broker;
use crate::reader::FeedReader;
use crate::replay::Readers;
use crate::{Error, Result};

/// Gives readers of feeds from elsewhere; clones share connections.
#[derive(Clone, Default)]
pub struct Transport(Kind);

#[derive(Clone, Default)]
enum Kind {
    /// There is nothing elsewhere.
    #[default]
    None,
    Http(Arc<Http>),
    Broker(Broker),
    Given(Arc<Readers>),
}

struct Http {
    client: reqwest::Client,
    /// Where each service answers, one address per replica.
    peers: HashMap<String, Vec<Url>>,
    sign: Sign,
}

/// The bearer token by which a reader of this name is known to producers.
pub type Sign = Arc<dyn Fn(&str) -> String + Send + Sync>;

impl Transport {
    /// Reads over HTTP from where each service answers.
    ///
    /// # Errors
    /// [`Error::Internal`] when no client can be made.
    pub fn http(peers: HashMap<String, Vec<Url>>, sign: Sign) -> Result<Self> {
        let client = crate::http_feed::client().map_err(Error::internal)?;
        Ok(Self(Kind::Http(Arc::new(Http { client, peers, sign }))))
    }

    /// Reads from the broker's copies.
    #[must_use]
    pub fn broker(broker: Broker) -> Self {
        Self(Kind::Broker(broker))
    }

    /// These readers, whoever reads: for tests.
    #[must_use]
    pub fn given(readers: Readers) -> Self {
        Self(Kind::Given(Arc::new(readers)))
    }

    /// A reader of `feed` for the service `reading`; nothing when it is not known where that is.
    #[must_use]
    pub fn reader(&self, reading: &str, feed: &str) -> Option<Arc<dyn FeedReader>> {
        match &self.0 {
            Kind::None => None,
            Kind::Http(http) => {
                let places = http.peers.get(feed)?.clone();
                let token = (http.sign)(reading);
                Some(Arc::new(HttpReader::new(http.client.clone(), feed, places, token)))
            }
            Kind::Broker(broker) => Some(broker.reader(feed)),
            Kind::Given(readers) => readers.get(feed).cloned(),
        }
    }
}
