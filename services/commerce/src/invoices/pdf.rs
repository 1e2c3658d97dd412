//! A paper as a PDF file: real text in a font that is in the file, and the same bytes for the same
//! paper. Where everything stands is decided first (`Layout`), then drawn.

use chassis::{Error, Result};
use krilla::Document;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::text::{Font, TextDirection};
use serde::Deserialize;
use ttf_parser::Face;

use super::paper::{Paper, Row};

/// The sheet that is printed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sheet {
    #[default]
    Letter,
    A4,
}

impl Sheet {
    /// Width and height in points, a seventy-second of an inch.
    fn size(self) -> (f32, f32) {
        match self {
            Self::Letter => (612.0, 792.0),
            Self::A4 => (595.0, 842.0),
        }
    }
}

const MARGIN: f32 = 54.0;
const TEXT: f32 = 9.5;
const SMALL: f32 = 8.0;
const LEADING: f32 = 14.0;
/// From the right edge of the text: where the columns of numbers end.
const UNIT_ENDS: f32 = 90.0;
const QUANTITY_ENDS: f32 = 175.0;
/// What is kept free at the foot of a sheet.
const FOOT: f32 = 40.0;

/// One thing on a sheet; `y` is counted from its top.
enum Drawn {
    Text { x: f32, y: f32, size: f32, bold: bool, text: String },
    Rule { y: f32 },
}

/// The two cuts of the font.
struct Fonts {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Fonts {
    fn open() -> Result<Self> {
        let parse = |bytes| Face::parse(bytes, 0).map_err(Error::internal);
        Ok(Self {
            regular: parse(dejavu::sans_condensed::regular())?,
            bold: parse(dejavu::sans_condensed::bold())?,
        })
    }

    /// How wide a text is, in points.
    fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        let face = if bold { &self.bold } else { &self.regular };
        let advance = |c| face.glyph_hor_advance(face.glyph_index(c).unwrap_or_default());
        let units: f32 = text.chars().filter_map(advance).map(f32::from).sum();
        units * size / f32::from(face.units_per_em())
    }

    /// A text in lines that are not wider than `most`; a word that is goes on in the next line.
    fn wrapped(&self, text: &str, most: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let mut rest = word;
            while !rest.is_empty() {
                let line = lines.last().map_or("", String::as_str);
                let gap = if line.is_empty() { "" } else { " " };
                let whole = format!("{line}{gap}{rest}");
                let fitting = if self.width(&whole, TEXT, false) <= most {
                    rest.len()
                } else if line.is_empty() {
                    self.fitting(rest, most)
                } else {
                    lines.push(String::new());
                    continue;
                };
                let (part, after) = rest.split_at(fitting);
                if let Some(line) = lines.last_mut() {
                    line.push_str(gap);
                    line.push_str(part);
                }
                rest = after;
            }
        }
        lines
    }

    /// How many bytes of a word fit; at least its first character.
    fn fitting(&self, word: &str, most: f32) -> usize {
        let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
        let fits = |end: &usize| self.width(&word[..*end], TEXT, false) <= most;
        let first = word.chars().next().map_or(0, char::len_utf8);
        ends.take_while(fits).last().unwrap_or(first)
    }
}

/// Sheets being filled from top to bottom.
struct Layout<'a> {
    fonts: &'a Fonts,
    width: f32,
    height: f32,
    sheets: Vec<Vec<Drawn>>,
    y: f32,
}

impl Layout<'_> {
    fn right(&self) -> f32 {
        self.width - MARGIN
    }

    fn draw(&mut self, drawn: Drawn) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(drawn);
        }
    }

    fn text(&mut self, x: f32, size: f32, bold: bool, text: &str) {
        let (y, text) = (self.y, text.to_owned());
        self.draw(Drawn::Text { x, y, size, bold, text });
    }

    /// A text that ends `before` points before the right edge.
    fn ends(&mut self, before: f32, bold: bool, text: &str) {
        let x = self.right() - before - self.fonts.width(text, TEXT, bold);
        self.text(x, TEXT, bold, text);
    }

    fn rule(&mut self) {
        let y = self.y - LEADING + 4.0;
        self.draw(Drawn::Rule { y });
    }

    /// Makes room for as many lines; `true` when a new sheet was begun for them.
    fn room(&mut self, lines: usize) -> bool {
        let wanted: f32 = (0..lines).map(|_| LEADING).sum();
        if self.y + wanted <= self.height - MARGIN - FOOT {
            return false;
        }
        self.sheets.push(Vec::new());
        self.y = MARGIN + LEADING;
        true
    }

    fn head(&mut self, paper: &Paper) {
        self.y = MARGIN + 18.0;
        self.text(MARGIN, 18.0, true, &paper.title);
        self.y += 2.0 * LEADING;
        let top = self.y;
        for (at, line) in paper.seller.iter().enumerate() {
            for part in self.fonts.wrapped(line, 250.0) {
                self.text(MARGIN, TEXT, at == 0, &part);
                self.y += LEADING;
            }
        }
        let left = self.y;
        self.y = top;
        for (name, value) in &paper.facts {
            self.text(self.width / 2.0 + 40.0, TEXT, false, name);
            for part in self.fonts.wrapped(value, self.right() - self.width / 2.0 - 110.0) {
                self.text(self.width / 2.0 + 110.0, TEXT, false, &part);
                self.y += LEADING;
            }
        }
        self.y = self.y.max(left) + LEADING;
        self.text(MARGIN, SMALL, false, "Bill to");
        self.y += LEADING;
        for part in self.fonts.wrapped(&paper.bill_to, 250.0) {
            self.text(MARGIN, TEXT, true, &part);
            self.y += LEADING;
        }
        self.y += LEADING;
    }

    fn columns(&mut self) {
        self.text(MARGIN, SMALL, false, "What");
        for (before, name) in [(QUANTITY_ENDS, "Quantity"), (UNIT_ENDS, "Each"), (0.0, "Amount")] {
            let x = self.right() - before - self.fonts.width(name, SMALL, false);
            self.text(x, SMALL, false, name);
        }
        self.y += LEADING;
        self.rule();
        self.y += 4.0;
    }

    fn row(&mut self, row: &Row) {
        let most = self.right() - QUANTITY_ENDS - 50.0 - MARGIN;
        let parts = self.fonts.wrapped(&row.text, most);
        if self.room(parts.len()) {
            self.columns();
        }
        self.ends(QUANTITY_ENDS, false, &row.quantity);
        self.ends(UNIT_ENDS, false, &row.unit);
        self.ends(0.0, false, &row.amount);
        for part in parts {
            self.text(MARGIN, TEXT, false, &part);
            self.y += LEADING;
        }
    }

    fn sums(&mut self, paper: &Paper) {
        self.room(paper.sums.len() + paper.notes.len() + 2);
        self.y += LEADING;
        self.rule();
        for (at, (name, amount)) in paper.sums.iter().enumerate() {
            let last = at + 1 == paper.sums.len();
            self.ends(UNIT_ENDS, last, name);
            self.ends(0.0, last, amount);
            self.y += LEADING;
        }
        self.y += LEADING;
        for note in &paper.notes {
            self.text(MARGIN, SMALL, false, note);
            self.y += LEADING;
        }
    }

    /// At the foot of each sheet: which one of how many it is.
    fn feet(&mut self, paper: &Paper) {
        let (all, y) = (self.sheets.len(), self.height - MARGIN);
        for (at, sheet) in self.sheets.iter_mut().enumerate() {
            let text = format!("{}, page {} of {all}", paper.title, at + 1);
            sheet.push(Drawn::Text { x: MARGIN, y, size: SMALL, bold: false, text });
        }
    }
}

/// The paper as a file.
///
/// # Errors
/// An internal one, when the font or the file cannot be made: a bug.
pub(crate) fn render(paper: &Paper, sheet: Sheet) -> Result<Vec<u8>> {
    let fonts = Fonts::open()?;
    let (width, height) = sheet.size();
    let (sheets, y) = (vec![Vec::new()], MARGIN);
    let mut layout = Layout { fonts: &fonts, width, height, sheets, y };
    layout.head(paper);
    layout.columns();
    for row in &paper.rows {
        layout.row(row);
    }
    layout.sums(paper);
    layout.feet(paper);

    let mut document = Document::new();
    let title = Metadata::new().title(paper.title.clone()).language("en".to_owned());
    document.set_metadata(title);
    let font = |bytes: &'static [u8]| {
        Font::new(bytes.into(), 0).ok_or_else(|| Error::internal("the font cannot be used"))
    };
    let regular = font(dejavu::sans_condensed::regular())?;
    let bold = font(dejavu::sans_condensed::bold())?;
    for drawn in &layout.sheets {
        draw(&mut document, (width, height), drawn, (&regular, &bold))?;
    }
    document.finish().map_err(|why| Error::internal(format!("{why:?}")))
}

fn draw(
    document: &mut Document,
    (width, height): (f32, f32),
    sheet: &[Drawn],
    (regular, bolder): (&Font, &Font),
) -> Result<()> {
    let size = PageSettings::from_wh(width, height);
    let size = size.ok_or_else(|| Error::internal("a sheet without a size"))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    for one in sheet {
        match one {
            Drawn::Text { x, y, size, bold, text } => {
                let font = if *bold { bolder } else { regular };
                let (at, way) = (Point::from_xy(*x, *y), TextDirection::Auto);
                surface.draw_text(at, font.clone(), *size, text, false, way);
            }
            Drawn::Rule { y } => {
                let mut line = PathBuilder::new();
                line.move_to(MARGIN, *y);
                line.line_to(width - MARGIN, *y);
                surface.set_stroke(Some(Stroke { width: 0.5, ..Stroke::default() }));
                if let Some(line) = line.finish() {
                    surface.draw_path(&line);
                }
                surface.set_stroke(None);
            }
        }
    }
    surface.finish();
    page.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(rows: usize) -> Paper {
        let row = |n| Row {
            text: format!("Línea {n}: Mitgliedschaft für Zoë Müller-Łukasiewicz, Ελλάδα"),
            quantity: "1".to_owned(),
            unit: "$99.00".to_owned(),
            amount: "$99.00".to_owned(),
        };
        Paper {
            title: "Invoice scte-2027-000001".to_owned(),
            number: "scte-2027-000001".to_owned(),
            seller: vec!["SCTE".to_owned(), "140 Philips Road".to_owned()],
            bill_to: "Renée O’Connor-Müller".to_owned(),
            facts: vec![("Issued", "1 March 2027".to_owned())],
            rows: (1..=rows).map(row).collect(),
            sums: vec![("Total".to_owned(), "$99.00".to_owned())],
            notes: vec![],
        }
    }

    /// The text of each page, as a program that is not ours reads it.
    fn read(file: &[u8]) -> Vec<String> {
        let document = lopdf::Document::load_mem(file).unwrap();
        let pages: Vec<u32> = document.get_pages().into_keys().collect();
        pages.into_iter().map(|page| document.extract_text(&[page]).unwrap()).collect()
    }

    #[test]
    fn a_file_is_read_back_with_every_letter() {
        let pages = read(&render(&paper(1), Sheet::Letter).unwrap());

        let text = pages.concat();
        for word in [
            "Invoice scte-2027-000001",
            "Renée O’Connor-Müller",
            "Zoë Müller-Łukasiewicz",
            "Ελλάδα",
            "1 March 2027",
            "$99.00",
            "page 1 of 1",
        ] {
            assert!(text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn many_lines_go_on_on_further_sheets() {
        let pages = read(&render(&paper(100), Sheet::A4).unwrap());

        assert!(pages.len() > 1);
        for n in 1..=100 {
            let line = format!("Línea {n}:");
            assert_eq!(pages.iter().filter(|page| page.contains(&line)).count(), 1, "{line}");
        }
        let foot = format!("page {0} of {0}", pages.len());
        assert!(pages.last().unwrap().contains(&foot), "{pages:?}");
        assert!(pages.last().unwrap().contains("Total"));
    }

    #[test]
    fn the_same_paper_is_the_same_file_and_sheets_have_their_size() {
        let render = |sheet| render(&paper(3), sheet).unwrap();
        assert_eq!(render(Sheet::Letter), render(Sheet::Letter));
        assert_ne!(render(Sheet::Letter), render(Sheet::A4));
    }

    #[test]
    fn what_is_too_wide_goes_on_in_the_next_line_and_nothing_is_lost() {
        let fonts = Fonts::open().unwrap();
        for text in ["a short one", &"Ł".repeat(300), &"many words ".repeat(40), ""] {
            let lines = fonts.wrapped(text, 120.0);
            assert!(lines.iter().all(|line| fonts.width(line, TEXT, false) <= 120.0), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').count();
            assert_eq!(lines.iter().map(|line| letters(line)).sum::<usize>(), letters(text));
        }
    }
}
