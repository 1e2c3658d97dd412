//! What Markdown becomes here: headings in order, buttons, ways in, facts, tables; on the home page
//! bands. And what is let through of HTML that somebody typed.

use std::collections::HashSet;
use std::fmt::Write as _;

use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::super::domain::{Kind, Part};

type Events<'a> = Vec<Event<'a>>;

/// Columns that fit on a narrow screen; a table with more scrolls by itself.
const NARROW: usize = 3;

/// Where a top-level piece of a text goes.
enum Place {
    /// It stands by itself.
    Apart(Part),
    /// It is read with what stands around it.
    Read,
    /// It says nothing.
    Nowhere,
}

/// Shapes one page after its kind.
pub(super) struct Shaper {
    kind: Kind,
    /// The level of the last heading: 1 is the page's own.
    level: usize,
    /// That of the last heading which everybody sees.
    common: usize,
    /// Whether the stretch is one that everybody sees.
    open: bool,
    /// How many tables scroll: each has a name of its own.
    wide: usize,
    cleaner: ammonia::Builder<'static>,
}

impl Shaper {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, level: 1, common: 1, open: true, wide: 0, cleaner: cleaner() }
    }

    /// Begins a stretch. Its headings go on from the last that every reader of it has seen.
    pub(super) fn begin(&mut self, open: bool) {
        if self.open {
            self.common = self.level;
        }
        (self.level, self.open) = (self.common, open);
    }

    /// Adds what a text becomes.
    pub(super) fn shape(&mut self, markdown: &str, parts: &mut Vec<Part>) {
        let known = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_DEFINITION_LIST;
        let mut reading = Vec::new();
        for node in nodes(Parser::new_ext(markdown, known)) {
            match self.place(&node) {
                Place::Apart(part) => {
                    self.flush(&mut reading, parts);
                    parts.push(part);
                }
                Place::Nowhere => {}
                Place::Read => reading.extend(self.in_order(node)),
            }
        }
        self.flush(&mut reading, parts);
    }

    fn place(&mut self, node: &[Event<'_>]) -> Place {
        let made = match node.first() {
            Some(Event::Start(Tag::Heading { level, .. })) => return self.heading(*level, node),
            Some(Event::Start(Tag::Paragraph)) => buttons(node),
            Some(Event::Start(Tag::List(None))) => ways_in(node),
            Some(Event::Start(Tag::DefinitionList)) => Some(facts(node, self.kind)),
            Some(Event::Start(Tag::Table(columns))) => {
                return Place::Apart(self.table(columns, node));
            }
            _ => None,
        };
        made.map_or(Place::Read, |made| Place::Apart(Part::Plain(self.clean(made))))
    }

    /// On the home page the first two levels are its own; an empty heading is none.
    fn heading(&mut self, level: HeadingLevel, node: &[Event<'_>]) -> Place {
        let text = spoken(node);
        if text.is_empty() {
            return Place::Nowhere;
        }
        match (self.kind, level) {
            (Kind::Home, HeadingLevel::H1) => Place::Apart(Part::Display(text)),
            (Kind::Home, HeadingLevel::H2) => {
                self.level = 2;
                Place::Apart(Part::Band(text))
            }
            _ => Place::Read,
        }
    }

    /// Headings without a jump, below the page's own.
    fn in_order<'a>(&mut self, mut node: Events<'a>) -> Events<'a> {
        for event in &mut node {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    self.level = (*level as usize).clamp(2, self.level + 1);
                    *level = HeadingLevel::try_from(self.level).unwrap_or(*level);
                }
                Event::End(TagEnd::Heading(level)) => {
                    *level = HeadingLevel::try_from(self.level).unwrap_or(*level);
                }
                _ => {}
            }
        }
        node
    }

    fn flush(&self, reading: &mut Events<'_>, parts: &mut Vec<Part>) {
        let clean = self.clean(std::mem::take(reading));
        if !clean.trim().is_empty() {
            parts.push(Part::Html(clean));
        }
    }

    fn clean(&self, events: Events<'_>) -> String {
        let mut made = String::new();
        html::push_html(&mut made, events.into_iter());
        self.cleaner.clean(&made).to_string()
    }

    fn table(&mut self, columns: &[Alignment], node: &[Event<'_>]) -> Part {
        let table = self.clean(table(columns, node));
        if columns.len() <= NARROW {
            return Part::Plain(table);
        }
        self.wide += 1;
        // Around what was cleaned: this is ours.
        Part::Plain(format!(
            "<section class=\"scroll\" tabindex=\"0\" aria-label=\"Table {}, scrolls sideways\">{table}</section>",
            self.wide
        ))
    }
}

/// The top-level pieces of a text, each from its start to its end.
fn nodes<'a>(events: impl Iterator<Item = Event<'a>>) -> Vec<Events<'a>> {
    let (mut nodes, mut node, mut depth) = (Vec::new(), Vec::new(), 0_usize);
    for event in events {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        node.push(event);
        if depth == 0 {
            nodes.push(std::mem::take(&mut node));
        }
    }
    nodes.push(node);
    nodes
}

/// The events of a node without its own start and end.
fn inside<'n, 'a>(node: &'n [Event<'a>]) -> &'n [Event<'a>] {
    node.get(1..node.len().saturating_sub(1)).unwrap_or_default()
}

/// What a node says, without marks.
fn spoken(node: &[Event<'_>]) -> String {
    let words = node.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    });
    words.collect::<String>().trim().to_owned()
}

/// A link at the beginning of some events: whether it is bold, where it leads, what it says, and
/// what follows it.
fn link<'n, 'a>(events: &'n [Event<'a>]) -> Option<(bool, String, String, &'n [Event<'a>])> {
    let bold = matches!(events.first()?, Event::Start(Tag::Strong));
    let from = events.get(usize::from(bold)..)?;
    let Event::Start(Tag::Link { dest_url, .. }) = from.first()? else { return None };
    let end = from.iter().position(|event| matches!(event, Event::End(TagEnd::Link)))?;
    let says = spoken(from.get(1..end)?);
    let after = from.get(end + 1..)?;
    if !bold {
        return Some((false, dest_url.to_string(), says, after));
    }
    let (close, after) = after.split_first()?;
    let closed = matches!(close, Event::End(TagEnd::Strong));
    closed.then(|| (true, dest_url.to_string(), says, after))
}

/// A paragraph of links alone, the first of them bold, is a row of buttons.
fn buttons<'a>(node: &[Event<'a>]) -> Option<Events<'a>> {
    let mut rest = inside(node);
    let mut row = "<p class=\"row\">".to_owned();
    let mut first = true;
    while !rest.is_empty() {
        let (bold, to, says, after) = link(rest)?;
        if first && !bold || says.is_empty() {
            return None;
        }
        let class = if bold { "button" } else { "button plain" };
        let _ =
            write!(row, "<a class=\"{class}\" href=\"{}\">{}</a> ", escaped(&to), escaped(&says));
        first = false;
        let gap = |event: &&Event<'_>| match event {
            Event::Text(text) => text.trim().is_empty(),
            other => matches!(other, Event::SoftBreak | Event::HardBreak),
        };
        rest = after.get(after.iter().take_while(gap).count()..)?;
    }
    (!first).then(|| vec![Event::Html(format!("{}</p>", row.trim_end()).into())])
}

/// A list whose every item begins with a bold link is a list of ways in: what each is for, and
/// what stands in italics at its end at the edge.
fn ways_in<'a>(node: &[Event<'a>]) -> Option<Events<'a>> {
    let mut made = vec![Event::Html("<ul class=\"index\">".into())];
    for item in nodes(inside(node).iter().cloned()) {
        let item: Events<'a> = match item.first() {
            None => continue,
            Some(Event::Start(Tag::Item)) => inside(&item)
                .iter()
                .filter(|event| {
                    !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
                })
                .cloned()
                .collect(),
            Some(_) => return None,
        };
        let (true, to, says, rest) = link(&item)? else { return None };
        let nested = |event: &Event<'_>| matches!(event, Event::Start(Tag::List(_)));
        if rest.iter().any(nested) {
            return None;
        }
        let (what, figure) = figure(rest);
        made.push(Event::Html(
            format!("<li><a href=\"{}\">{}</a><p>", escaped(&to), escaped(&says)).into(),
        ));
        made.extend(what.iter().cloned());
        made.push(Event::Html(format!("</p><span>{}</span></li>", escaped(&figure)).into()));
    }
    made.push(Event::Html("</ul>".into()));
    Some(made)
}

/// The italics at the end of an item, apart from what stands before them.
fn figure<'n, 'a>(events: &'n [Event<'a>]) -> (&'n [Event<'a>], String) {
    let ends = matches!(events.last(), Some(Event::End(TagEnd::Emphasis)));
    let start = events.iter().rposition(|event| matches!(event, Event::Start(Tag::Emphasis)));
    match start.filter(|_| ends) {
        Some(start) => {
            let (what, figure) = events.split_at(start);
            (what, spoken(figure))
        }
        None => (events, String::new()),
    }
}

/// Terms and values: facts, on the home page large figures.
fn facts<'a>(node: &[Event<'a>], kind: Kind) -> Events<'a> {
    let class = if kind == Kind::Home { "figures" } else { "facts" };
    let mut made = vec![Event::Html(format!("<dl class=\"{class}\">").into())];
    let mut open = false;
    for event in inside(node) {
        made.push(match event {
            Event::Start(Tag::DefinitionListTitle) => {
                let close = if std::mem::replace(&mut open, true) { "</div>" } else { "" };
                Event::Html(format!("{close}<div><dt>").into())
            }
            Event::End(TagEnd::DefinitionListTitle) => Event::Html("</dt>".into()),
            Event::Start(Tag::DefinitionListDefinition) => Event::Html("<dd>".into()),
            Event::End(TagEnd::DefinitionListDefinition) => Event::Html("</dd>".into()),
            other => other.clone(),
        });
    }
    made.push(Event::Html(if open { "</div></dl>" } else { "</dl>" }.into()));
    made
}

/// A table: what its author moved to the right are numbers.
fn table<'a>(columns: &[Alignment], node: &[Event<'a>]) -> Events<'a> {
    let mut made = vec![Event::Html("<table class=\"table\">".into())];
    let (mut head, mut column) = (false, 0);
    for event in inside(node) {
        let tag = match event {
            Event::Start(Tag::TableHead) => {
                (head, column) = (true, 0);
                "<thead><tr>".to_owned()
            }
            Event::End(TagEnd::TableHead) => {
                head = false;
                "</tr></thead><tbody>".to_owned()
            }
            Event::Start(Tag::TableRow) => {
                column = 0;
                "<tr>".to_owned()
            }
            Event::End(TagEnd::TableRow) => "</tr>".to_owned(),
            Event::Start(Tag::TableCell) => {
                let right = columns.get(column) == Some(&Alignment::Right);
                let class = if right { " class=\"num\"" } else { "" };
                column += 1;
                if head { format!("<th scope=\"col\"{class}>") } else { format!("<td{class}>") }
            }
            Event::End(TagEnd::TableCell) => if head { "</th>" } else { "</td>" }.to_owned(),
            other => {
                made.push(other.clone());
                continue;
            }
        };
        made.push(Event::Html(tag.into()));
    }
    made.push(Event::Html("</tbody></table>".into()));
    made
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// Lets through what Markdown makes, and nothing that acts: no script, no style, no form, no frame,
/// and no picture from elsewhere, which would tell others who reads us. What belongs to the frame
/// of a page, or is no HTML any more, goes too.
fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .link_rel(None)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .rm_tags(["h1", "header", "footer", "nav", "aside", "article", "map", "area"])
        .rm_tags(["acronym", "center", "strike", "tt", "rtc"])
        .add_allowed_classes("a", ["button", "plain"])
        .add_allowed_classes("p", ["row"])
        .add_allowed_classes("ul", ["index"])
        .add_allowed_classes("dl", ["facts", "figures"])
        .add_allowed_classes("table", ["table"])
        .add_allowed_classes("th", ["num"])
        .add_allowed_classes("td", ["num"])
        .attribute_filter(|element, attribute, value| {
            let ours = value.starts_with('/') && !value.starts_with("//") && !value.contains('\\');
            let elsewhere = element == "img" && attribute == "src" && !ours;
            (!elsewhere).then(|| value.into())
        });
    cleaner
}
