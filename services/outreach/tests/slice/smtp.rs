//! A mail server on a loopback port, as real as these tests need: it takes mails, refuses them for
//! good, asks for later, or breaks the connection after it took one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    Refuses,
    /// It takes the recipient, but not the mail.
    RefusesMail,
    /// It refuses for good, yet of how we came, not of the mail: in answer to this command.
    RefusesUs(&'static str, &'static str),
    AsksForLater,
    /// It has the mail, but its answer never arrives.
    LosesAnswer,
}

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Arrived {
    /// A header of the mail.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.map(|line| line[start.len()..].trim().to_owned())
    }
}

/// The server; it stays until the test program ends.
#[derive(Clone)]
pub(crate) struct MailServer {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl MailServer {
    /// Starts a server on a free port.
    pub(crate) fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, mood: Arc::new(Mutex::new(mood)), arrived: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&stream));
            }
        });
        server
    }

    pub(crate) fn settings(&self) -> serde_json::Value {
        serde_json::json!({
            "smtp": format!("127.0.0.1:{}", self.port),
            "from": "SCTE <mail@scte.example>",
            "smtp_timeout_s": 5
        })
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// What arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The one mail that arrived.
    pub(crate) fn one(&self) -> Arrived {
        let mut all = self.arrived();
        assert_eq!(all.len(), 1, "one mail was expected: {all:?}");
        all.remove(0)
    }

    /// Speaks with one client until it leaves; a broken connection ends it too.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut out = stream;
        let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
        let mut lines = BufReader::new(stream).lines();
        let mood = *self.mood.lock().unwrap();
        let mut to = String::new();
        if let Mood::RefusesUs("", answer) = mood {
            say(answer)?;
            return None;
        }
        say("220 sink")?;
        loop {
            let line = lines.next()?.ok()?;
            let command = line.get(..4).unwrap_or_default().to_uppercase();
            match command.as_str() {
                known if matches!(mood, Mood::RefusesUs(at, _) if at == known) => {
                    let Mood::RefusesUs(_, answer) = mood else { return None };
                    say(answer)?;
                }
                "EHLO" | "HELO" => say("250 sink")?,
                "RCPT" if mood == Mood::Refuses => say("550 nobody here of that name")?,
                "RCPT" if mood == Mood::AsksForLater => say("451 try again later")?,
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    say("250 ok")?;
                }
                "DATA" => {
                    say("354 go on")?;
                    let mut text = String::new();
                    loop {
                        let line = lines.next()?.ok()?;
                        if line == "." {
                            break;
                        }
                        text.push_str(&line);
                        text.push_str("\r\n");
                    }
                    if mood == Mood::RefusesMail {
                        say("554 no such mail here")?;
                        continue;
                    }
                    self.arrived.lock().unwrap().push(Arrived { to: to.clone(), text });
                    if mood == Mood::LosesAnswer {
                        stream.shutdown(std::net::Shutdown::Both).ok()?;
                        return None;
                    }
                    say("250 taken")?;
                }
                "QUIT" => {
                    say("221 bye")?;
                    return None;
                }
                _ => say("250 ok")?,
            }
        }
    }
}
