//! From Markdown to HTML that is safe to show: once, when a page is saved.

mod shape;
mod words;

use contracts::shared::Audience;

use super::domain::{Block, Kind, Part, Refusal, Source, stretches};
use shape::Shaper;
use words::plain;

/// Which renderer this is: pages that an older one rendered are rendered again at the start.
pub(super) const VERSION: i64 = 2;

/// What is made of a text.
pub(super) struct Rendered {
    pub(super) blocks: Vec<Block>,
    /// What it says to each audience, for the search.
    pub(super) texts: Vec<(Audience, String)>,
}

/// Renders a text, stretch by stretch, so that nothing opened in one can swallow another.
///
/// # Errors
/// What [`stretches`] refuses.
pub(super) fn rendered(text: &str, kind: Kind) -> Result<Rendered, Refusal> {
    let mut shaper = Shaper::new(kind);
    let mut made = Rendered { blocks: Vec::new(), texts: Vec::new() };
    for (audience, sources) in stretches(text)? {
        shaper.begin(audience == Audience::Public);
        let mut parts = Vec::new();
        for source in sources {
            match source {
                Source::Markdown(text) => shaper.shape(&text, &mut parts),
                Source::Live(live) => parts.push(Part::Live(live)),
            }
        }
        let said: Vec<String> = parts.iter().filter_map(said).collect();
        let said = said.join(" ");
        let words = said.split_whitespace().count();
        match made.texts.iter_mut().find(|(other, _)| *other == audience) {
            Some((_, text)) => {
                text.push(' ');
                text.push_str(&said);
            }
            None => made.texts.push((audience.clone(), said)),
        }
        made.blocks.push(Block { audience, parts, words });
    }
    Ok(made)
}

fn said(part: &Part) -> Option<String> {
    match part {
        Part::Html(html) | Part::Plain(html) => Some(plain(html)),
        Part::Display(text) | Part::Band(text) => Some(text.clone()),
        Part::Live(_) => None,
    }
}

#[cfg(test)]
mod tests;
