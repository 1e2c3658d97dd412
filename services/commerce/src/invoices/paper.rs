//! What stands on paper: an invoice, a credit note or a receipt in words, for the page that is
//! printed and for the file alike. It says nothing that changes after the document was issued,
//! except a receipt, which also tells what went back.

use chassis::ui::day;
use chrono::NaiveDate;

use super::domain::{Document, Kind, Line};
use crate::orders::domain::shown_number;

/// A sheet, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) title: String,
    pub(crate) number: String,
    /// Name, address, tax number.
    pub(crate) seller: Vec<String>,
    pub(crate) bill_to: String,
    /// Name and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) rows: Vec<Row>,
    /// Name and amount; the last is what it comes to.
    pub(crate) sums: Vec<(String, String)>,
    pub(crate) notes: Vec<&'static str>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) quantity: String,
    pub(crate) unit: String,
    pub(crate) amount: String,
}

const SAMPLE: &str = "The prices are samples, invented for a demonstration.";
const SANDBOX: &str = "Paid at a sandbox: no money moved.";

fn written(on: NaiveDate) -> String {
    day(on).text().to_owned()
}

impl Paper {
    /// An invoice or a credit note, as it was issued.
    pub(crate) fn of(document: &Document) -> Self {
        let content = &document.content;
        let mut facts = vec![("Issued", written(document.issued_on))];
        facts.extend(document.due_on.map(|on| ("Due", written(on))));
        facts.extend(content.paid_on.map(|on| ("Paid", written(on))));
        facts.extend(content.of_number.clone().map(|number| ("Credit of", number)));
        let reason = content.reason.as_deref().map(|code| ("Reason", code.replace('_', " ")));
        facts.extend(reason);
        facts.extend(document.po_number.clone().map(|number| ("Your order", number)));
        facts.push(("Order", shown_number(document.order_id)));
        let total = match document.kind {
            Kind::Invoice => "Total",
            Kind::CreditNote => "Total credited",
        };
        let mut sums = taxes(document);
        sums.push((total.to_owned(), document.total.to_string()));
        Self {
            title: format!("{} {}", document.kind.title(), document.number),
            facts,
            sums,
            ..Self::bare(document)
        }
    }

    /// The receipt of an invoice: by which payment it was paid, and what went back since.
    pub(crate) fn receipt(invoice: &Document, notes: &[Document], payment: Option<&str>) -> Self {
        let mut facts = Vec::new();
        facts.extend(invoice.content.paid_on.map(|on| ("Paid", written(on))));
        facts.extend(payment.map(|payment| ("Payment", payment.to_owned())));
        facts.push(("Invoice", invoice.number.clone()));
        facts.push(("Order", shown_number(invoice.order_id)));
        let mut sums = taxes(invoice);
        let back = |note: &Document| {
            let what = format!("Given back, {}", note.number);
            (what, note.money(-note.total.minor).to_string())
        };
        sums.push(("Total paid".to_owned(), invoice.total.to_string()));
        if !notes.is_empty() {
            sums.extend(notes.iter().map(back));
            let left = invoice.total.minor - notes.iter().map(|n| n.total.minor).sum::<i64>();
            sums.push(("Kept".to_owned(), invoice.money(left).to_string()));
        }
        let title = format!("Receipt {}", invoice.number);
        Self { title, facts, sums, ..Self::bare(invoice) }
    }

    /// What all of them have.
    fn bare(document: &Document) -> Self {
        let content = &document.content;
        let mut seller = vec![content.seller.name.clone()];
        seller.extend(content.seller.address.iter().cloned());
        seller.extend(content.seller.tax_number.iter().map(|number| format!("Tax no. {number}")));
        let notes = [(content.sample, SAMPLE), (content.sandbox, SANDBOX)];
        Self {
            title: String::new(),
            number: document.number.clone(),
            seller,
            bill_to: content.bill_to.clone(),
            facts: Vec::new(),
            rows: content.lines.iter().map(|line| row(document, line)).collect(),
            sums: Vec::new(),
            notes: notes.into_iter().filter(|(said, _)| *said).map(|(_, note)| note).collect(),
        }
    }
}

fn row(document: &Document, line: &Line) -> Row {
    let text = match document.kind {
        Kind::Invoice => line.text.clone(),
        Kind::CreditNote => format!("{} (line {})", line.text, line.place),
    };
    Row {
        text,
        quantity: line.quantity.to_string(),
        unit: document.money(line.unit).to_string(),
        amount: document.money(line.amount).to_string(),
    }
}

/// The taxes that are in the lines, each by its name.
fn taxes(document: &Document) -> Vec<(String, String)> {
    let mut sums: Vec<(&str, i64)> = Vec::new();
    for line in &document.content.lines {
        let Some(name) = line.tax_name.as_deref() else { continue };
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += line.tax,
            None => sums.push((name, line.tax)),
        }
    }
    let said = |(name, sum)| (format!("{name}, included"), document.money(sum).to_string());
    sums.into_iter().map(said).collect()
}
