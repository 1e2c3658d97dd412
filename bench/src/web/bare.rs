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
    zone: String,
    css: String,
    js: String,
    mark: String,
    brand: String,
    return_to: String,
    demo: bool,
    menu: Vec<Entry>,
    /// What stands in the footer alone.
    small: Vec<Entry>,
    body: String,
}

/// One entry of the menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    path: String,
    label: String,
    current: bool,
    badge: Option<String>,
}

impl Sample {
    /// Takes a page in our frame apart.
    pub(super) fn of(html: &str) -> Option<Self> {
        let (title, site) = between(html, "<title>", "</title>")?.split_once(" – ")?;
        let nav = between(html, "aria-label=\"Main\">", "</nav>").unwrap_or_default();
        let small = between(html, "id=\"f-about\"", "<li><a href=\"/search\">");
        Some(Self {
            title: title.to_owned(),
            site: site.to_owned(),
            zone: between(html, "the society’s zone, ", ", unless")?.to_owned(),
            css: between(html, "rel=\"stylesheet\" href=\"", "\"")?.to_owned(),
            js: between(html, "<script type=\"module\" src=\"", "\"")?.to_owned(),
            mark: between(html, "rel=\"icon\" href=\"", "\"")?.to_owned(),
            brand: between(html, "<a class=\"brand\" href=\"/\">", "<b>")?.to_owned(),
            return_to: between(html, "class=\"who\">\n<a href=\"", "\"")?.to_owned(),
            demo: html.contains("<p>Demonstration."),
            menu: entries(nav),
            small: entries(small.unwrap_or_default()),
            body: between(html, "<div class=\"page\">\n", "\n</div>\n</main>")?.to_owned(),
        })
    }
}

fn entries(html: &str) -> Vec<Entry> {
    let links = html.split("<a href=\"").skip(1).filter_map(|link| {
        let (path, rest) = link.split_once('"')?;
        let label = between(rest, ">", "</a>")?.to_owned();
        let current = rest.starts_with(" aria-current");
        Some(Entry { path: path.to_owned(), label, current, badge: None })
    });
    links.collect()
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
    js: &'a str,
    mark: &'a str,
    brand: &'a str,
    as_of: Option<&'a str>,
    demo: bool,
}

struct Frame<'a> {
    site: Site<'a>,
    title: &'a str,
    service: &'a str,
    again: Option<Again>,
    staff: bool,
    reader: Stranger,
    csrf: Option<&'a str>,
    return_to: &'a str,
    searched: &'a str,
    menu: &'a [Entry],
    small: &'a [Entry],
    body: &'a str,
}

/// The template asks; a public page goes on by itself in neither way.
#[expect(dead_code, reason = "the template names both")]
enum Again {
    WhenMoved,
    Every(u32),
}

impl Again {
    fn seconds(&self) -> u32 {
        match self {
            Self::WhenMoved => 2,
            Self::Every(seconds) => *seconds,
        }
    }
}

struct Site<'a> {
    name: &'a str,
    zone: &'a str,
}

/// Nobody is known here.
struct Stranger;

impl Stranger {
    #[expect(clippy::unused_self, reason = "the template asks the reader")]
    fn is_signed_in(&self) -> bool {
        false
    }
}

impl Frame<'_> {
    #[expect(clippy::unused_self, reason = "the template asks the frame")]
    fn view(&self) -> Option<(&str, &str)> {
        None
    }

    fn is_kept(&self) -> bool {
        self.service.is_empty()
    }

    fn nav(&self) -> impl Iterator<Item = &Entry> {
        self.menu.iter()
    }

    fn footer(&self, small: bool) -> impl Iterator<Item = &Entry> {
        if small { self.small.iter() } else { self.menu.iter() }
    }

    fn personal(&self) -> impl Iterator<Item = &Entry> {
        self.menu[..0].iter()
    }

    fn console(&self) -> Option<&str> {
        self.staff.then_some("/ops")
    }

    fn operates(&self) -> bool {
        self.staff
    }

    fn name(&self) -> &str {
        self.site.name
    }
}

fn render(sample: &Sample) -> String {
    let frame = Frame {
        site: Site { name: &sample.site, zone: &sample.zone },
        title: &sample.title,
        service: "bare",
        again: None,
        staff: false,
        reader: Stranger,
        csrf: None,
        return_to: &sample.return_to,
        searched: "",
        menu: &sample.menu,
        small: &sample.small,
        body: &sample.body,
    };
    let page = FrameHtml {
        frame,
        css: &sample.css,
        js: &sample.js,
        mark: &sample.mark,
        brand: &sample.brand,
        as_of: None,
        demo: sample.demo,
    };
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

    fn entry(path: &str, current: bool) -> Entry {
        Entry { path: path.to_owned(), label: "Some".to_owned(), current, badge: None }
    }

    #[test]
    fn a_page_that_was_taken_apart_is_rendered_as_it_was() {
        let sample = Sample {
            title: "About".to_owned(),
            site: "SCTE".to_owned(),
            zone: "America/New_York".to_owned(),
            css: "/assets/1.css".to_owned(),
            js: "/assets/3.js".to_owned(),
            brand: "<svg></svg>".to_owned(),
            mark: "/assets/2.svg".to_owned(),
            return_to: "/account/sign-in?return_to=/about".to_owned(),
            demo: true,
            menu: vec![entry("/join", true)],
            small: vec![entry("/privacy", false)],
            body: "<h1>About</h1>".to_owned(),
        };
        let html = render(&sample);
        let found = Sample::of(&html).unwrap();
        assert_eq!(found, sample);
        assert_eq!(render(&found), html);
    }
}
