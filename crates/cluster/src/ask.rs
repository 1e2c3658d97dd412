//! Asks a process over its control socket, as the command line does.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Why there is no answer, or why it is no: what the process told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Told {
    /// The code of the error; `unreachable` when the process did not answer.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Told {
    fn unreachable(why: impl std::fmt::Display) -> Self {
        Self { code: "unreachable".to_owned(), message: why.to_string() }
    }
}

/// The answer of the process that holds a data directory.
pub(crate) async fn ask(data: &Path, question: &Value) -> Result<Value, Told> {
    let asked = tokio::time::timeout(PATIENCE, exchange(data, question)).await;
    let line = asked.map_err(Told::unreachable)?.map_err(Told::unreachable)?;
    let mut reply: Value = serde_json::from_str(&line)
        .map_err(|_| Told::unreachable(format!("`{line}` is no answer to {question}")))?;
    if let Some(answer) = reply.get_mut("ok") {
        return Ok(answer.take());
    }
    let text = |key: &str| reply["error"][key].as_str().unwrap_or(&line).to_owned();
    Err(Told { code: text("code"), message: text("message") })
}

async fn exchange(data: &Path, question: &Value) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(data.join("control.sock")).await?;
    stream.write_all(format!("{question}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line)
}
