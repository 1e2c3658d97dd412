//! Whether a schema only grew: what makes a change of a message a break for whoever reads it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalogue::resolved;

/// What of `new` breaks readers or stored messages of `old`; empty when it only grew.
///
/// A new optional property, a new word of an open enum and a new tag are growth. A property that
/// is removed, renamed, retyped or no longer always there, a new required property, a lost tag and
/// a changed key are breaks: they need a new type published beside the old one.
#[must_use]
pub fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for word in ["x-key", "x-entity"] {
        if old.get(word) != new.get(word) {
            let (old, new) = (shown(old.get(word)), shown(new.get(word)));
            found.push(format!("{word} was {old}, is {new}"));
        }
    }
    Pair { old_root: old, new_root: new }.compare(old, new, "", 0, &mut found);
    found
}

/// Nested deeper than this, a schema refers to itself and has been compared already.
const DEEPEST: usize = 16;

/// The two documents that `$ref`s are looked up in.
struct Pair<'a> {
    old_root: &'a Value,
    new_root: &'a Value,
}

impl Pair<'_> {
    fn compare(&self, old: &Value, new: &Value, at: &str, depth: usize, found: &mut Vec<String>) {
        if depth > DEEPEST {
            return;
        }
        // A tag stands beside the `$ref`, so it is looked at before the reference is followed.
        for tag in ["x-personal", "x-secret"] {
            if old.get(tag).is_some() && new.get(tag).is_none() {
                found.push(format!("{at} lost its tag {tag}"));
            }
        }
        let (old, new) = (resolved(self.old_root, old), resolved(self.new_root, new));
        for word in ["type", "format"] {
            if old.get(word) != new.get(word) {
                let (old, new) = (shown(old.get(word)), shown(new.get(word)));
                found.push(format!("{at} had {word} {old}, has {new}"));
            }
        }
        words_lost(old, new, at, found);
        self.compare_properties(old, new, at, depth, found);
        match (old.get("items"), new.get("items")) {
            (Some(old), Some(new)) => {
                self.compare(old, new, &format!("{at}/*"), depth + 1, found);
            }
            (None, None) => {}
            _ => found.push(format!("{at} says otherwise what its elements are")),
        }
        self.compare_choices(old, new, at, depth, found);
    }

    fn compare_properties(
        &self,
        old: &Value,
        new: &Value,
        at: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        let (were, are) = (names(old, "properties"), names(new, "properties"));
        let (needed, need) = (names(old, "required"), names(new, "required"));
        for name in &were {
            let path = format!("{at}/{name}");
            if are.contains(name) {
                let (old, new) = (&old["properties"][name], &new["properties"][name]);
                self.compare(old, new, &path, depth + 1, found);
                match (needed.contains(name), need.contains(name)) {
                    (false, true) => found.push(format!("{path} became required")),
                    (true, false) => found.push(format!("{path} is no longer always there")),
                    _ => {}
                }
            } else {
                found.push(format!("{path} was removed or renamed"));
            }
        }
        for name in are.difference(&were).filter(|name| need.contains(*name)) {
            found.push(format!("{at}/{name} is new and required: messages of old lack it"));
        }
    }

    fn compare_choices(
        &self,
        old: &Value,
        new: &Value,
        at: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        for word in ["anyOf", "oneOf", "allOf"] {
            match (old.get(word).and_then(Value::as_array), new.get(word).and_then(Value::as_array))
            {
                (None, None) => {}
                (Some(old), Some(new)) if old.len() == new.len() => {
                    for (old, new) in old.iter().zip(new) {
                        self.compare(old, new, at, depth + 1, found);
                    }
                }
                _ => found.push(format!("{at} is made up of other types than it was")),
            }
        }
    }
}

/// Words of an open enum may be added, not taken away: stored messages bear them.
fn words_lost(old: &Value, new: &Value, at: &str, found: &mut Vec<String>) {
    for list in ["x-known", "enum"] {
        for lost in names(old, list).difference(&names(new, list)) {
            found.push(format!("{at} no longer knows the word {lost}"));
        }
    }
}

/// The names that an object's keys or an array's texts are.
fn names(schema: &Value, word: &str) -> BTreeSet<String> {
    match schema.get(word) {
        Some(Value::Object(all)) => all.keys().cloned().collect(),
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A small message: a thing with an id, a state of two words, and maybe a note.
    fn schema() -> Value {
        json!({
            "type": "object", "x-key": "/thing/id", "x-entity": "/thing/id",
            "properties": { "thing": { "$ref": "#/$defs/Thing" } }, "required": ["thing"],
            "$defs": { "Thing": { "type": "object",
                "properties": {
                    "id": { "type": "string", "format": "uuid" },
                    "name": { "type": "string", "x-personal": true },
                    "state": { "type": "string", "x-known": ["open", "closed"] },
                    "note": { "type": ["string", "null"] },
                    "parts": { "type": "array", "items": { "type": "integer" } },
                    "price": { "anyOf": [{ "type": "object" }, { "type": "null" }] },
                },
                "required": ["id", "name", "state", "parts"],
            } },
        })
    }

    /// What is said when the thing was changed so.
    fn after(change: impl FnOnce(&mut Value)) -> String {
        let (old, mut new) = (schema(), schema());
        change(&mut new["$defs"]["Thing"]);
        breaks(&old, &new).join("; ")
    }

    #[test]
    fn what_only_grew_breaks_nothing() {
        assert_eq!(breaks(&schema(), &schema()), Vec::<String>::new());
        let grown = after(|thing| {
            thing["properties"]["colour"] = json!({ "type": ["string", "null"] });
            thing["properties"]["state"]["x-known"] = json!(["open", "closed", "lost"]);
            thing["properties"]["id"]["x-personal"] = json!(true);
            thing["description"] = json!("other words");
        });
        assert_eq!(grown, "");
    }

    #[test]
    fn a_removed_property_is_a_break() {
        let said = after(|thing| {
            thing["properties"].as_object_mut().unwrap().remove("note");
        });
        assert_eq!(said, "/thing/note was removed or renamed");
    }

    #[test]
    fn a_renamed_property_is_a_break_twice() {
        let said = after(|thing| {
            let name = thing["properties"].as_object_mut().unwrap().remove("name").unwrap();
            thing["properties"]["full_name"] = name;
            thing["required"] = json!(["id", "full_name", "state", "parts"]);
        });
        assert!(said.contains("/thing/name was removed or renamed"), "{said}");
        assert!(said.contains("/thing/full_name is new and required"), "{said}");
    }

    #[test]
    fn a_retyped_property_is_a_break() {
        let said = after(|thing| thing["properties"]["id"] = json!({ "type": "integer" }));
        assert!(said.contains("/thing/id had type \"string\", has \"integer\""), "{said}");
        let said = after(|thing| thing["properties"]["id"] = json!({ "type": "string" }));
        assert_eq!(said, "/thing/id had format \"uuid\", has nothing");
        let said = after(|thing| thing["properties"]["note"] = json!({ "type": "string" }));
        assert!(said.contains("/thing/note had type"), "{said}");
        let said = after(|thing| thing["properties"]["parts"]["items"]["type"] = json!("string"));
        assert!(said.contains("/thing/parts/* had type"), "{said}");
        let said = after(|thing| thing["properties"]["price"] = json!({ "type": "object" }));
        assert!(said.contains("/thing/price is made up of other types"), "{said}");
    }

    #[test]
    fn a_new_required_property_is_a_break() {
        let said = after(|thing| {
            thing["properties"]["colour"] = json!({ "type": "string" });
            thing["required"] = json!(["id", "name", "state", "parts", "colour"]);
        });
        assert_eq!(said, "/thing/colour is new and required: messages of old lack it");
    }

    #[test]
    fn a_change_of_what_is_required_is_a_break_both_ways() {
        let said = after(|thing| thing["required"] = json!(["id", "name", "state"]));
        assert_eq!(said, "/thing/parts is no longer always there");
        let said =
            after(|thing| thing["required"] = json!(["id", "name", "state", "parts", "note"]));
        assert_eq!(said, "/thing/note became required");
    }

    #[test]
    fn a_lost_word_a_lost_tag_and_another_key_are_breaks() {
        let said = after(|thing| thing["properties"]["state"]["x-known"] = json!(["open"]));
        assert_eq!(said, "/thing/state no longer knows the word closed");
        let said = after(|thing| thing["properties"]["name"] = json!({ "type": "string" }));
        assert_eq!(said, "/thing/name lost its tag x-personal");
        let mut new = schema();
        new["x-key"] = json!("/thing/owner");
        assert_eq!(
            breaks(&schema(), &new),
            ["x-key was \"/thing/id\", is \"/thing/owner\"".to_owned()]
        );
    }
}
