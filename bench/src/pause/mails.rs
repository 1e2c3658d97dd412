//! A mail server that takes every mail and keeps it: in it one sees how often each was sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::browser::Page;
use crate::kill9::checker::{Anomaly, Kind};
use crate::outcome::{Failed, Outcome};

/// How long a mail may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// How long until it is looked for again.
const AGAIN: Duration = Duration::from_millis(50);

/// A mail as it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mail {
    id: String,
    to: String,
    text: String,
}

/// The server and what it has. It ends when the last of its clones is dropped.
#[derive(Clone)]
pub(crate) struct Mails {
    address: SocketAddr,
    kept: Kept,
    _serving: Arc<JoinSet<()>>,
}

type Kept = Arc<Mutex<Vec<Mail>>>;

impl Mails {
    /// Listens on a loopback port of its own.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn listen() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, kept) = (listener.local_addr()?, Kept::default());
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, kept.clone()));
        Ok(Self { address, kept, _serving: Arc::new(serving) })
    }

    /// As it is configured: `host:port`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    fn all(&self) -> Vec<Mail> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many were handed over, repeats among them.
    pub(crate) fn count(&self) -> usize {
        self.all().len()
    }

    /// The address that begins with `start` in a mail to somebody, once it is there.
    ///
    /// # Errors
    /// When it does not come.
    pub(crate) async fn link(&self, to: &str, start: &str) -> Outcome<String> {
        let began = Instant::now();
        loop {
            let own = self.all().into_iter().filter(|mail| mail.to == to);
            let mut links = own.filter_map(|mail| {
                Page { status: 200, text: mail.text, ..Page::default() }.link(start)
            });
            if let Some(link) = links.next() {
                return Ok(link);
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("no mail to {to} leads to {start}")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// What is wrong with the mails, where `url` is the database that says which were sent; and how
    /// many came again under their own Message-ID, as a mail may that was on its way when its
    /// sender was stopped.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn check(&self, url: &str) -> Outcome<(Vec<Anomaly>, usize)> {
        let mut connection = PgConnection::connect(url).await?;
        let sql = "select message_id, state from deliveries where state in ('sent', 'repeated')";
        let rows = sqlx::query(sql).fetch_all(&mut connection).await?;
        connection.close().await?;
        let mut said = BTreeMap::new();
        for row in rows {
            let id: String = row.try_get("message_id")?;
            let state: String = row.try_get("state")?;
            said.insert(bare(&id).to_owned(), state == "repeated");
        }
        Ok(differences(&said, &self.all()))
    }
}

/// Compares what is said to have been sent, and whether it may have been sent again, with what came.
fn differences(said: &BTreeMap<String, bool>, came: &[Mail]) -> (Vec<Anomaly>, usize) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for mail in came {
        *times.entry(&mail.id).or_default() += 1;
    }
    let mut found = Vec::new();
    let mut repeats = 0;
    for (id, may_repeat) in said {
        match times.remove(id.as_str()).unwrap_or(0) {
            0 => found.push(Anomaly { kind: Kind::Lost, what: format!("mail {id} never came") }),
            1 => {}
            _ if *may_repeat => repeats += 1,
            more => {
                let what =
                    format!("mail {id} came {more} times, and is said to have been sent once");
                found.push(Anomaly { kind: Kind::Doubled, what });
            }
        }
    }
    for id in times.keys() {
        let what = format!("mail {id} came, and nobody says that it was sent");
        found.push(Anomaly { kind: Kind::Doubled, what });
    }
    (found, repeats)
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

async fn serve(listener: TcpListener, kept: Kept) {
    let mut conversations = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let kept = kept.clone();
            conversations.spawn(async move { converse(stream, kept).await.unwrap_or_default() });
        }
        while conversations.try_join_next().is_some() {}
    }
}

/// As much of SMTP as a client of good manners needs.
async fn converse(stream: TcpStream, kept: Kept) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut to = String::new();
    write.write_all(b"220 proof\r\n").await?;
    while let Some(line) = line(&mut read).await? {
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-proof\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                let (_, rest) = line.split_once('<').unwrap_or_default();
                to = rest.split('>').next().unwrap_or_default().to_owned();
                "250 OK\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = self::line(&mut read).await?.filter(|line| line != ".") {
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                let mail = mail(std::mem::take(&mut to), &text);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                "250 OK\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 OK\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// The next line without its end; none when the client is gone.
async fn line(
    read: &mut BufReader<tokio::net::tcp::OwnedReadHalf>,
) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if read.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

fn mail(to: String, text: &str) -> Mail {
    let named = |line: &&str| line.to_ascii_lowercase().starts_with("message-id:");
    let header = text.lines().find(named).and_then(|line| line.split_once(':'));
    let id = header.map_or("", |(_, id)| bare(id)).to_owned();
    // Quoted-printable as far as links need it.
    Mail { id, to, text: text.replace("=\n", "").replace("=3D", "=") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(id: &str) -> Mail {
        Mail { id: id.to_owned(), to: String::new(), text: String::new() }
    }

    #[test]
    fn a_mail_that_never_came_or_came_again_without_a_word_shows() {
        let said = BTreeMap::from([("a".to_owned(), false), ("b".to_owned(), true)]);
        assert_eq!(differences(&said, &[came("a"), came("b")]), (vec![], 0));
        assert_eq!(differences(&said, &[came("a"), came("b"), came("b")]), (vec![], 1));
        let kinds = |mails: &[Mail]| {
            differences(&said, mails).0.into_iter().map(|one| one.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&[came("b")]), [Kind::Lost]);
        assert_eq!(kinds(&[came("a"), came("a"), came("b")]), [Kind::Doubled]);
        assert_eq!(kinds(&[came("a"), came("b"), came("c")]), [Kind::Doubled]);
    }

    #[test]
    fn a_mail_is_read() {
        let text = "To: x\nMessage-ID: <1@a>\n\nhttp://h/account/confirm?code=3Dab=\ncd\n";
        let mail = mail("x".to_owned(), text);
        assert_eq!(mail.id, "1@a");
        assert!(mail.text.contains("/account/confirm?code=abcd\n"));
    }
}
