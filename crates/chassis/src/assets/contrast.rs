//! The contrast of every pair of colours in use, computed from the stylesheet that is served.

use std::collections::HashMap;

use super::STYLE;

/// What WCAG 2.2 AA asks of text.
const TEXT: f64 = 4.5;
/// What it asks of a border that makes a control, and of what a figure says.
const SHAPE: f64 = 3.0;

/// Each colour with the grounds it stands on.
const PAIRS: &[(&str, f64, &[&str])] = &[
    ("ink", TEXT, &["paper", "wash", "sunk", "accent-wash", "ok-wash", "warn-wash", "bad-wash"]),
    ("soft", TEXT, &["paper", "wash", "sunk", "accent-wash", "ok-wash", "warn-wash", "bad-wash"]),
    ("accent", TEXT, &["paper", "wash", "sunk", "accent-wash", "ok-wash", "warn-wash", "bad-wash"]),
    ("accent-deep", TEXT, &["paper", "wash", "accent-wash", "ok-wash", "warn-wash", "bad-wash"]),
    ("paper", TEXT, &["ink", "accent", "accent-deep", "bad"]),
    ("ok", TEXT, &["paper", "wash", "accent-wash", "ok-wash"]),
    ("warn", TEXT, &["paper", "wash", "accent-wash", "warn-wash"]),
    ("bad", TEXT, &["paper", "wash", "accent-wash", "bad-wash"]),
    ("on-slab", TEXT, &["slab"]),
    ("slab", TEXT, &["on-slab"]),
    ("edge", SHAPE, &["paper", "wash", "accent-wash"]),
    ("steel", SHAPE, &["paper", "wash"]),
];

/// One colour on another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The token in front: `ink`.
    pub fore: &'static str,
    /// The token behind: `paper`.
    pub on: &'static str,
    /// The ratio in the light scheme, from 1 to 21.
    pub light: f64,
    /// The same in the dark scheme.
    pub dark: f64,
    /// The ratio it needs.
    pub needs: f64,
}

impl Pair {
    /// Whether it is enough in both schemes.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.light >= self.needs && self.dark >= self.needs
    }
}

/// Every pair in use with its contrast by WCAG, as the stylesheet has it now.
#[must_use]
pub fn contrast() -> Vec<Pair> {
    pairs(STYLE)
}

fn pairs(style: &str) -> Vec<Pair> {
    let (light, dark) = schemes(style);
    PAIRS
        .iter()
        .flat_map(|&(fore, needs, grounds)| grounds.iter().map(move |&on| (fore, on, needs)))
        .map(|(fore, on, needs)| Pair {
            fore,
            on,
            light: ratio(&light, fore, on),
            dark: ratio(&dark, fore, on),
            needs,
        })
        .collect()
}

/// The relative luminance of each colour by its token.
type Scheme<'a> = HashMap<&'a str, f64>;

/// The two schemes: the first block of the root, and the one that dark changes in it.
fn schemes(style: &str) -> (Scheme<'_>, Scheme<'_>) {
    let light = colours(block(style, ":root {"));
    let mut dark = light.clone();
    dark.extend(colours(block(style, "@media (prefers-color-scheme: dark) {")));
    (light, dark)
}

/// What stands between an opening and the next closing brace.
fn block<'a>(style: &'a str, opening: &str) -> &'a str {
    let body = style.split_once(opening).map_or("", |(_, body)| body);
    body.split_once('}').map_or("", |(block, _)| block)
}

fn colours(block: &str) -> Scheme<'_> {
    let declared = block.split("--").filter_map(|text| text.split_once(';'));
    declared
        .filter_map(|(declaration, _)| {
            let (name, value) = declaration.split_once(':')?;
            Some((name.trim(), luminance(value.trim())?))
        })
        .collect()
}

/// Of `#rrggbb`, by WCAG.
fn luminance(colour: &str) -> Option<f64> {
    let bytes = hex::decode(colour.strip_prefix('#')?).ok()?;
    let [red, green, blue] = <[u8; 3]>::try_from(bytes).ok()?.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

/// From 1, no contrast, to 21; nothing at all for a token that is not there.
fn ratio(scheme: &Scheme<'_>, fore: &str, on: &str) -> f64 {
    let (Some(&fore), Some(&on)) = (scheme.get(fore), scheme.get(on)) else { return 0.0 };
    (fore.max(on) + 0.05) / (fore.min(on) + 0.05)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names after each `before`, as far as they are names.
    fn names<'a>(style: &'a str, before: &str) -> BTreeSet<&'a str> {
        let name = |text: &'a str| {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            &text[..end.unwrap_or(text.len())]
        };
        style.split(before).skip(1).map(name).collect()
    }

    #[test]
    fn every_pair_in_use_can_be_read_in_both_schemes() {
        let failing: Vec<Pair> = contrast().into_iter().filter(|pair| !pair.passes()).collect();
        assert!(failing.is_empty(), "{failing:#?}");
        assert!(contrast().len() > 39);
    }

    #[test]
    fn the_ratio_is_that_of_wcag() {
        let style = ":root { --ink: #000000; --paper: #ffffff; --soft: #767676; }";
        let (light, dark) = schemes(style);
        assert!((ratio(&light, "ink", "paper") - 21.0).abs() < 1e-9);
        assert!((ratio(&dark, "soft", "paper") - 4.54).abs() < 0.005);
        assert!(ratio(&light, "ink", "nowhere") < 1.0, "what is missing fails");
    }

    #[test]
    fn a_token_that_is_too_pale_is_found() {
        let style = ":root { --soft: #8b99a3; --paper: #ffffff; --wash: #f3f5f6; }";
        let pairs = pairs(style);
        let found = pairs.iter().find(|pair| (pair.fore, pair.on) == ("soft", "paper")).unwrap();
        assert!(found.light > 2.0 && found.light < 3.0 && !found.passes(), "{found:?}");
    }

    #[test]
    fn both_schemes_name_the_same_colours() {
        let light: BTreeSet<_> = colours(block(STYLE, ":root {")).into_keys().collect();
        let dark = block(STYLE, "@media (prefers-color-scheme: dark) {");
        assert_eq!(light, colours(dark).into_keys().collect());
        assert!(light.len() > 15);
    }

    #[test]
    fn every_token_is_defined_and_used() {
        let used = names(STYLE, "var(--");
        let defined: BTreeSet<_> = STYLE
            .split(['{', '}', ';', '\n'])
            .filter_map(|text| {
                text.trim().strip_prefix("--")?.split_once(':').map(|(name, _)| name)
            })
            .collect();
        assert_eq!(used.difference(&defined).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(defined.difference(&used).collect::<Vec<_>>(), Vec::<&&str>::new());
    }

    #[test]
    fn no_rule_has_a_colour_of_its_own() {
        let rules = STYLE.split_once("@layer base {").unwrap().1;
        let rules = rules.split_once("@media print").unwrap().0;
        // A mask knows only how much is let through.
        let rules = rules.replace("linear-gradient(#000 30%, transparent)", "");
        let own: Vec<_> = names(&rules, "#")
            .into_iter()
            .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert!(own.is_empty(), "{own:?}");
    }
}
