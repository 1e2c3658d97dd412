//! Property: whatever arrives in whatever order, the ledger balances, an order takes money once,
//! and nothing is given back that was not captured.

use chrono::{DateTime, Utc};
use contracts::commerce::OrderState;
use contracts::shared::ChargeLine;
use contracts::{ChargeId, Money, OrderId, PersonId, shared};
use proptest::prelude::*;
use uuid::Uuid;

use super::domain::{Account, RefundStep, Transaction, capture, refund};
use crate::charges::domain::Charge;
use crate::orders::domain::{Fate, Order};

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
        (0..2_usize, -10..6000_i64)
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
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_803_891_600 + hour * 3600, 0).unwrap()
}

fn a_charge(id: u128, minor: i64) -> Charge {
    let line = ChargeLine {
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
        lines: vec![line],
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
        let (seen, refunds, posted) = (vec![], vec![], vec![]);
        Self { order, charges, seen, applied: 0, arrived: 0, refunds, posted }
    }

    fn happen(&mut self, what: &Happening) {
        match *what {
            Happening::Capture { provider_payment, minor, hour } => {
                self.arrive(provider_payment, minor, hour);
            }
            Happening::AskRefund { charge, minor } => {
                let amount = Money::usd(minor);
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
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_books_balance_whatever_happens(all in prop::collection::vec(happening(), 0..40)) {
        let mut books = Books::new();
        for what in &all {
            books.happen(what);
            books.check();
        }
    }
}
