//! The connection to the broker, and the names of what is there.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::{OnceCell, watch};

use super::Settings;

/// How long an answer of the broker is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Unanswered for twice this long, a connection counts as lost: one that is half open says nothing.
const PING: Duration = Duration::from_secs(2);

/// The most that may lie between two attempts to connect.
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// A connection that is made when it is first needed.
pub(super) struct Link {
    settings: Settings,
    client: OnceCell<Client>,
    /// Whether it stands; counts up with each change, so that a short loss is not overlooked.
    state: watch::Sender<State>,
}

/// The state of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct State {
    pub(super) connected: bool,
    /// How often it was made or lost.
    pub(super) changes: u64,
}

impl Link {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, client: OnceCell::new(), state: watch::Sender::default() }
    }

    /// What is said when it is not there.
    pub(super) fn away(&self) -> String {
        format!("the broker at {} is away", self.settings.url)
    }

    /// Whether the connection stands, to be waited for.
    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// The connection, which may not stand at this moment.
    pub(super) async fn client(&self) -> Result<&Client, String> {
        self.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Client, String> {
        let state = self.state.clone();
        let mut options = ConnectOptions::new()
            .name("scte")
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                let millis = 20_u64.saturating_mul(u64::try_from(attempts).unwrap_or(u64::MAX));
                Duration::from_millis(millis).min(LONGEST_DELAY)
            })
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .ping_interval(PING)
            .event_callback(move |event| {
                let state = state.clone();
                async move { heard(&state, &event) }
            });
        if let Settings { user: Some(user), password, .. } = &self.settings {
            let password = password.clone().unwrap_or_default();
            options = options.user_and_password(user.clone(), password);
        }
        let servers: Vec<&str> = self.settings.url.split(',').map(str::trim).collect();
        let client = options.connect(servers).await;
        client.map_err(|error| format!("{} is no broker: {error}", self.settings.url))
    }

    /// What streams are asked by.
    pub(super) async fn context(&self) -> Result<Context, String> {
        let client = self.client().await?.clone();
        Ok(jetstream::context::ContextBuilder::new()
            .timeout(PATIENCE)
            .ack_timeout(PATIENCE)
            .build(client))
    }

    /// Which run of the server we are connected to; another after each of its starts.
    pub(super) async fn server(&self) -> Result<String, String> {
        Ok(self.client().await?.server_info().server_id)
    }

    /// The stream that copies a feed.
    pub(super) fn stream(&self, feed: &str) -> String {
        format!("{}-{feed}", self.settings.prefix)
    }

    /// The subjects of a feed's stream.
    pub(super) fn subjects(&self, feed: &str) -> String {
        format!("{}.{feed}.>", self.settings.prefix)
    }

    /// The subject of a message: `<prefix>.<service>.<noun>.<verb>.v1`.
    pub(super) fn subject(&self, feed: &str, r#type: &str) -> String {
        let own = r#type.strip_prefix("org.scte.").and_then(|rest| rest.strip_prefix(feed));
        let own = own.and_then(|rest| rest.strip_prefix('.')).unwrap_or(r#type);
        format!("{}.{feed}.{own}", self.settings.prefix)
    }
}

fn heard(state: &watch::Sender<State>, event: &Event) {
    let connected = match event {
        Event::Connected => true,
        Event::Disconnected | Event::Closed => false,
        other => {
            tracing::warn!(event = %other, "the broker says");
            return;
        }
    };
    state.send_modify(|state| {
        *state = State { connected, changes: state.changes + 1 };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_whose_feed_it_is() {
        let (user, password) = (None, None);
        let url = "nats://127.0.0.1:4222".to_owned();
        let link = Link::new(Settings { url, prefix: "scte".to_owned(), user, password });

        assert_eq!(link.stream("membership"), "scte-membership");
        let subject = link.subject("membership", "org.scte.membership.term.started.v1");
        assert_eq!(subject, "scte.membership.term.started.v1");
        assert_eq!(link.subject("membership", "com.other.v1"), "scte.membership.com.other.v1");
    }
}
