//! Who sells, and which taxes are in a price: `[commerce.legal_entities.<code>]` and
//! `[[commerce.taxes]]` of the configuration. Pure.

use std::collections::BTreeMap;

use contracts::shared::ChargeLine;
use serde::{Deserialize, Serialize};

use crate::charges::domain::{Charge, line_amount};

/// A legal entity as the configuration says it; what is not said is known here or left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LegalEntity {
    /// The name that invoices are written in.
    name: Option<String>,
    /// The lines of its address.
    address: Vec<String>,
    /// The number the tax office knows it by.
    tax_number: Option<String>,
    /// What its numbers begin with: letters and digits, at most 20. Without a word, its code.
    prefix: Option<String>,
}

/// A tax that is in the price of some lines.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tax {
    /// What stands on the invoice.
    name: String,
    /// Its rate in hundredths of a percent: 600 is 6 %.
    basis_points: i64,
    /// The service whose charges bear it. Without a word: every one.
    #[serde(default)]
    service: Option<String>,
    /// What the code of a line begins with that bears it. Without a word: every line.
    #[serde(default)]
    code: Option<String>,
}

#[cfg(test)]
impl Tax {
    /// A tax that is in every price.
    pub(crate) fn included(name: &str, basis_points: i64) -> Self {
        Self { name: name.to_owned(), basis_points, service: None, code: None }
    }
}

/// Who sells, as it stands on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seller {
    pub(crate) name: String,
    pub(crate) address: Vec<String>,
    pub(crate) tax_number: Option<String>,
}

/// The tax in a line: its name and how much of the line it is, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaxOf {
    pub(crate) name: Option<String>,
    pub(crate) minor: i64,
}

/// All legal entities that the configuration describes, by their codes.
pub(crate) type LegalEntities = BTreeMap<String, LegalEntity>;

/// The seller behind a legal entity's code. In a demonstration its tax number is invented, and
/// says so.
pub(crate) fn seller(known: &LegalEntities, code: &str, demo: bool) -> Seller {
    let said = known.get(code).cloned().unwrap_or_default();
    let (name, address) = match code {
        "scte" | "SCTE" => (
            "SCTE, Society of Cable Telecommunications Engineers",
            vec!["140 Philips Road".to_owned(), "Exton, Pennsylvania".to_owned()],
        ),
        code => (code, Vec::new()),
    };
    let sample = || demo.then(|| "00-0000000 (sample)".to_owned());
    Seller {
        name: said.name.unwrap_or_else(|| name.to_owned()),
        address: if said.address.is_empty() { address } else { said.address },
        tax_number: said.tax_number.or_else(sample),
    }
}

/// What the numbers of a legal entity begin with.
pub(crate) fn prefix(known: &LegalEntities, code: &str) -> String {
    let said = known.get(code).and_then(|entity| entity.prefix.as_deref());
    slug(said.unwrap_or(code))
}

fn slug(text: &str) -> String {
    let word: String = text.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    word.to_ascii_lowercase()
}

/// The first tax of the table that fits a line of a charge; the price has it in it.
pub(crate) fn tax_in(taxes: &[Tax], charge: &Charge, line: &ChargeLine) -> TaxOf {
    let fits = |tax: &&Tax| {
        let service = tax.service.as_ref().is_none_or(|service| *service == charge.asked_by);
        service && tax.code.as_ref().is_none_or(|code| line.code.starts_with(code.as_str()))
    };
    let Some(tax) = taxes.iter().find(fits) else { return TaxOf { name: None, minor: 0 } };
    let (whole, rate) = (i128::from(line_amount(line).minor), i128::from(tax.basis_points));
    TaxOf { name: Some(tax.name.clone()), minor: half_up(whole * rate, 10_000 + rate) }
}

/// The quotient, rounded half up; `by` is not zero.
pub(crate) fn half_up(what: i128, by: i128) -> i64 {
    let (what, by) = if by < 0 { (-what, -by) } else { (what, by) };
    let rounded = (2 * what + by).div_euclid(2 * by.max(1));
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

/// What of the configuration cannot be used, said to whoever wrote it.
pub(crate) fn check(entities: &LegalEntities, taxes: &[Tax]) -> Result<(), String> {
    for (code, entity) in entities {
        let Some(prefix) = &entity.prefix else { continue };
        if slug(prefix).is_empty() || slug(prefix) != *prefix {
            return Err(format!(
                "[commerce.legal_entities.{code}] prefix is {prefix:?}: write 1 to 20 small \
                 letters and digits"
            ));
        }
    }
    match taxes.iter().find(|tax| !(0..=10_000).contains(&tax.basis_points)) {
        Some(tax) => Err(format!(
            "[[commerce.taxes]] {:?} has basis_points = {}: write 0 to 10000 (600 is 6 %)",
            tax.name, tax.basis_points
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entities(prefix: &str) -> LegalEntities {
        let said = LegalEntity { prefix: Some(prefix.to_owned()), ..LegalEntity::default() };
        BTreeMap::from([("scte".to_owned(), said)])
    }

    #[test]
    fn a_seller_nobody_described_is_named_by_its_code() {
        let none = LegalEntities::new();
        assert!(!seller(&none, "scte", false).address.is_empty());
        let acme = seller(&none, "acme", false);
        assert_eq!((acme.name.as_str(), acme.address.len(), acme.tax_number), ("acme", 0, None));
        assert_eq!(prefix(&none, "SCTE"), "scte");
    }

    #[test]
    fn a_tax_number_is_invented_for_a_demonstration_alone() {
        let number = |demo| seller(&LegalEntities::new(), "scte", demo).tax_number;
        assert_eq!(number(false), None);
        assert!(number(true).unwrap().contains("sample"));
    }

    #[test]
    fn a_prefix_is_what_numbers_can_begin_with() {
        assert_eq!(prefix(&entities("exton"), "scte"), "exton");
        assert!(check(&entities("exton7"), &[]).is_ok());
        for wrong in ["", "SCTE", "a-b", "a/b", "abcdefghijklmnopqrstu"] {
            assert!(check(&entities(wrong), &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_a_part_of_the_whole() {
        for (rate, fits) in [(0, true), (600, true), (10_000, true), (-1, false), (10_001, false)] {
            assert_eq!(
                check(&LegalEntities::new(), &[Tax::included("Tax", rate)]).is_ok(),
                fits,
                "{rate}"
            );
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        for (what, by, rounded) in [(5, 2, 3), (4, 3, 1), (-5, 2, -2), (5, -2, -2), (0, 7, 0)] {
            assert_eq!(half_up(what, by), rounded, "{what} by {by}");
        }
    }
}
