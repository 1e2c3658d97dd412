//! A process that stands in for a service: it says what it was asked, or fails as the path wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex as Turn, Notify, watch};
use tokio::task::JoinSet;

/// Whose turn it is to start a program or to stop listening. A program that starts has, until it is at
/// work, all that this process has open: what is closed meanwhile would still take connections.
pub(crate) static STARTING: Turn<()> = Turn::const_new(());

/// What one process was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// A process at work.
pub(crate) struct StandIn {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
    /// Who listens.
    work: JoinSet<()>,
    /// Has the port while nobody listens: no other program is given it.
    place: TcpSocket,
}

struct Inner {
    name: String,
    asked: Mutex<Vec<Asked>>,
    connections: Mutex<JoinSet<()>>,
    /// Lets a stream say its second word.
    go_on: Notify,
    /// It takes no more requests.
    stopped: watch::Sender<bool>,
}

impl Inner {
    async fn is_stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        stopped.wait_for(|stopped| *stopped).await.unwrap();
    }
}

impl StandIn {
    pub(crate) fn start(name: &str) -> Self {
        let inner = Arc::new(Inner {
            name: name.to_owned(),
            asked: Mutex::default(),
            connections: Mutex::default(),
            go_on: Notify::new(),
            stopped: watch::Sender::new(false),
        });
        let (place, address) = a_place();
        let mut work = JoinSet::new();
        work.spawn(serve(listening(&place, address), inner.clone()));
        Self { name: name.to_owned(), address, inner, work, place }
    }

    /// Nobody listens any more, no connection is left, and the proxy knows.
    pub(crate) async fn stop(&mut self) {
        let _turn = STARTING.lock().await;
        self.work.shutdown().await;
        self.inner.stopped.send_replace(true);
        let open = std::mem::take(&mut *self.inner.connections.lock().unwrap());
        open.join_all().await;
    }

    /// Listens again where it was.
    pub(crate) fn start_again(&mut self) {
        self.inner.stopped.send_replace(false);
        self.work.spawn(serve(listening(&self.place, self.address), self.inner.clone()));
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap().clone()
    }

    pub(crate) fn go_on(&self) {
        self.inner.go_on.notify_one();
    }
}

/// A port that nobody else is given while the socket is there. It is not shared: whoever asks the system
/// for any port may be given one that is bound, shared, and not listened at.
pub(crate) fn a_place() -> (TcpSocket, SocketAddr) {
    let place = TcpSocket::new_v4().unwrap();
    place.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = place.local_addr().unwrap();
    (place, address)
}

/// Listens at the place, which is shared for this moment only.
fn listening(place: &TcpSocket, address: SocketAddr) -> TcpListener {
    place.set_reuseaddr(true).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(64).unwrap();
    place.set_reuseaddr(false).unwrap();
    listener
}

async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        inner.connections.lock().unwrap().spawn(converse(stream, inner.clone()));
    }
}

/// Answers the requests of a connection until somebody has enough.
async fn converse(stream: TcpStream, inner: Arc<Inner>) {
    let mut stream = BufReader::new(stream);
    loop {
        let asked = tokio::select! {
            asked = request(&mut stream) => asked,
            () = inner.is_stopped() => return farewell(&mut stream).await,
        };
        let Some((head, sent)) = asked else { return };
        let mut words = head.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let asked = Asked { method: method.to_owned(), path: path.to_owned() };
        inner.asked.lock().unwrap().push(asked);
        let header = |name: &str| {
            let found = head.lines().find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            });
            found.unwrap_or_default()
        };
        let said = json!({
            "name": inner.name, "method": method, "path": path, "sent": sent,
            "host": header("host"), "forwarded": header("x-forwarded-for"),
            "scheme": header("x-forwarded-proto"), "connection": header("connection"),
        });
        let answer = if path.contains("act=close") {
            return;
        } else if path.ends_with("/live") {
            return tokio::select! {
                () = stream_news(stream.get_mut(), &inner) => (),
                () = inner.is_stopped() => (),
            };
        } else if path.contains("act=stopped") {
            let body = format!("{} was stopped by its switch", inner.name);
            whole("503 Service Unavailable", "x-own: yes\r\nretry-after: 7\r\n", &body)
        } else if path.starts_with("/assets/") && inner.name != "commerce" {
            whole("404 Not Found", "", "")
        } else {
            whole("200 OK", "", &said.to_string())
        };
        let body = if method == "HEAD" { answer.0 } else { answer.0 + &answer.1 };
        if stream.get_mut().write_all(body.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Ends a connection that waits for a request, once the other side has let go of it: a proxy that has
/// not noticed yet would send the next request there, and does not send twice what changes something.
async fn farewell(stream: &mut BufReader<TcpStream>) {
    if stream.shutdown().await.is_ok() {
        drop(stream.read_to_end(&mut Vec::new()).await);
    }
}

/// Head and body of an answer.
fn whole(status: &str, headers: &str, body: &str) -> (String, String) {
    let length = body.len();
    (format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n"), body.to_owned())
}

/// A stream that says one thing, waits, and says another.
async fn stream_news(stream: &mut TcpStream, inner: &Inner) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: first\n\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    inner.go_on.notified().await;
    stream.write_all(b"data: second\n\n").await.unwrap();
}

/// The head of the next request, and how many bytes were sent with it; none when it has enough.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, usize)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        line.to_lowercase().strip_prefix("content-length: ").map(|text| text.parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, body.len()))
}
