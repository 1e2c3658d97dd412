//! A client's server, as far as these tests need one: it hears forms and answers a status.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server on a free port of this machine.
#[derive(Clone)]
pub(crate) struct Listener {
    port: u16,
    /// What it answers with; none: nothing, for as long as the caller waits.
    status: Arc<Mutex<Option<u16>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// Starts one that answers 200.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let status = Arc::new(Mutex::new(Some(200)));
        let server = Self { port, status, heard: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        server
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers so from now on.
    pub(crate) fn answers(&self, status: Option<u16>) {
        *self.status.lock().unwrap() = status;
    }

    /// The bodies that were sent so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn serve(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut request = String::new();
        let mut bytes = [0; 4096];
        let body = loop {
            let count = stream.read(&mut bytes).unwrap_or(0);
            if count == 0 {
                return;
            }
            request.push_str(&String::from_utf8_lossy(&bytes[..count]));
            let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break body.to_owned();
            }
        };
        self.heard.lock().unwrap().push(body);
        let status = *self.status.lock().unwrap();
        match status {
            Some(status) => {
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                drop(stream.write_all(answer.as_bytes()));
            }
            // Until the caller hangs up.
            None => drop(stream.read(&mut bytes)),
        }
    }
}
