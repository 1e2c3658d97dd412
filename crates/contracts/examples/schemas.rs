//! Writes the JSON Schema of every message to `schemas/`, and a first sample of every message that
//! has none to `samples/`; refuses a change that breaks readers. `cargo xtask schemas` runs it.

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use contracts::catalogue::{self, resolved};
use contracts::compat;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let (mut written, mut refused) = (0, Vec::new());
    for entry in catalogue::all() {
        let file = here.join("schemas").join(format!("{}.json", entry.name));
        if let Ok(text) = fs::read_to_string(&file) {
            let breaks = compat::breaks(&serde_json::from_str(&text)?, &entry.schema);
            if !breaks.is_empty() {
                refused.push(format!("{}: {}", entry.name, breaks.join("; ")));
                continue;
            }
        }
        written += usize::from(write(&file, &entry.schema)?);
        let sample = here.join("samples").join(entry.name).join("1.json");
        if !sample.exists() {
            written += usize::from(write(&sample, &example(&entry.schema, &entry.schema, ""))?);
        }
    }
    writeln!(stdout(), "{} messages, {written} files written", catalogue::all().len())?;
    if refused.is_empty() {
        return Ok(());
    }
    Err(format!(
        "these would break readers, so they were left as they are; publish a new type beside the \
         old one instead:\n  {}",
        refused.join("\n  ")
    )
    .into())
}

/// Writes the file when it says something else, and says whether it did.
fn write(file: &Path, value: &Value) -> Result<bool, Box<dyn Error>> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    if fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)?;
    Ok(true)
}

/// A value that a schema allows, told by the property's name where that says more.
fn example(root: &Value, schema: &Value, name: &str) -> Value {
    let schema = resolved(root, schema);
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        return choices.first().map_or(Value::Null, |first| example(root, first, name));
    }
    if let Some(word) = schema.pointer("/x-known/0") {
        return word.clone();
    }
    let kind = schema.get("type").map_or("", |kind| {
        kind.as_str().or_else(|| kind.get(0).and_then(Value::as_str)).unwrap_or("")
    });
    match kind {
        "object" => {
            let fields = schema.get("properties").and_then(Value::as_object);
            let filled = fields.into_iter().flatten();
            filled
                .map(|(name, one)| (name.clone(), example(root, one, name)))
                .collect::<Map<_, _>>()
                .into()
        }
        "array" => match schema.get("items") {
            Some(items) => json!([example(root, items, name)]),
            None => json!([]),
        },
        "integer" if name == "minor" => json!(9900),
        "integer" => json!(1),
        "boolean" => json!(false),
        _ => text(schema.get("format").and_then(Value::as_str).unwrap_or(""), name),
    }
}

fn text(format: &str, name: &str) -> Value {
    json!(match (format, name) {
        ("uuid", _) => uuid_of(name),
        ("date-time", _) => "2027-03-01T10:00:00Z".to_owned(),
        ("date", "ends_before") => "2028-03-01".to_owned(),
        ("date", _) => "2027-03-01".to_owned(),
        (_, "language") => "en".to_owned(),
        (_, "address") => "jo@example.org".to_owned(),
        (_, "name") => "Jo Sample".to_owned(),
        (_, "path" | "return_path") => "/membership/join".to_owned(),
        (_, "title" | "label" | "text") => "Sample".to_owned(),
        (_, "member_number" | "receipt_number") => "M000123".to_owned(),
        (_, "asked_by") => "membership".to_owned(),
        (_, "notice") => "commerce.receipt".to_owned(),
        (_, "cause") => "0011223344556677.42".to_owned(),
        (_, "role" | "roles") => "staff.membership".to_owned(),
        (_, other) => format!("sample-{other}"),
    })
}

/// The same id for the same property, so that a sample written again is the same sample.
fn uuid_of(name: &str) -> String {
    let sum = name.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_000_007);
    format!("01950000-0000-7000-8000-{sum:012}")
}
