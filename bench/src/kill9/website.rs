//! What must be true of the real website's feeds when visitors joined while it was killed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use contracts::commerce::{ChargeOpened, ChargePaid, OrderPaid};
use contracts::identity::AccountRegistered;
use contracts::membership::TermStarted;
use contracts::shared::ChargeRequested;
use contracts::{ChargeId, Message, OrderId, PersonId, wire_type};
use serde::de::DeserializeOwned;

use super::checker::{Anomaly, Kind};
use super::visitors::Joined;
use crate::outcome::Outcome;

/// A message as it was found: its type and its body.
pub(crate) type Said = (String, String);

/// What the services said that joining is about.
#[derive(Debug, Default)]
pub(crate) struct Journeys {
    registered: Vec<(String, PersonId)>,
    requested: Vec<ChargeId>,
    opened: Vec<ChargeId>,
    paid: Vec<(ChargeId, PersonId)>,
    started: Vec<(ChargeId, PersonId, String)>,
    /// Paid orders, and the number that was told of each.
    numbered: Vec<(OrderId, String)>,
    /// Invoices as they stand in the table of commerce.
    invoices: Vec<(OrderId, String)>,
}

impl Journeys {
    /// Reads them out of the feeds; `invoices` are those of commerce: order and number.
    ///
    /// # Errors
    /// When a body is not what its type says.
    pub(crate) fn of(said: &[Said], invoices: Vec<(OrderId, String)>) -> Outcome<Self> {
        let requested = all::<ChargeRequested>(said, "membership")?;
        let opened = all::<ChargeOpened>(said, "commerce")?;
        let paid = all::<ChargePaid>(said, "commerce")?;
        let started = all::<TermStarted>(said, "membership")?;
        let registered = all::<AccountRegistered>(said, "identity")?;
        let numbered = all::<OrderPaid>(said, "commerce")?.into_iter().map(|one| one.order);
        let started = started
            .into_iter()
            .filter_map(|one| Some((one.term.charge_id?, one.term.person_id, one.member_number)));
        Ok(Self {
            registered: registered
                .into_iter()
                .map(|one| (one.account.address, one.account.person_id))
                .collect(),
            requested: requested.iter().map(|one| one.charge.charge_id).collect(),
            opened: opened.iter().map(|one| one.charge.charge_id).collect(),
            paid: paid.iter().map(|one| (one.charge.charge_id, one.charge.payer)).collect(),
            started: started.collect(),
            numbered: numbered
                .map(|order| (order.order_id, order.receipt_number.unwrap_or_default()))
                .collect(),
            invoices,
        })
    }

    /// Every charge opened once, every payment followed by one term, every paid order invoiced once
    /// under numbers without a gap, everybody who was told so is a member by one payment, under the
    /// number they were told.
    pub(crate) fn check(&self, joined: &[Joined]) -> Vec<Anomaly> {
        let mut found = Vec::new();
        for charge in &self.requested {
            let times = self.opened.iter().filter(|opened| *opened == charge).count();
            once(&mut found, times, &format!("charge {charge} was opened"));
        }
        for (charge, _) in &self.paid {
            let times = self.started.iter().filter(|(by, ..)| by == charge).count();
            once(&mut found, times, &format!("a term was started by charge {charge}"));
        }
        self.check_invoices(&mut found);
        let people: BTreeMap<&str, PersonId> =
            self.registered.iter().map(|(address, person)| (address.as_str(), *person)).collect();
        for Joined { address, number } in joined {
            let times = self.registered.iter().filter(|(known, _)| known == address).count();
            once(&mut found, times, &format!("{address} was registered"));
            let Some(person) = people.get(address.as_str()) else { continue };
            let times = self.paid.iter().filter(|(_, payer)| payer == person).count();
            once(&mut found, times, &format!("{address} paid"));
            let terms = self.started.iter().filter(|(_, member, _)| member == person);
            let numbers: Vec<&str> = terms.map(|(.., number)| number.as_str()).collect();
            once(&mut found, numbers.len(), &format!("a term of {address} was started"));
            if numbers.iter().any(|known| known != number) {
                let what = format!("{address} was told {number}, the feed says {numbers:?}");
                found.push(Anomaly { kind: Kind::StateDiffers, what });
            }
        }
        found
    }

    fn check_invoices(&self, found: &mut Vec<Anomaly>) {
        for (order, number) in &self.numbered {
            let of_it = self.invoices.iter().filter(|(of, _)| of == order);
            let numbers: Vec<&str> = of_it.map(|(_, number)| number.as_str()).collect();
            once(found, numbers.len(), &format!("order {order} was invoiced"));
            if numbers.iter().any(|known| known != number) {
                let what = format!("order {order} was told {number}, its invoice is {numbers:?}");
                found.push(Anomaly { kind: Kind::StateDiffers, what });
            }
        }
        if self.invoices.len() != self.numbered.len() {
            let (invoices, paid) = (self.invoices.len(), self.numbered.len());
            let what = format!("{invoices} invoices for {paid} paid orders");
            found.push(Anomaly { kind: Kind::StateDiffers, what });
        }
        let numbers: BTreeSet<&str> = self.invoices.iter().map(|(_, number)| &**number).collect();
        let mut series: BTreeMap<&str, usize> = BTreeMap::new();
        for number in &numbers {
            let (prefix, last) = number.rsplit_once('-').unwrap_or((number, ""));
            let expected = series.entry(prefix).or_default();
            *expected += 1;
            if last.parse() != Ok(*expected) {
                let what = format!("invoice {number} stands where {expected} should");
                found.push(Anomaly { kind: Kind::Gap, what });
            }
        }
    }
}

fn once(found: &mut Vec<Anomaly>, times: usize, what: &str) {
    match times {
        0 => found.push(Anomaly { kind: Kind::Lost, what: format!("{what} never") }),
        1 => {}
        more => found.push(Anomaly { kind: Kind::Doubled, what: format!("{what} {more} times") }),
    }
}

fn all<M: Message + DeserializeOwned>(said: &[Said], service: &str) -> Outcome<Vec<M>> {
    let wanted = wire_type::<M>(service);
    let bodies = said.iter().filter(|(r#type, _)| *r#type == wanted);
    bodies.map(|(_, body)| Ok(serde_json::from_str(body)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn journeys() -> (Journeys, Joined) {
        let (charge, person) =
            (ChargeId::from(Uuid::from_u128(1)), PersonId::from(Uuid::from_u128(2)));
        let order = OrderId::from(Uuid::from_u128(3));
        let journeys = Journeys {
            registered: vec![("jo@scte.test".to_owned(), person)],
            requested: vec![charge],
            opened: vec![charge],
            paid: vec![(charge, person)],
            started: vec![(charge, person, "M1".to_owned())],
            numbered: vec![(order, "scte-2027-000001".to_owned())],
            invoices: vec![(order, "scte-2027-000001".to_owned())],
        };
        (journeys, Joined { address: "jo@scte.test".to_owned(), number: "M1".to_owned() })
    }

    fn planted(plant: impl FnOnce(&mut Journeys, &mut Joined)) -> Vec<Kind> {
        let (mut journeys, mut joined) = journeys();
        plant(&mut journeys, &mut joined);
        journeys.check(&[joined]).into_iter().map(|anomaly| anomaly.kind).collect()
    }

    #[test]
    fn a_journey_that_went_well_shows_nothing() {
        assert_eq!(planted(|_, _| ()), []);
    }

    #[test]
    fn what_is_missing_is_lost_and_what_is_there_twice_is_doubled() {
        assert_eq!(planted(|found, _| found.opened.clear()), [Kind::Lost]);
        assert_eq!(planted(|found, _| found.registered.clear()), [Kind::Lost]);
        assert_eq!(planted(|found, _| found.opened.push(found.opened[0])), [Kind::Doubled]);
        let twice =
            |found: &mut Journeys, _: &mut Joined| found.started.push(found.started[0].clone());
        assert_eq!(planted(twice), [Kind::Doubled, Kind::Doubled]);
        let paid_twice = |found: &mut Journeys, _: &mut Joined| found.paid.push(found.paid[0]);
        assert_eq!(planted(paid_twice), [Kind::Doubled]);
    }

    #[test]
    fn a_paid_order_has_one_invoice_and_numbers_have_no_gap() {
        assert_eq!(planted(|found, _| found.invoices.clear()), [Kind::Lost, Kind::StateDiffers]);
        let renamed = |found: &mut Journeys, _: &mut Joined| {
            found.invoices[0].1 = "scte-2027-000002".to_owned();
        };
        assert_eq!(planted(renamed), [Kind::StateDiffers, Kind::Gap]);
        let (other, number) = (OrderId::from(Uuid::from_u128(4)), "scte-2027-000003".to_owned());
        let gap = |found: &mut Journeys, _: &mut Joined| {
            found.invoices.push((other, number.clone()));
            found.numbered.push((other, number));
        };
        assert_eq!(planted(gap), [Kind::Gap]);
        let of_nobody = |found: &mut Journeys, _: &mut Joined| {
            found.invoices.push((other, "scte-2027-000002".to_owned()));
        };
        assert_eq!(planted(of_nobody), [Kind::StateDiffers]);
    }

    #[test]
    fn another_number_than_was_told_shows() {
        assert_eq!(planted(|_, joined| joined.number = "M2".to_owned()), [Kind::StateDiffers]);
    }
}
