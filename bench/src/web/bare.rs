//! The limit of a page: a bare server of the same framework that renders the same template with the
//! same body and menu, and does nothing else.

use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};

use crate::outcome::{Failed, Outcome, print};

/// What is rendered, as it was found on the real page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sample {
    title: String,
    site: String,
    css: String,
    mark: String,
    return_to: String,
    demo: bool,
    menu: Vec<(String, String, bool)>,
    body: String,
}

impl Sample {
    /// Takes a page in our frame apart.
    pub(super) fn of(html: &str) -> Option<Self> {
        let (title, site) = between(html, "<title>", "</title>")?.split_once(" – ")?;
        let nav = between(html, "aria-label=\"Main\">", "</nav>").unwrap_or_default();
        let menu = nav.split("<a href=\"").skip(1).filter_map(|link| {
            let (path, rest) = link.split_once('"')?;
            let current = rest.starts_with(" aria-current");
            Some((path.to_owned(), between(rest, ">", "</a>")?.to_owned(), current))
        });
        Some(Self {
            title: title.to_owned(),
            site: site.to_owned(),
            css: between(html, "rel=\"stylesheet\" href=\"", "\"")?.to_owned(),
            mark: between(html, "rel=\"icon\" href=\"", "\"")?.to_owned(),
            return_to: between(html, "class=\"who\">\n<a href=\"", "\"")?.to_owned(),
            demo: html.contains("sample data</span> A demonstration"),
            menu: menu.collect(),
            body: between(html, "<div class=\"page\">\n", "\n</div>\n</main>")?.to_owned(),
        })
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

/// Renders the chassis' own template.
#[derive(Template)]
#[template(path = "frame.html")]
struct FrameHtml<'a> {
    frame: Frame<'a>,
    css: &'a str,
    mark: &'a str,
    as_of: Option<&'a str>,
    demo: bool,
}

struct Frame<'a> {
    site: Site<'a>,
    title: &'a str,
    service: &'a str,
    refresh: Option<u32>,
    reader: Stranger<'a>,
    csrf: Option<&'a str>,
    return_to: &'a str,
    menu: Vec<Entry<'a>>,
    body: &'a str,
    correlation: Option<&'a str>,
}

struct Site<'a> {
    name: &'a str,
}

struct Entry<'a> {
    path: &'a str,
    label: &'a str,
    current: bool,
}

struct Stranger<'a> {
    name: Option<&'a str>,
}

impl Stranger<'_> {
    /// The template asks; nobody is known here.
    fn is_signed_in(&self) -> bool {
        self.name.is_some()
    }
}

fn render(sample: &Sample) -> String {
    let menu =
        sample.menu.iter().map(|(path, label, current)| Entry { path, label, current: *current });
    let frame = Frame {
        site: Site { name: &sample.site },
        title: &sample.title,
        service: "bare",
        refresh: None,
        reader: Stranger { name: None },
        csrf: None,
        return_to: &sample.return_to,
        menu: menu.collect(),
        body: &sample.body,
        correlation: None,
    };
    let (css, mark) = (sample.css.as_str(), sample.mark.as_str());
    let page = FrameHtml { frame, css, mark, as_of: None, demo: sample.demo };
    page.render().unwrap_or_default()
}

/// Answers every path with the page of `file` until killed; says `ready http://…`.
///
/// # Errors
/// When the file cannot be read or no address can be listened on.
pub async fn serve(file: &Path, listen: &str) -> Outcome {
    let sample: Sample = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let sample = Arc::new(sample);
    let page = get(move || {
        let sample = sample.clone();
        async move { Html(render(&sample)) }
    });
    let listener = tokio::net::TcpListener::bind(listen).await?;
    print(format!("ready http://{}", listener.local_addr()?));
    let router = Router::new().route("/", page.clone()).route("/{*path}", page);
    axum::serve(listener, router).await.map_err(Failed::because)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_taken_apart_is_rendered_as_it_was() {
        let sample = Sample {
            title: "About".to_owned(),
            site: "SCTE".to_owned(),
            css: "/assets/1.css".to_owned(),
            mark: "/assets/2.svg".to_owned(),
            return_to: "/account/sign-in?return_to=/about".to_owned(),
            demo: true,
            menu: vec![("/join".to_owned(), "Join".to_owned(), true)],
            body: "<h1>About</h1>".to_owned(),
        };
        let html = render(&sample);
        let found = Sample::of(&html).unwrap();
        assert_eq!(found, sample);
        assert_eq!(render(&found), html);
    }
}
