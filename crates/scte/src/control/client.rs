//! Asks the process that holds a data directory.

use std::io::ErrorKind;
use std::path::Path;

use messaging::Error;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Ask, Reply, Told, socket};

/// The answer; nothing when no process holds the directory.
///
/// # Errors
/// What the process told, or that it broke off.
pub(crate) async fn ask(directory: &Path, ask: &Ask) -> Result<Option<Value>, Told> {
    let mut stream = match UnixStream::connect(socket(directory)).await {
        Ok(stream) => stream,
        // No socket, or one that a killed process left behind.
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(Error::internal(error).into()),
    };
    let mut line = serde_json::to_string(ask).map_err(Error::from)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await.map_err(Error::internal)?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply).await.map_err(Error::internal)?;
    if reply.is_empty() {
        return Err(Error::unavailable("the process (it stopped before it answered)").into());
    }
    match serde_json::from_str(&reply).map_err(Error::from)? {
        Reply::Ok(value) => Ok(Some(value)),
        Reply::Error(told) => Err(told),
    }
}
