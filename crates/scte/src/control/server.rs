//! Answers on the control socket; whoever may open it, the owner of the directory, may ask all.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use messaging::tasks::Tasks;
use messaging::{Error, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::{Ask, Reply, answer, socket};
use crate::config::wrong;
use crate::house::Estate;

/// The longest question, in bytes.
const LONGEST: usize = 64 * 1024;

/// Makes the socket of a directory that this process holds.
///
/// # Errors
/// `configuration` when the directory's path is too long for a socket.
pub(crate) fn listen(directory: &Path) -> Result<UnixListener> {
    let path = socket(directory);
    // What a killed process left behind; the directory is ours.
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(Error::internal(error));
    }
    let listener = UnixListener::bind(&path).map_err(|error| {
        wrong(format!("{}: {error}; a data directory's path has at most 90 bytes", path.display()))
    })?;
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, private).map_err(Error::internal)?;
    Ok(listener)
}

/// Answers until dropped.
pub(crate) async fn serve(listener: UnixListener, estate: Arc<Estate>, tasks: Tasks) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let estate = estate.clone();
                tasks.spawn_until_stopped("control", async move {
                    if let Err(error) = converse(stream, &estate).await {
                        tracing::debug!(%error, "a control connection ended");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket could not be answered");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, estate: &Estate) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let reply = match read_ask(&line) {
            Ok(ask) => match Box::pin(answer(estate, &ask)).await {
                Ok(value) => Reply::Ok(value),
                Err(error) => Reply::Error(error.into()),
            },
            Err(error) => Reply::Error(error.into()),
        };
        let mut text = serde_json::to_string(&reply)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

fn read_ask(line: &str) -> Result<Ask> {
    if line.len() > LONGEST {
        return Err(Error::refused("question", "the question is too long"));
    }
    serde_json::from_str(line).map_err(|error| Error::refused("question", error))
}
