//! Asks the process over its control socket, as the command line does.

use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// The answer, or the message of the refusal.
pub(crate) async fn ask(directory: &Path, question: &Value) -> Result<Value, String> {
    let stream = UnixStream::connect(directory.join("control.sock")).await;
    let mut stream = stream.map_err(|error| error.to_string())?;
    let mut line = String::new();
    let exchanged = async {
        stream.write_all(format!("{question}\n").as_bytes()).await?;
        BufReader::new(&mut stream).read_line(&mut line).await
    };
    // A process that is killed meanwhile answers nothing.
    exchanged.await.map_err(|error| error.to_string())?;
    let reply: Value =
        serde_json::from_str(&line).map_err(|_| format!("`{line}` to {question}"))?;
    match reply.get("ok") {
        Some(value) => Ok(value.clone()),
        None => Err(reply["error"]["message"].as_str().unwrap_or(&line).to_owned()),
    }
}
