//! What every message must keep to: tags, languages, schemas that only grow, samples that decode.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use contracts::catalogue::{self, Entry, walk};
use contracts::compat;
use serde_json::{Value, json};

fn here(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn read(file: &PathBuf) -> Value {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask schemas`", file.display()));
    serde_json::from_str(&text).unwrap()
}

/// The names that `#[message("…")]` gives in the sources.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in fs::read_dir(here("src")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for after in text.split("#[message(\"").skip(1) {
            // `…` stands for a name in documentation.
            names.extend(after.split('"').next().filter(|name| *name != "…").map(str::to_owned));
        }
    }
    names
}

// ---- rules on schemas, each a function so that it can be tried on what must fail

/// Messages that may carry personal data.
fn may_be_personal(name: &str) -> bool {
    name.starts_with("identity.account.")
        || name.starts_with("membership.person.")
        || name == "person.introduced"
}

/// Properties that say something about a human, whatever message they stand in.
const ALWAYS_PERSONAL: &[&str] = &[
    "address",
    "birthday",
    "born_on",
    "city",
    "country",
    "email",
    "family_name",
    "first_name",
    "full_name",
    "given_name",
    "last_name",
    "mail",
    "phone",
    "postcode",
    "street",
    "telephone",
    "zip",
];

fn personal_data_faults(name: &str, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    walk(schema, &mut |pointer, property, parent| {
        let tagged = property.get("x-personal").is_some();
        let word = pointer.rsplit('/').next().unwrap_or_default();
        // A name beside a person's id is the person's; a chapter's or a page's is not.
        let a_persons_name = word == "name" && parent.pointer("/properties/person_id").is_some();
        if (ALWAYS_PERSONAL.contains(&word) || a_persons_name) && !tagged {
            faults.push(format!("{name}{pointer} is not tagged #[personal]"));
        }
        if tagged && !may_be_personal(name) {
            faults.push(format!("{name}{pointer} is personal, and {name} may not carry such"));
        }
    });
    faults
}

fn secret_faults(name: &str, schema: &Value, minutes: Option<i64>) -> Vec<String> {
    let secret = !catalogue::tagged(schema, "x-secret").is_empty();
    match (secret, minutes) {
        (true, None) => vec![format!("{name} has a secret and says not how long it is kept")],
        (false, Some(_)) => vec![format!("{name} says how long a secret is kept and has none")],
        (true, Some(kept)) if !(1..=24 * 60).contains(&kept) => {
            vec![format!("{name} keeps its secret for {kept} minutes, which is no short time")]
        }
        _ => vec![],
    }
}

fn language_faults(name: &str, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    walk(schema, &mut |pointer, _, parent| {
        let word = pointer.rsplit('/').next().unwrap_or_default();
        let text = ["title", "text", "label", "summary", "description"].contains(&word);
        if text && parent.pointer("/properties/language").is_none() {
            faults.push(format!("{name}{pointer} is text without a language beside it"));
        }
    });
    faults
}

fn key_faults(name: &str, schema: &Value) -> Vec<String> {
    let mut properties = BTreeSet::new();
    walk(schema, &mut |pointer, _, _| {
        properties.insert(pointer.to_owned());
    });
    ["x-key", "x-entity"]
        .iter()
        .filter(|word| {
            let at = schema.get(**word).and_then(Value::as_str).unwrap_or_default();
            !properties.contains(at)
        })
        .map(|word| format!("{name}: {word} points at no property"))
        .collect()
}

fn all_faults(check: impl Fn(&Entry) -> Vec<String>) -> String {
    catalogue::all().iter().flat_map(check).collect::<Vec<_>>().join("\n")
}

// ---- the messages keep to them

#[test]
fn every_message_stands_in_the_catalogue_once() {
    let listed: Vec<_> = catalogue::all().iter().map(|entry| entry.name.to_owned()).collect();
    let once: BTreeSet<_> = listed.iter().cloned().collect();

    assert_eq!(listed.len(), once.len());
    assert_eq!(once, declared());
}

#[test]
fn every_message_is_named_after_its_publisher_and_a_shared_one_gets_it_before_its_name() {
    for entry in catalogue::all() {
        let first = entry.name.split('.').next().unwrap();
        assert!(!entry.publishers.is_empty(), "{} has no publisher", entry.name);
        assert!(entry.publishers.iter().all(|one| catalogue::SERVICES.contains(one)));
        assert_eq!(entry.shared, !catalogue::SERVICES.contains(&first), "{}", entry.name);
    }
    assert_eq!(
        catalogue::find("charge.requested").unwrap().wire_types(),
        ["org.scte.membership.charge.requested.v1"]
    );
    assert_eq!(
        catalogue::find("org.scte.membership.term.started.v1").unwrap().rust_name,
        "TermStarted"
    );
}

#[test]
fn personal_data_stands_only_where_it_may_and_is_tagged() {
    assert_eq!(all_faults(|entry| personal_data_faults(entry.name, &entry.schema)), "");
}

#[test]
fn every_secret_says_how_long_it_is_kept() {
    assert_eq!(
        all_faults(|entry| secret_faults(entry.name, &entry.schema, entry.secret_for_minutes)),
        ""
    );
}

#[test]
fn every_text_has_its_language_beside_it() {
    assert_eq!(all_faults(|entry| language_faults(entry.name, &entry.schema)), "");
}

#[test]
fn every_key_and_entity_is_a_property_of_the_message() {
    assert_eq!(all_faults(|entry| key_faults(entry.name, &entry.schema)), "");
}

#[test]
fn schemas_are_committed_and_only_grow() {
    for entry in catalogue::all() {
        let committed = read(&here("schemas").join(format!("{}.json", entry.name)));
        let breaks = compat::breaks(&committed, &entry.schema);
        assert!(
            breaks.is_empty(),
            "{} would break its readers: {}; publish a new type beside it",
            entry.name,
            breaks.join("; ")
        );
        assert_eq!(committed, entry.schema, "{} grew: run `cargo xtask schemas`", entry.name);
    }
}

#[test]
fn no_committed_schema_or_sample_is_of_a_message_that_is_gone() {
    for folder in ["schemas", "samples"] {
        for file in fs::read_dir(here(folder)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let name = name.strip_suffix(".json").unwrap_or(&name);
            assert!(catalogue::find(name).is_some(), "{folder}/{name}: the message was removed");
        }
    }
}

// ---- the rules bite

#[test]
fn the_rules_bite() {
    let untagged = json!({ "properties": { "phone": { "type": "string" } } });
    assert_eq!(personal_data_faults("membership.person.created", &untagged).len(), 1);
    let untagged_name = json!({ "properties": { "person_id": {}, "name": { "type": "string" } } });
    assert_eq!(personal_data_faults("membership.person.created", &untagged_name).len(), 1);
    let chapters_name = json!({ "properties": { "chapter_id": {}, "name": { "type": "string" } } });
    assert_eq!(personal_data_faults("membership.chapter.published", &chapters_name).len(), 0);
    let nested = json!({
        "properties": { "all": { "type": "array", "items": { "$ref": "#/$defs/One" } } },
        "$defs": { "One": { "properties": { "note": { "type": "string", "x-personal": true } } } },
    });
    assert_eq!(
        personal_data_faults("commerce.order.paid", &nested),
        ["commerce.order.paid/all/*/note is personal, and commerce.order.paid may not carry such"]
    );

    let secret = json!({ "properties": { "code": { "type": "string", "x-secret": true } } });
    assert_eq!(secret_faults("a", &secret, None).len(), 1);
    assert_eq!(secret_faults("a", &secret, Some(60 * 24 * 30)).len(), 1);
    assert_eq!(secret_faults("a", &secret, Some(60)).len(), 0);
    assert_eq!(secret_faults("a", &json!({}), Some(60)).len(), 1);

    let mute = json!({ "properties": { "title": { "type": "string" } } });
    assert_eq!(language_faults("a", &mute), ["a/title is text without a language beside it"]);

    let lost = json!({ "x-key": "/a", "x-entity": "/b", "properties": { "a": {} } });
    assert_eq!(key_faults("m", &lost), ["m: x-entity points at no property"]);
}

// ---- samples

/// Every committed sample, with its entry.
fn samples() -> Vec<(&'static Entry, Value)> {
    let mut found = Vec::new();
    for entry in catalogue::all() {
        let folder = here("samples").join(entry.name);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| {
            panic!("{}: {error}; run `cargo xtask schemas`", folder.display())
        });
        for file in files {
            found.push((entry, read(&file.unwrap().path())));
        }
    }
    found
}

#[test]
fn every_committed_sample_of_every_version_decodes_and_is_what_its_schema_says() {
    for (entry, sample) in samples() {
        let schema = jsonschema::validator_for(&entry.schema).unwrap();
        let faults: Vec<_> = schema.iter_errors(&sample).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{}: {}", entry.name, faults.join("; "));

        let again = entry.decode(sample).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        assert!(schema.is_valid(&again), "{} writes what its schema forbids", entry.name);
    }
}

#[test]
fn unknown_words_of_enums_survive_and_unknown_fields_do_no_harm() {
    for (entry, sample) in samples() {
        let mut newer = sample;
        let words = strange_words(&entry.schema, &mut newer);
        newer["a_field_of_later"] = json!({ "with": "more" });

        let again = entry.decode(newer).unwrap_or_else(|error| panic!("{}: {error}", entry.name));

        assert_eq!(again.to_string().matches("a word of later").count(), words, "{}", entry.name);
    }
}

/// Puts a word that no version knows wherever an open enum stands; says in how many places.
fn strange_words(schema: &Value, sample: &mut Value) -> usize {
    let mut places = BTreeSet::new();
    walk(schema, &mut |pointer, property, _| {
        let known = |one: &Value| catalogue::resolved(schema, one).get("x-known").is_some();
        let choices = property.get("anyOf").and_then(Value::as_array);
        if known(property) || choices.is_some_and(|all| all.iter().any(known)) {
            places.insert(pointer.replace("/*", "/0"));
        }
    });
    for place in &places {
        *sample.pointer_mut(place).unwrap() = json!("a word of later");
    }
    places.len()
}

#[test]
fn a_blanked_message_holds_no_secret_and_still_decodes() {
    for (entry, sample) in samples().into_iter().filter(|(entry, _)| !entry.secret.is_empty()) {
        let mut blanked = sample.clone();

        assert!(entry.blank_secrets(&mut blanked));
        assert!(!entry.blank_secrets(&mut blanked), "a second time there is nothing to blank");

        for pointer in catalogue::secret_pointers(entry.name) {
            let secret = sample.pointer(pointer).and_then(Value::as_str).unwrap();
            assert!(!blanked.to_string().contains(secret), "{}{pointer}", entry.name);
        }
        entry.decode(blanked).unwrap();
    }
    assert_eq!(
        catalogue::secret_pointers("org.scte.identity.account.code_issued.v1"),
        ["/code".to_owned()]
    );
    assert!(catalogue::secret_pointers("membership.term.started").is_empty());
}
