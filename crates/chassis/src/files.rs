//! Files as rows of the service's own database: streamed in and out, hashed, typed, served inert.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue,
};
use axum::response::Response;
use chrono::TimeDelta;
use contracts::PersonId;
use futures::stream;
use messaging::{Actor, Command, Db, Error, Migration, Result, Row, Tx, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::http::{Answer, Failure};
use crate::readers::{Audience, Thing};

/// The tables of files; run before a service's own migrations.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "chassis/0002_files", sql: include_str!("../migrations/0002_files.sql") }];

/// The most bytes of a file: 50 MiB.
pub const MOST_BYTES: usize = 50 * 1024 * 1024;
const CHUNK: usize = 1024 * 1024;
/// An upload that was not finished by then is forgotten.
const UNFINISHED_HOURS: i64 = 24;

/// A file that is all here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its id.
    pub id: Uuid,
    /// What its owner called it.
    pub name: String,
    /// What it is, declared and found to be so.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Hexadecimal.
    pub sha256: String,
    /// Whose it is.
    pub owner: Option<PersonId>,
    /// Who may have it.
    pub audience: Audience,
}

impl Thing for StoredFile {
    fn audience(&self) -> Audience {
        self.audience.clone()
    }

    fn owner(&self) -> Option<PersonId> {
        self.owner
    }
}

/// The kinds of files that are taken, by what they begin with; text by what it does not contain.
const KINDS: [(&str, &[u8]); 6] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF8"),
    ("image/webp", b"RIFF"),
    ("application/pdf", b"%PDF-"),
    ("application/zip", b"PK\x03\x04"),
];
const TEXTS: [&str; 2] = ["text/plain", "text/csv"];

/// Whether the first bytes are of the kind that was declared.
fn is_of_kind(content_type: &str, bytes: &[u8]) -> bool {
    if TEXTS.contains(&content_type) {
        return !bytes.contains(&0);
    }
    let fits = KINDS.iter().any(|(kind, magic)| *kind == content_type && bytes.starts_with(magic));
    fits && (content_type != "image/webp" || bytes.get(8..12) == Some(b"WEBP"))
}

/// A file that is coming in; dropped before [`Upload::finish`] it is forgotten after a day.
pub struct Upload {
    db: Db,
    actor: Actor,
    id: Uuid,
    content_type: String,
    buffer: Vec<u8>,
    part: i64,
    size: usize,
    hash: Sha256,
}

impl Upload {
    /// Begins a file of a declared type.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a type that is not taken or a name that cannot be.
    pub async fn begin(
        db: &Db,
        actor: &Actor,
        name: &str,
        content_type: &str,
        owner: Option<PersonId>,
        audience: Audience,
    ) -> Result<Self> {
        let known = KINDS.iter().map(|(kind, _)| *kind).chain(TEXTS).any(|it| it == content_type);
        if !known {
            return Err(Error::invalid(
                "file",
                format!("files of type {content_type} are not taken"),
            ));
        }
        let length = name.chars().count();
        if !(1..=200).contains(&length) || name.chars().any(char::is_control) {
            return Err(Error::invalid("file", "give the file a name of at most 200 characters"));
        }
        let tx = db.begin(actor).await?;
        let id = tx.id::<Uuid>();
        let sql = "insert into file
                       (id, name, content_type, size, sha256, owner_id, audience, created_at)
                   values ($1, $2, $3, 0, null, $4, $5, $6)";
        let row = params![id, name, content_type, owner, audience.as_str(), tx.now()];
        tx.run(sql, row).await?;
        tx.commit().await?;
        Ok(Self {
            db: db.clone(),
            actor: actor.clone(),
            id,
            content_type: content_type.to_owned(),
            buffer: Vec::new(),
            part: 0,
            size: 0,
            hash: Sha256::new(),
        })
    }

    /// Takes the next bytes. Each chunk is a transaction of its own: a slow sender holds no lock.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is larger than 50 MiB or not what it was declared to be.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.size += bytes.len();
        if self.size > MOST_BYTES {
            return Err(Error::invalid("file", "a file has at most 50 MiB"));
        }
        self.hash.update(bytes);
        self.buffer.extend_from_slice(bytes);
        while self.buffer.len() >= CHUNK {
            let rest = self.buffer.split_off(CHUNK);
            let chunk = std::mem::replace(&mut self.buffer, rest);
            self.keep(chunk).await?;
        }
        Ok(())
    }

    async fn keep(&mut self, chunk: Vec<u8>) -> Result<()> {
        let checked = self.part == 0 || TEXTS.contains(&self.content_type.as_str());
        if checked && !is_of_kind(&self.content_type, &chunk) {
            let message = format!("this file is not what it says it is ({})", self.content_type);
            return Err(Error::invalid("file", message));
        }
        let tx = self.db.begin(&self.actor).await?;
        let sql = "insert into file_chunk (file_id, part, bytes) values ($1, $2, $3)";
        tx.run(sql, params![self.id, self.part, chunk]).await?;
        tx.commit().await?;
        self.part += 1;
        Ok(())
    }

    /// All of it is here.
    ///
    /// # Errors
    /// As [`Upload::write`]; [`Error::Invalid`] when it is empty.
    pub async fn finish(mut self) -> Result<Uuid> {
        if self.size == 0 {
            return Err(Error::invalid("file", "this file is empty"));
        }
        if !self.buffer.is_empty() {
            let last = std::mem::take(&mut self.buffer);
            self.keep(last).await?;
        }
        let tx = self.db.begin(&self.actor).await?;
        let size = i64::try_from(self.size).map_err(Error::internal)?;
        let sha256 = hex::encode(self.hash.finalize());
        let sql = "update file set size = $2, sha256 = $3 where id = $1 and sha256 is null";
        tx.one_or_conflict(sql, params![self.id, size, &sha256]).await?;
        let detail = serde_json::json!({ "size": size, "sha256": sha256 });
        tx.audit("file", self.id, "stored", detail).await?;
        tx.commit().await?;
        Ok(self.id)
    }
}

/// A file that is all here.
///
/// # Errors
/// As [`Tx::all`].
pub async fn find(tx: &Tx, id: Uuid) -> Result<Option<StoredFile>> {
    let sql = "select * from file where id = $1 and sha256 is not null";
    tx.first(sql, params![id]).await?.map(|row| stored(&row)).transpose()
}

fn stored(row: &Row) -> Result<StoredFile> {
    Ok(StoredFile {
        id: row.get("id")?,
        name: row.get("name")?,
        content_type: row.get("content_type")?,
        size: row.get("size")?,
        sha256: row.get("sha256")?,
        owner: row.get("owner_id")?,
        audience: Audience::from(row.get::<String>("audience")?.as_str()),
    })
}

/// Sends a file, chunk by chunk; ask [`crate::Page::may`] before. It runs nothing in a browser.
///
/// # Errors
/// [`Error::Internal`] when a header cannot be written.
pub fn send(db: &Db, file: &StoredFile) -> Answer {
    let chunks = stream::try_unfold((db.clone(), file.id, 0_i64), |(db, id, part)| async move {
        let sql = "select bytes from file_chunk where file_id = $1 and part = $2";
        let row = db.read(async |tx| tx.first(sql, params![id, part]).await).await?;
        let Some(row) = row else { return Ok(None) };
        let bytes = Bytes::from(row.get::<Vec<u8>>("bytes")?);
        Ok::<_, Error>(Some((bytes, (db, id, part + 1))))
    });
    let mut answer = Response::new(Body::from_stream(chunks));
    let text = |text: String| HeaderValue::from_str(&text).map_err(Error::internal);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, text(file.content_type.clone())?);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(file.size));
    headers.insert(ETAG, text(format!("\"{}\"", file.sha256))?);
    headers.insert(CONTENT_DISPOSITION, text(disposition(file))?);
    let inert = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(CONTENT_SECURITY_POLICY, inert);
    Ok::<_, Failure>(answer)
}

/// Pictures and PDF are shown, everything else is saved; the name is written in UTF-8.
fn disposition(file: &StoredFile) -> String {
    let shown = file.content_type.starts_with("image/") || file.content_type == "application/pdf";
    let how = if shown { "inline" } else { "attachment" };
    let mut name = String::new();
    for byte in file.name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    format!("{how}; filename*=UTF-8''{name}")
}

/// Forgets uploads that were never finished; run it every hour.
#[derive(Debug, Clone, Copy, Default)]
pub struct ForgetUnfinished;

impl Command for ForgetUnfinished {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let before = tx.now() - TimeDelta::hours(UNFINISHED_HOURS);
        let sql = "delete from file where sha256 is null and created_at < $1";
        tx.run(sql, params![before]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_must_be_what_it_says() {
        assert!(is_of_kind("application/pdf", b"%PDF-1.7"));
        assert!(!is_of_kind("application/pdf", b"<html>"));
        assert!(is_of_kind("image/webp", b"RIFF\0\0\0\0WEBPVP8 "));
        assert!(!is_of_kind("image/webp", b"RIFF\0\0\0\0WAVEfmt "));
        assert!(is_of_kind("text/csv", b"a,b\n") && !is_of_kind("text/csv", b"a\0b"));
        assert!(!is_of_kind("text/html", b"<html>"));
    }

    #[test]
    fn only_pictures_and_pdf_are_shown_and_no_name_breaks_the_header() {
        let file = |name: &str, kind: &str| StoredFile {
            id: Uuid::nil(),
            name: name.to_owned(),
            content_type: kind.to_owned(),
            size: 1,
            sha256: String::new(),
            owner: None,
            audience: Audience::Public,
        };
        assert_eq!(
            disposition(&file("a.pdf", "application/pdf")),
            "inline; filename*=UTF-8''a.pdf"
        );
        assert_eq!(
            disposition(&file("ü\"\r\n.csv", "text/csv")),
            "attachment; filename*=UTF-8''%C3%BC%22%0D%0A.csv"
        );
    }
}
