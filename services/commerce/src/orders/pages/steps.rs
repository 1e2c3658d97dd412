//! "What happens now": the way of a payment as its payer reads it.

use chassis::Site;
use chassis::ui::Timeline;
use chrono::{DateTime, Utc};

use super::checkout::Stand;
use crate::orders::domain::Order;
use crate::payments::domain::Payment;
use crate::refunds::domain::{Refund, State};
use crate::text::beside;

/// What the steps are made of.
pub(super) struct Way<'a> {
    pub(super) order: &'a Order,
    pub(super) stand: &'a Stand,
    pub(super) latest: Option<&'a Payment>,
    /// Those of a charge; what came twice and went back is no step of the payer's.
    pub(super) refunds: &'a [Refund],
    pub(super) now: DateTime<Utc>,
    pub(super) site: &'a Site,
}

impl Way<'_> {
    fn at(&self, at: DateTime<Utc>) -> String {
        beside(at, self.now, self.site)
    }

    /// The steps; none when nothing more happens.
    pub(super) fn steps(&self) -> Timeline {
        let asked = format!("You asked to pay {}", self.order.total);
        let opened = Timeline::new().done(self.at(self.order.opened_at), asked);
        match self.stand {
            Stand::Contacting => {
                let now = opened.now("now", "The payment provider prepares its page");
                Self::receipt_comes(now.next("then", "You pay there and come back here"))
            }
            Stand::Ready { .. } => {
                let now = opened.now("now", "You pay on the page of the payment provider");
                let now = now.note("This site never sees the number of your card.");
                Self::receipt_comes(
                    now.next("then", "You come back here, and the payment is confirmed"),
                )
            }
            Stand::Confirming { .. } => Self::receipt_comes(
                self.returned(opened)
                    .now("now", "The payment provider confirms the payment")
                    .note("Usually within seconds; a bank transfer can take days."),
            ),
            Stand::InReview => self
                .returned(opened)
                .failed("", "Another amount arrived than was asked for")
                .now("now", "Our staff look at it")
                .next("then", "It is given back, or settled with you"),
            // What the page says of these is all there is to say.
            Stand::Declined { .. } | Stand::Closed => Timeline::new(),
            Stand::Paid { late } => Self::made_ready(self.money(opened, *late), *late),
            Stand::Refunded => self.money(opened, self.order.late),
        }
    }

    fn returned(&self, steps: Timeline) -> Timeline {
        match self.latest.and_then(|payment| payment.returned_at) {
            Some(at) => steps.done(self.at(at), "You came back from the provider’s page"),
            None => steps,
        }
    }

    fn receipt_comes(steps: Timeline) -> Timeline {
        steps.next("then", "The receipt stands under My orders and goes to you by mail")
    }

    /// The money that came, and what of it went back.
    fn money(&self, steps: Timeline, late: bool) -> Timeline {
        let paid_at = self.order.paid_at.unwrap_or(self.now);
        let what = if late { "Payment arrived, after its time" } else { "Payment arrived" };
        let steps = steps.done(self.at(paid_at), what);
        self.refunds.iter().fold(steps, |steps, refund| {
            let what = |said: &str| format!("Refund of {}: {said}", refund.amount);
            match (refund.state, refund.done_at) {
                (State::Done, Some(at)) => steps.done(self.at(at), what("given back")),
                (State::Failed, _) => {
                    steps.failed(self.at(refund.asked_at), what("being looked at by our staff"))
                }
                _ => steps.now("now", what("on its way")),
            }
        })
    }

    fn made_ready(steps: Timeline, late: bool) -> Timeline {
        let steps = steps.next("then", "The receipt goes to you by mail");
        if late {
            return steps.next("then", "What you paid for is made ready, or the money goes back");
        }
        steps.next("then", "What you paid for is made ready").note("Usually within seconds.")
    }
}

/// Where the receipt of an order is.
pub(super) fn receipt_path(order: &Order) -> String {
    format!("/billing/receipts/{}", order.id)
}
