//! Property: whatever arrives in whatever order, the ledger balances, an order takes money once,
//! nothing is given back that was not captured, and no credit note takes back what no invoice asked
//! for; what goes back in many parts is all of each line in the end. As many cases as `PROPTEST_CASES` says, at least 2,000.

use chrono::{DateTime, Utc};
use contracts::commerce::OrderState;
use contracts::shared::ChargeLine;
use contracts::{ChargeId, Money, OrderId, PersonId, shared};
use proptest::prelude::*;
use uuid::Uuid;

use super::domain::{Account, RefundStep, Transaction, capture, refund};
use crate::charges::domain::Charge;
use crate::entities::{LegalEntities, Tax, seller};
use crate::invoices::domain::{Content, Document, Kind, Line, TakeBack, lines, sums};
use crate::orders::domain::{Fate, Order};

/// Stands for all that is left of a charge.
const REST: i64 = i64::MAX;

/// What can happen to an order, in any order.
#[derive(Debug, Clone)]
enum Happening {
    Capture { provider_payment: u8, minor: i64, hour: i64 },
    AskRefund { charge: usize, minor: i64 },
    AnswerRefund { which: usize, done: bool },
    Withdraw { charge: usize },
    Expire { charge: usize },
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (0..4_u8, prop_oneof![4 => Just(5000_i64), 1 => 1..9000_i64], 0..4_i64).prop_map(
            |(provider_payment, minor, hour)| Happening::Capture { provider_payment, minor, hour }
        ),
        (0..2_usize, prop_oneof![2 => -10..700_i64, 1 => 0..6000_i64, 1 => Just(REST)])
            .prop_map(|(charge, minor)| Happening::AskRefund { charge, minor }),
        (0..6_usize, any::<bool>())
            .prop_map(|(which, done)| Happening::AnswerRefund { which, done }),
        (0..2_usize).prop_map(|charge| Happening::Withdraw { charge }),
        (0..2_usize).prop_map(|charge| Happening::Expire { charge }),
    ]
}

struct Asked {
    charge: Option<usize>,
    amount: Money,
    open: bool,
    done: bool,
}

struct Books {
    order: Order,
    charges: Vec<Charge>,
    seen: Vec<u8>,
    applied: i64,
    arrived: i64,
    refunds: Vec<Asked>,
    posted: Vec<Transaction>,
    /// The invoice and its credit notes.
    invoices: Vec<Document>,
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_803_891_600 + hour * 3600, 0).unwrap()
}

fn invoice(order: &Order, charges: &[Charge]) -> Document {
    let tax = Tax::included("Tax", 725);
    let lines = lines(charges, &[tax]);
    let (total, tax) = sums(&lines, order.total.currency.clone());
    assert_eq!(total, order.total, "the lines come to the total");
    let content = Content {
        seller: seller(&LegalEntities::new(), "scte", false),
        bill_to: "Jo".to_owned(),
        lines,
        paid_on: None,
        of_number: None,
        reason: None,
        sample: false,
        sandbox: false,
    };
    Document {
        id: Uuid::from_u128(2),
        kind: Kind::Invoice,
        number: "i".to_owned(),
        order_id: order.id,
        payer: order.payer,
        legal_entity: "scte".to_owned(),
        issued_at: at(1),
        issued_on: at(1).date_naive(),
        due_on: None,
        po_number: None,
        total,
        tax,
        content,
        invoice_id: None,
        refund_id: None,
        credited: 0,
        version: 1,
    }
}

fn a_charge(id: u128, minor: i64) -> Charge {
    let line = |minor| ChargeLine {
        r#ref: "a".to_owned(),
        code: "A".to_owned(),
        text: "A".to_owned(),
        language: "en".to_owned(),
        quantity: 1,
        unit: Money::usd(minor),
    };
    let asked = shared::Charge {
        charge_id: ChargeId(Uuid::from_u128(id)),
        payer: PersonId(Uuid::from_u128(9)),
        beneficiary: PersonId(Uuid::from_u128(9)),
        // A small one, a large one and a discount.
        lines: vec![line(7), line(minor + 493), line(-500)],
        hold_until: at(2),
        return_path: "/".to_owned(),
        legal_entity: "scte".to_owned(),
        version: 1,
    };
    Charge::asked(if id == 1 { "membership" } else { "events" }, &asked)
}

impl Books {
    fn new() -> Self {
        let charges = vec![a_charge(1, 3500), a_charge(2, 1500)];
        let mut order = Order::over(OrderId(Uuid::from_u128(1)), &charges[0], at(0));
        order.total = Money::usd(5000);
        let (seen, refunds, posted, invoices) = (vec![], vec![], vec![], vec![]);
        Self { order, charges, seen, applied: 0, arrived: 0, refunds, posted, invoices }
    }

    fn happen(&mut self, what: &Happening) {
        match *what {
            Happening::Capture { provider_payment, minor, hour } => {
                self.arrive(provider_payment, minor, hour);
            }
            Happening::AskRefund { charge, minor } => {
                let left = self.charges[charge].remaining().minor;
                let amount = Money::usd(if minor == REST { left } else { minor });
                if let Ok(charged) = self.charges[charge].clone().refund_asked(&amount) {
                    self.charges[charge] = charged;
                    self.ask(Some(charge), amount);
                }
            }
            Happening::AnswerRefund { which, done } => self.answer(which, done),
            Happening::Withdraw { charge } => {
                self.charges[charge] = self.charges[charge].clone().withdrawn();
            }
            Happening::Expire { charge } => {
                self.charges[charge] = self.charges[charge].clone().expired();
                self.order = self.order.clone().cancelled();
            }
        }
    }

    fn arrive(&mut self, provider_payment: u8, minor: i64, hour: i64) {
        if self.seen.contains(&provider_payment) {
            return;
        }
        self.seen.push(provider_payment);
        self.arrived += minor;
        let amount = Money::usd(minor);
        let fate = self.order.fate_of(&amount);
        self.posted.push(capture("p", &amount, fate, &self.charges).unwrap());
        match fate {
            Fate::Applied => {
                self.applied += 1;
                self.order = self.order.clone().paid("r".to_owned(), at(hour), false);
                let paid = self.charges.iter().map(|charge| charge.clone().paid(at(hour)).0);
                self.charges = paid.collect();
                self.invoices.push(invoice(&self.order, &self.charges));
            }
            Fate::Surplus => self.ask(None, amount),
            Fate::Unmatched => {}
        }
    }

    fn ask(&mut self, charge: Option<usize>, amount: Money) {
        self.posted.push(refund("r", &amount, charge.is_some(), RefundStep::Asked).unwrap());
        self.refunds.push(Asked { charge, amount, open: true, done: false });
    }

    fn answer(&mut self, which: usize, done: bool) {
        let Some(asked) = self.refunds.get_mut(which).filter(|asked| asked.open) else { return };
        asked.open = false;
        asked.done = done;
        let step = if done { RefundStep::Done } else { RefundStep::Failed };
        self.posted.push(refund("r", &asked.amount, asked.charge.is_some(), step).unwrap());
        if let Some(index) = asked.charge {
            let (charge, minor) = (self.charges[index].clone(), asked.amount.minor);
            self.charges[index] =
                if done { charge.refund_done(minor) } else { charge.refund_failed(minor) };
            self.order = self.order.clone().after_refund(&self.charges);
            if done {
                self.credit(index, minor);
            }
        }
    }

    fn credit(&mut self, charge: usize, amount: i64) {
        let (invoice, earlier) = self.invoices.split_first_mut().unwrap();
        let back = TakeBack {
            id: Uuid::from_u128(3),
            number: "n".to_owned(),
            refund: Uuid::from_u128(4),
            charge: self.charges[charge].id,
            amount,
            reason: "r",
            at: at(3),
            on: at(3).date_naive(),
        };
        let more = TakeBack { amount: invoice.total.minor + 1, ..back.clone() };
        assert!(invoice.take_back(earlier, more).is_err(), "more than was asked for");
        let note = invoice.take_back(earlier, back).unwrap();
        assert_eq!(note.total.minor, amount);
        invoice.credited += amount;
        self.invoices.push(note);
    }

    /// No credit note takes back more than its invoice, in any line or tax of it.
    fn check_invoices(&self) {
        let Some((invoice, notes)) = self.invoices.split_first() else {
            assert_eq!(self.applied, 0, "paid is invoiced");
            return;
        };
        let credited: i64 = notes.iter().map(|note| note.total.minor).sum();
        assert!(credited <= invoice.total.minor);
        assert_eq!(credited, invoice.credited);
        let refunded: i64 = self.charges.iter().map(|charge| charge.refunded).sum();
        assert_eq!(credited, refunded, "what went back is credited");
        for line in &invoice.content.lines {
            let all = notes.iter().flat_map(|note| &note.content.lines);
            let of_it: Vec<_> = all.filter(|one| one.place == line.place).collect();
            let sum = |what: fn(&Line) -> i64| of_it.iter().map(|one| what(one)).sum::<i64>();
            for (whole, back) in
                [(line.amount, sum(|one| one.amount)), (line.tax, sum(|one| one.tax))]
            {
                assert!(back * whole.signum() >= 0 && back.abs() <= whole.abs(), "{of_it:?}");
                let mut of_line = self.charges.iter().filter(|one| one.id == line.charge);
                let open = of_line.any(|one| one.refunded < one.captured);
                assert!(open || back == whole, "all of a charge is all of its lines: {of_it:?}");
            }
        }
    }

    fn balance(&self, account: Account) -> i64 {
        let entries = self.posted.iter().flat_map(Transaction::entries);
        entries.filter(|entry| entry.account == account).map(|entry| entry.amount.minor).sum()
    }

    fn check(&self) {
        let entries = self.posted.iter().flat_map(Transaction::entries);
        assert_eq!(entries.map(|entry| entry.amount.minor).sum::<i64>(), 0, "the ledger balances");
        assert!(self.applied <= 1, "an order takes money once");
        let of = |open: bool| {
            let some = self.refunds.iter().filter(move |r| if open { r.open } else { r.done });
            some.map(|r| r.amount.minor).sum::<i64>()
        };
        assert_eq!(self.balance(Account::ProviderClearing), self.arrived - of(false));
        assert_eq!(self.balance(Account::RefundsPayable), -of(true));
        assert!(of(false) + of(true) <= self.arrived, "refunds never exceed what arrived");
        for charge in &self.charges {
            assert!(charge.refunding >= 0 && charge.refunded >= 0);
            assert!(charge.refunding + charge.refunded <= charge.captured);
        }
        let kept = self.charges.iter().map(|c| c.captured - c.refunding - c.refunded).sum::<i64>();
        let income = self.balance(Account::DeferredDues)
            + self.balance(Account::Revenue)
            + self.balance(Account::Refunds);
        assert_eq!(-income, kept, "kept money is income");
        let settled = matches!(self.order.state, OrderState::Paid | OrderState::Refunded);
        assert_eq!(settled, self.applied == 1);
        self.check_invoices();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2000)))]

    #[test]
    fn the_books_balance_whatever_happens(all in prop::collection::vec(happening(), 0..40)) {
        let mut books = Books::new();
        for what in &all {
            books.happen(what);
            books.check();
        }
    }

    #[test]
    fn refunds_in_many_parts_come_to_all_of_each_line(
        parts in prop::collection::vec((0..2_usize, 1..900_i64), 1..14),
    ) {
        let mut books = Books::new();
        books.happen(&Happening::Capture { provider_payment: 0, minor: 5000, hour: 1 });
        for (charge, minor) in parts.into_iter().chain([(0, REST), (1, REST)]) {
            let which = books.refunds.len();
            books.happen(&Happening::AskRefund { charge, minor });
            books.happen(&Happening::AnswerRefund { which, done: true });
            books.check();
        }
        prop_assert_eq!(books.invoices[0].left(), 0);
    }
}
