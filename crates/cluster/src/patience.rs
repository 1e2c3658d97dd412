//! Waiting for what another process does.

use std::time::Duration;

/// How long until it is looked for again.
const AGAIN: Duration = Duration::from_millis(20);

/// Looks again and again until something is found, so long at the most; nothing when it never is.
///
/// For what another process does and tells nobody here. What happens in one's own process is waited
/// for by what tells of it: a channel, a notification, a task that ends.
pub async fn found<T>(patience: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::time::timeout(patience, looking).await.ok()
}
