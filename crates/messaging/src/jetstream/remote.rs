//! What is asked of the broker about one stream: is it there, what is its last message; make it,
//! delete it, label it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RawMessageErrorKind, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{ErrorCode, stream::Stream};
use sha2::{Digest as _, Sha256};

use super::label::{self, Label};
use super::link::Link;
use super::publisher::{Copied, Digest, Found};
use crate::cloudevents;

/// For how long the broker remembers ids. Nothing rests on it: what keeps messages in order and from
/// being doubled is the sequence that each asks for.
const DUPLICATES: Duration = Duration::from_secs(1);

/// The stream of a feed.
#[derive(Clone)]
pub(super) struct Remote {
    pub(super) link: Arc<Link>,
    /// Whose feed.
    pub(super) feed: String,
}

impl Remote {
    /// The stream's name.
    pub(super) fn name(&self) -> String {
        self.link.stream(&self.feed)
    }

    /// The stream, with what is told of it; nothing when there is none.
    pub(super) async fn get(&self) -> Result<Option<Stream>, String> {
        let context = self.link.context().await?;
        match context.get_stream(self.name()).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The stream and its last message.
    pub(super) async fn look(&self) -> Result<Option<(Found, Label)>, String> {
        let Some(stream) = self.get().await? else { return Ok(None) };
        let info = stream.cached_info();
        let label = Label::read(&info.config.metadata);
        let last = info.state.last_sequence;
        let at_last = if last == 0 { None } else { self.message(&stream, last).await? };
        let found = Found {
            messages: count(info.state.messages),
            last: count(last),
            epochs: label.epochs.clone(),
            labelled: false,
            at_last,
        };
        Ok(Some((found, label)))
    }

    async fn message(&self, stream: &Stream, sequence: u64) -> Result<Option<Copied>, String> {
        match stream.get_raw_message(sequence).await {
            Ok(message) => Ok(Some(self.copied(&message.payload))),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn copied(&self, payload: &[u8]) -> Copied {
        if let Ok(envelope) = cloudevents::from_json(payload, &self.feed) {
            return Copied { digest: label::digest(&envelope), id: Some(envelope.position) };
        }
        let digest: Digest = Sha256::digest(payload).into();
        Copied { id: None, digest }
    }

    pub(super) async fn create(&self, label: &Label) -> Result<(), String> {
        let mut config = Config {
            name: self.name(),
            subjects: vec![self.link.subjects(&self.feed)],
            description: Some(format!("A copy of the feed of {}, made by it.", self.feed)),
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::New,
            max_age: Duration::ZERO,
            duplicate_window: DUPLICATES,
            num_replicas: 1,
            // A message that is taken out would be a gap for every reader.
            deny_delete: true,
            deny_purge: true,
            ..Config::default()
        };
        label.write(&mut config.metadata);
        let context = self.link.context().await?;
        context.create_stream(config).await.map(drop).map_err(|error| error.to_string())
    }

    pub(super) async fn delete(&self) -> Result<(), String> {
        let context = self.link.context().await?;
        match context.delete_stream(self.name()).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Puts the label on the stream; what an operator chose for it, such as replicas, stays.
    pub(super) async fn put_label(&self, label: &Label) -> Result<(), String> {
        let stream = self.get().await?.ok_or("the stream is gone")?;
        let mut config = stream.cached_info().config.clone();
        label.write(&mut config.metadata);
        let context = self.link.context().await?;
        context.update_stream(config).await.map(drop).map_err(|error| error.to_string())
    }
}

/// A sequence or a number of messages, as positions are counted.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn is_missing(error: &GetStreamError) -> bool {
    match error.kind() {
        GetStreamErrorKind::JetStream(error) => error.error_code() == ErrorCode::STREAM_NOT_FOUND,
        _ => false,
    }
}
