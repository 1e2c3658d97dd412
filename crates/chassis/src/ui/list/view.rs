//! How a list looks, and its file.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use messaging::{Error, Result};

use super::wanted::{Cursor, Wanted};
use super::{Asked, Cell, Filter, Kind, List, MOST_ROWS, PER_PAGE};
use crate::form::Fields;
use crate::ui::{Markup, state};

/// What came of a list: a table to show, or a file to give.
#[derive(Debug)]
pub enum Listed {
    /// The filters, the table and the pager.
    Table(Markup),
    /// The answer itself: CSV of what is seen.
    File(Response),
}

#[derive(Template)]
#[template(path = "ui/list.html")]
struct Table<'a> {
    path: &'a str,
    lead: &'a Markup,
    title: &'a str,
    search: Option<(&'a str, &'a str)>,
    filters: Vec<FilterHtml<'a>>,
    narrowed: bool,
    sort: Option<&'a str>,
    heads: Vec<HeadHtml<'a>>,
    rows: Vec<RowHtml>,
    bulk: &'a [(&'static str, &'static str)],
    fields: Fields,
    done: Option<u32>,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    empty: (&'a str, &'a str),
}

struct FilterHtml<'a> {
    name: &'a str,
    label: &'a str,
    value: String,
    /// Value, label; none: a day.
    choices: Option<&'a [(String, String)]>,
}

struct HeadHtml<'a> {
    text: &'a str,
    class: &'static str,
    /// Where to go to sort by it, and how it is sorted now.
    sort: Option<(String, Option<&'static str>)>,
}

struct RowHtml {
    id: String,
    cells: Vec<(Cell, Kind)>,
}

impl RowHtml {
    fn name(&self) -> &str {
        self.cells.first().map_or("", |(cell, _)| cell.text.as_str())
    }
}

impl<R> List<'_, R> {
    /// The whole page: the head and `table`.
    pub(crate) fn page(&self, asked: &Asked, table: Markup) -> ListPage<'_> {
        let file = self.address(asked, &[("format", "csv")]);
        ListPage { title: self.title, acts: &self.acts, file, table }
    }

    /// What its file is called.
    pub(crate) fn name(&self) -> &'static str {
        self.key
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The address of this list as it is narrowed and sorted now, with something more said.
    fn address(&self, asked: &Asked, more: &[(&str, &str)]) -> String {
        let names = ["q", "sort"].into_iter().chain(self.filters.iter().map(|(name, ..)| *name));
        let said = |name: &str| more.iter().any(|(other, _)| *other == name);
        let mut pairs: Vec<(&str, &str)> = names
            .filter(|name| !said(name))
            .filter_map(|name| Some((name, asked.value(name)?)))
            .collect();
        pairs.extend(more);
        // Writing pairs of texts cannot fail.
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The table over `found`, which has one row more than a page when there are more.
    pub(crate) fn table(
        &self,
        asked: &Asked,
        wanted: &Wanted,
        mut found: Vec<R>,
        blank: impl FnOnce() -> Fields,
    ) -> Result<Markup> {
        let more = found.len() > PER_PAGE;
        found.truncate(PER_PAGE);
        if wanted.backward {
            found.reverse();
        }
        let (earlier, later) =
            if wanted.backward { (more, true) } else { (wanted.cursor.is_some(), more) };
        let at = |row: Option<&R>, way: &str| {
            let written = self.cursor(wanted, row?)?.written();
            Some(self.address(asked, &[(way, &written)]))
        };
        let narrowed = asked.value("q").is_some()
            || self.filters.iter().any(|(name, ..)| asked.value(name).is_some());
        let table = Table {
            path: &self.path,
            lead: &self.lead,
            title: self.title,
            search: self.search.map(|label| (label, wanted.word().unwrap_or_default())),
            filters: self.filters.iter().map(|filter| filter_html(filter, wanted)).collect(),
            narrowed,
            sort: asked.value("sort"),
            heads: self.heads(asked, wanted),
            previous: earlier.then(|| at(found.first(), "before")).flatten(),
            next: later.then(|| at(found.last(), "after")).flatten(),
            first: wanted.cursor.is_some().then(|| self.address(asked, &[])),
            rows: found.iter().map(|row| self.row(row)).collect(),
            bulk: &self.bulk,
            // A page without a form needs no cookie.
            fields: if self.bulk.is_empty() { Fields::default() } else { blank() },
            done: asked.value("done").and_then(|count| count.parse().ok()),
            empty: self.empty,
        };
        Markup::of(&table)
    }

    fn heads(&self, asked: &Asked, wanted: &Wanted) -> Vec<HeadHtml<'_>> {
        let head = |column: &super::Column<'_, R>| {
            let sort = column.sorted.as_ref().map(|by| {
                let now = (by.key == wanted.key).then_some(if wanted.descending {
                    "descending"
                } else {
                    "ascending"
                });
                // The second click turns the order round.
                let turned = format!("-{}", by.key);
                let to = if now == Some("ascending") { turned.as_str() } else { by.key };
                (self.address(asked, &[("sort", to)]), now)
            });
            HeadHtml { text: column.head, class: column.kind.class(), sort }
        };
        self.columns.iter().map(head).collect()
    }

    fn row(&self, row: &R) -> RowHtml {
        let cells = self.columns.iter().map(|column| ((column.cell)(row), column.kind)).collect();
        RowHtml { id: (self.id)(row).to_string(), cells }
    }

    fn cursor(&self, wanted: &Wanted, row: &R) -> Option<Cursor> {
        let by = self.by_key(&wanted.key)?;
        Some(Cursor((by.of)(row), (self.id)(row)))
    }

    /// What the query asks of this list, and of its file when it is one.
    pub(crate) fn wanted(&self, asked: &Asked) -> Wanted {
        asked.of_list(self)
    }

    /// A file of these rows: what the list shows, in its columns and its order.
    pub(crate) fn file(&self) -> Result<Csv> {
        let mut rows = csv::Writer::from_writer(Vec::new());
        let heads = self.columns.iter().map(|column| column.head);
        rows.write_record(heads).map_err(Error::internal)?;
        Ok(Csv { rows, count: 0 })
    }

    /// Adds rows to the file; says what is wanted next, nothing after the last.
    pub(crate) fn write_page(
        &self,
        file: &mut Csv,
        wanted: &Wanted,
        found: &[R],
    ) -> Result<Option<Wanted>> {
        let shown = &found[..found.len().min(wanted.limit)];
        for row in shown {
            let cells =
                self.columns.iter().map(|column| plain((column.cell)(row).text, column.kind));
            file.rows.write_record(cells).map_err(Error::internal)?;
        }
        file.count += shown.len();
        let more = found.len() > wanted.limit;
        if more && file.count >= MOST_ROWS {
            let message = "a file has at most 50,000 rows: narrow the list by its filters first";
            return Err(Error::refused("too_many_rows", message));
        }
        let cursor = shown.last().filter(|_| more).and_then(|row| self.cursor(wanted, row));
        Ok(cursor.map(|cursor| Wanted { cursor: Some(cursor), ..wanted.clone() }))
    }
}

/// A file of a list being written.
pub(crate) struct Csv {
    rows: csv::Writer<Vec<u8>>,
    count: usize,
}

impl Csv {
    #[cfg(test)]
    pub(super) fn text(self) -> String {
        String::from_utf8(self.rows.into_inner().unwrap()).unwrap()
    }

    /// The answer that makes a browser keep it as `<name>.csv`.
    pub(crate) fn answer(self, name: &str) -> Result<Response> {
        let bytes = self.rows.into_inner().map_err(Error::internal)?;
        let named = format!("attachment; filename=\"{name}.csv\"");
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
            (CONTENT_DISPOSITION, HeaderValue::from_str(&named).map_err(Error::internal)?),
            (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ];
        Ok((headers, bytes).into_response())
    }
}

/// What somebody typed must not be taken for a formula by the program that opens the file.
fn plain(text: String, kind: Kind) -> String {
    if kind != Kind::Number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}");
    }
    text
}

fn filter_html<'a>(
    (name, label, filter): &'a (&'static str, &'static str, Filter),
    wanted: &Wanted,
) -> FilterHtml<'a> {
    let (value, choices) = match filter {
        Filter::Choice(choices) => {
            (wanted.chosen(name).unwrap_or_default().to_owned(), Some(choices.as_slice()))
        }
        Filter::Day => (wanted.day(name).map(|day| day.to_string()).unwrap_or_default(), None),
    };
    FilterHtml { name, label, value, choices }
}

/// The page of a list.
#[derive(Template)]
#[template(path = "ui/list_page.html")]
pub(crate) struct ListPage<'a> {
    title: &'a str,
    acts: &'a [(String, &'static str)],
    file: String,
    table: Markup,
}
