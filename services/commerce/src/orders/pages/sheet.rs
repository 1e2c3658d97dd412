//! The order sheet that stands beside every page of paying: lines, total, who sells.

use chassis::{App, Mode};
use contracts::Money;
use contracts::commerce::OrderLine;

use super::steps::receipt_path;
use crate::charges::domain::Charge;
use crate::invoices::domain::{Document, Line};
use crate::orders::domain::{Order, lines};
use crate::settings::Settings;

/// What `orders/sheet.html` and `orders/lines.html` show.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) title: &'static str,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) total: Money,
    pub(crate) seller: String,
    /// Whether the prices are invented.
    pub(crate) sample: bool,
    /// Whether no money moves at the provider.
    pub(crate) sandbox: bool,
    /// Where the receipt is, and its number.
    pub(crate) receipt: Option<(String, String)>,
}

impl Sheet {
    /// Before there is an order.
    pub(crate) fn of_charge(app: &App, charge: &Charge) -> Self {
        let (total, entity) = (charge.total.clone(), charge.legal_entity.as_str());
        Self {
            title: "What you pay for",
            lines: lines(std::slice::from_ref(charge)),
            total,
            seller: app.settings::<Settings>().seller(app.site(), entity).name,
            sample: app.site().mode == Mode::Demo,
            sandbox: app.settings::<Settings>().is_sandbox(),
            receipt: None,
        }
    }

    /// Of an order.
    pub(crate) fn of_order(app: &App, order: &Order, charges: &[Charge]) -> Self {
        let paid = order.receipt_number.clone();
        Self {
            title: if paid.is_some() { "What you paid for" } else { "What you pay for" },
            lines: lines(charges),
            total: order.total.clone(),
            seller: app.settings::<Settings>().seller(app.site(), &order.legal_entity).name,
            sample: app.site().mode == Mode::Demo,
            sandbox: app.settings::<Settings>().is_sandbox(),
            receipt: paid.map(|number| (receipt_path(order), number)),
        }
    }

    /// Of an order that was paid, as its invoice says it.
    pub(crate) fn of_invoice(invoice: &Document) -> Self {
        let line = |line: &Line| OrderLine {
            text: line.text.clone(),
            language: line.language.clone(),
            quantity: line.quantity,
            amount: invoice.money(line.amount),
        };
        Self {
            title: "What you paid for",
            lines: invoice.content.lines.iter().map(line).collect(),
            total: invoice.total.clone(),
            seller: invoice.content.seller.name.clone(),
            sample: invoice.content.sample,
            sandbox: invoice.content.sandbox,
            receipt: None,
        }
    }
}
