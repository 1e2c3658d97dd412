//! Reads a feed's copy: placeholder until the reader lands.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::link::Link;
use crate::feed::Position;
use crate::reader::{FeedReader, Read};

pub(super) struct Reader(String);

impl Reader {
    pub(super) fn new(link: Arc<Link>, feed: &str) -> Self {
        Self(format!("{feed}: {}", link.away()))
    }
}

impl FeedReader for Reader {
    fn after<'a>(&'a self, _at: &'a Position, _max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async { Read::Unavailable(self.0.clone()) })
    }

    fn beyond(&self, _pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
