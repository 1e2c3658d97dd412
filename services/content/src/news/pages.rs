//! `/news`: the articles, newest first, all or of one topic.

use askama::Template;
use axum::extract::Query;
use chassis::{Answer, Anyone, Page, Result, Routes, Tx};
use chrono::Datelike as _;
use serde::Deserialize;

use super::domain::{Article, Cursor};
use super::tables::{self, From, Wanted};
use crate::site::domain::Front;
use crate::site::pages::revalidated;
use crate::site::view::{audiences, sees};

/// How many articles a page of the list shows.
const PAGE: usize = 12;

/// The longest topic that is looked for.
const TOPIC: usize = 60;

/// The pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/news", show_news)
}

/// What part of the list is wanted.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    topic: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl Asked {
    fn topic(&self) -> &str {
        let topic = self.topic.as_deref().unwrap_or_default();
        let fits = topic.len() <= TOPIC && !topic.contains('\0');
        if fits { topic } else { "" }
    }

    fn from(&self) -> From {
        let cursor = |text: &Option<String>| text.as_deref().and_then(Cursor::read);
        match (cursor(&self.before), cursor(&self.after)) {
            (Some(before), _) => From::Before(before),
            (None, Some(after)) => From::After(after),
            (None, None) => From::Newest,
        }
    }
}

/// A part of the list, as it was read.
struct Part {
    /// The page that editors wrote at `/news`, if there is one.
    front: Option<Front>,
    topics: Vec<(String, i64)>,
    articles: Vec<Article>,
    newer: bool,
    older: bool,
}

#[derive(Template)]
#[template(path = "news/list.html")]
struct List<'a> {
    title: &'a str,
    summary: &'a str,
    topic: &'a str,
    topics: &'a [(String, i64)],
    lead: Option<&'a Article>,
    years: Vec<Year<'a>>,
    /// The topic as links keep it.
    of_topic: String,
    /// Where newer and older ones begin.
    newer: Option<Cursor>,
    older: Option<Cursor>,
}

/// The articles of a year.
struct Year<'a> {
    number: i32,
    articles: &'a [Article],
}

impl Year<'_> {
    fn all(articles: &[Article]) -> Vec<Year<'_>> {
        let years = articles.chunk_by(|one, other| one.dated.year() == other.dated.year());
        let year = |articles: &'_ [Article]| articles.first().map_or(0, |one| one.dated.year());
        years.map(|articles| Year { number: year(articles), articles }).collect()
    }
}

/// `GET /news`: a part of the list is kept for readers of the same audiences until a page changes.
async fn show_news(page: Page<Anyone>, Query(asked): Query<Asked>) -> Answer {
    let (topic, from) = (asked.topic(), asked.from());
    let audiences = audiences(page.reader(), page.today());
    let read = async |tx: &Tx| Ok(Some(part(tx, &audiences, topic, from).await?));
    let part = if from == From::Newest && topic.is_empty() {
        page.remembered(&audiences, read).await?
    } else {
        page.read(read).await?.map(std::sync::Arc::new)
    };
    let Some(part) = part else { return page.to("/news") };
    let shown = show(&page, &part, topic, from)?;
    if page.reader().is_signed_in() {
        return Ok(shown);
    }
    revalidated(shown, page.header("if-none-match")).await
}

fn show(page: &Page<Anyone>, part: &Part, topic: &str, from: From) -> Answer {
    let theirs = |front: &&Front| sees(page.reader(), page.today(), &front.audience);
    let front = part.front.as_ref().filter(theirs);
    let title = front.map_or("News", |front| &front.title);
    // The newest stands out, on the first part of the whole list only.
    let first = from == From::Newest && topic.is_empty();
    let (lead, articles) = match part.articles.split_first() {
        Some((lead, rest)) if first => (Some(lead), rest),
        _ => (None, part.articles.as_slice()),
    };
    let cursor = |one: Option<&Article>, there: bool| one.filter(|_| there).map(Article::cursor);
    let list = List {
        title,
        summary: front.map_or("", |front| &front.summary),
        topic,
        topics: &part.topics,
        lead,
        years: Year::all(articles),
        of_topic: if topic.is_empty() {
            String::new()
        } else {
            format!("topic={}&", encoded(topic))
        },
        newer: cursor(part.articles.first(), part.newer),
        older: cursor(part.articles.last(), part.older),
    };
    if topic.is_empty() {
        page.show(title, &list)
    } else {
        page.show(&format!("{title}: {topic}"), &list)
    }
}

/// A word as it stands in the query of a path.
fn encoded(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    word.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn part(tx: &Tx, audiences: &str, topic: &str, from: From) -> Result<Part> {
    let front = crate::site::tables::published_at(tx, "/news").await?.map(|page| page.front);
    let topics = tables::topics(tx, audiences).await?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut articles = tables::list(tx, &Wanted { audiences, topic, from, most }).await?;
    let more = articles.len() > PAGE;
    articles.truncate(PAGE);
    let (newer, older) = match from {
        From::Newest => (false, more),
        From::Before(_) => (true, more),
        From::After(_) => {
            articles.reverse();
            (more, true)
        }
    };
    Ok(Part { front, topics, articles, newer, older })
}
