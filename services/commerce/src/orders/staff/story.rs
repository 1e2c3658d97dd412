//! The way of an order's money, step by step, as staff read it.

use chassis::Site;
use chassis::command::Audited;
use chassis::ui::Timeline;
use chrono::{DateTime, Utc};
use contracts::commerce::OrderState;

use crate::charges::domain::Charge;
use crate::orders::domain::{Fate, Order};
use crate::payments::domain::Payment;
use crate::payments::tables::Capture;
use crate::refunds::domain::{Refund, State};
use crate::text::beside;

/// What the steps are made of.
pub(super) struct Story<'a> {
    pub(super) order: &'a Order,
    pub(super) charges: &'a [Charge],
    pub(super) payments: &'a [Payment],
    pub(super) captures: &'a [Capture],
    pub(super) refunds: &'a [Refund],
    pub(super) audit: &'a [Audited],
    pub(super) now: DateTime<Utc>,
    pub(super) site: &'a Site,
}

/// One step that was taken.
struct Step {
    at: DateTime<Utc>,
    failed: bool,
    what: String,
    note: String,
}

fn step(at: DateTime<Utc>, what: impl Into<String>, note: impl Into<String>) -> Step {
    Step { at, failed: false, what: what.into(), note: note.into() }
}

impl Step {
    fn failed(self) -> Self {
        Self { failed: true, ..self }
    }
}

impl Story<'_> {
    /// The steps taken, in the order of time, then what goes on and what comes.
    pub(super) fn timeline(&self) -> Timeline {
        let mut steps = vec![step(self.order.opened_at, "Order opened", self.asked())];
        steps.extend(self.payments.iter().flat_map(attempt));
        steps.extend(self.captures.iter().map(|money| self.arrived(money)));
        steps.extend(self.audit.iter().filter_map(audited));
        steps.extend(self.refunds.iter().flat_map(refund));
        steps.sort_by_key(|step| step.at);
        let taken = steps.into_iter().fold(Timeline::new(), |timeline, step| {
            let when = beside(step.at, self.order.opened_at, self.site);
            let timeline = if step.failed {
                timeline.failed(when, step.what)
            } else {
                timeline.done(when, step.what)
            };
            timeline.note(step.note)
        });
        self.ahead(taken)
    }

    fn asked(&self) -> String {
        let services: Vec<&str> = self.charges.iter().map(|one| one.asked_by.as_str()).collect();
        format!("{} asked for {}", services.join(", "), self.order.total)
    }

    fn arrived(&self, money: &Capture) -> Step {
        let note = format!("{}, {}", money.amount, money.provider_payment);
        let one = |what| step(money.captured_at, what, note);
        match money.fate.as_str() {
            fate if fate == Fate::Applied.as_str() && self.order.late => {
                one("Payment arrived late")
            }
            fate if fate == Fate::Applied.as_str() => one("Payment arrived"),
            fate if fate == Fate::Surplus.as_str() => one("Money arrived a second time").failed(),
            _ => one("Another amount arrived than was asked for").failed(),
        }
    }

    fn ahead(&self, steps: Timeline) -> Timeline {
        let under_way = self.refunds.iter().filter(|refund| refund.state == State::Asked);
        let steps = under_way.fold(steps, |steps, refund| {
            steps.now("now", format!("The provider is asked to give {} back", refund.amount))
        });
        let unplaced =
            |one: &Capture| one.fate == Fate::Unmatched.as_str() && one.remaining().minor > 0;
        if self.captures.iter().any(unplaced) {
            return steps.now("now", "Money that pays nothing waits for you");
        }
        let returned = |one: &Payment| one.is_running() && one.returned_at.is_some();
        if self.order.state != OrderState::Open {
            return steps;
        }
        if self.payments.last().is_some_and(returned) {
            return steps.now("now", "The provider has not confirmed yet");
        }
        let holds = self.charges.iter().filter(|charge| charge.is_offered(self.now));
        match holds.map(|charge| charge.hold_until).min() {
            Some(until) => steps
                .now("now", "Waiting for the payer")
                .next(beside(until, self.order.opened_at, self.site), "The time to pay ends"),
            None => steps,
        }
    }
}

fn attempt(payment: &Payment) -> Vec<Step> {
    let session = payment.session.clone().unwrap_or_default();
    let begun = step(payment.started_at, format!("Attempt {} begun", payment.number), session);
    let back = payment.returned_at.map(|at| step(at, "Payer came back from the provider", ""));
    std::iter::once(begun).chain(back).collect()
}

fn audited(entry: &Audited) -> Option<Step> {
    match entry.act.as_str() {
        "payment_failed" => {
            let code = entry.detail["code"].as_str().unwrap_or_default();
            Some(step(entry.at, "Attempt failed", code.replace('_', " ")).failed())
        }
        "cancelled" => Some(step(entry.at, "Time to pay over", "Payment is not offered").failed()),
        _ => None,
    }
}

fn refund(refund: &Refund) -> Vec<Step> {
    let reason = refund.reason.replace('_', " ");
    let asked = step(refund.asked_at, format!("Refund of {} asked for", refund.amount), reason);
    let end = match refund.state {
        State::Done => {
            refund.done_at.map(|at| step(at, format!("{} given back", refund.amount), ""))
        }
        State::Failed => {
            let code = refund.code.as_deref().unwrap_or_default().replace('_', " ");
            Some(step(refund.asked_at, "The provider refused the refund", code).failed())
        }
        State::Asked => None,
    };
    std::iter::once(asked).chain(end).collect()
}
