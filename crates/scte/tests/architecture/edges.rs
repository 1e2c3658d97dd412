//! Who may depend on whom: no service on another, and only the binary on services.

use cargo_metadata::Metadata;

use crate::{metadata, none, root, services};

/// A dependency of one package on another, of any kind: normal, dev or build.
struct Edge {
    /// `<folder>/<name>` of who depends: `services/membership`, `crates/scte`, `xtask`.
    from: String,
    /// The same of whom it depends on, or the bare name of a crate from outside.
    to: String,
}

/// What may be depended on inside the workspace, by who depends; `services/*` stands for each.
const INSIDE: &[(&str, &[&str])] = &[
    ("crates/macros", &[]),
    ("crates/contracts", &["crates/macros"]),
    ("crates/messaging", &["crates/contracts", "crates/macros"]),
    ("crates/chassis", &["crates/contracts", "crates/macros", "crates/messaging"]),
    ("services/*", &["crates/contracts", "crates/chassis"]),
    (
        "crates/scte",
        &["crates/cluster", "crates/contracts", "crates/messaging", "crates/chassis", "services/*"],
    ),
    ("crates/cluster", &["crates/contracts"]),
    (
        "bench",
        &[
            "crates/contracts",
            "crates/macros",
            "crates/messaging",
            "crates/chassis",
            "crates/cluster",
        ],
    ),
    ("xtask", &[]),
];

/// Crates from outside that a group may use; a group that is not named may use any.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("crates/macros", &["proc-macro2", "quote", "syn"]),
    ("crates/contracts", &["chrono", "jsonschema", "schemars", "serde", "serde_json", "uuid"]),
    (
        "crates/messaging",
        &[
            "async-nats",
            "backon",
            "chrono",
            "chrono-tz",
            "futures",
            "metrics",
            "percent-encoding",
            "proptest",
            "rand",
            "rand_chacha",
            "reqwest",
            "schemars",
            "serde",
            "serde_json",
            "sha2",
            "sqlx",
            "tempfile",
            "thiserror",
            "tokio",
            "tokio-util",
            "tracing",
            "url",
            "uuid",
        ],
    ),
    (
        "services/*",
        &[
            // What every service is made of.
            "askama",
            "axum",
            "chrono",
            "serde",
            "serde_json",
            "thiserror",
            "tracing",
            "uuid",
            // What one business needs: passwords, tables of seed data, signatures, calls to a
            // provider, mail, Markdown.
            "argon2",
            "csv",
            "hex",
            "hmac",
            "sha2",
            "subtle",
            "reqwest",
            "lettre",
            "pulldown-cmark",
            "ammonia",
            // Sign-on: OpenID Connect, its keys, passkeys, one-time passwords, strength of passwords.
            "base64",
            "openidconnect",
            "rand_chacha",
            "qrcode",
            "rsa",
            "totp-rs",
            "url",
            "webauthn-rs",
            "zxcvbn",
            // Paper: files of PDF, and the font in them.
            "dejavu",
            "krilla",
            "ttf-parser",
            // Tests.
            "futures",
            "lopdf",
            "p256",
            "proptest",
            "tokio",
        ],
    ),
    ("xtask", &["serde", "serde_json"]),
];

fn group(package: &str) -> &str {
    if package.starts_with("services/") { "services/*" } else { package }
}

fn edge_fault(edge: &Edge) -> Option<String> {
    let Edge { from, to } = edge;
    let inside = to.contains('/') || to == "xtask" || to == "bench";
    let rules = if inside { INSIDE } else { OUTSIDE };
    let Some((_, allowed)) = rules.iter().find(|(who, _)| *who == group(from)) else {
        let known = INSIDE.iter().any(|(who, _)| *who == group(from));
        return (!known).then(|| format!("{from} is in no group: say what it may depend on"));
    };
    // The exact name: a rule for `services/*` as a target is the binary's alone.
    let fits = allowed.iter().any(|one| *one == to || (*one == "services/*" && group(to) == *one));
    (!fits).then(|| format!("{from} must not depend on {to}"))
}

fn edges(metadata: &Metadata) -> Vec<Edge> {
    let root = root();
    let named = |manifest_folder: &str| {
        let inside = manifest_folder.strip_prefix(root.to_str().unwrap()).unwrap();
        inside.trim_start_matches('/').to_owned()
    };
    let mut found = Vec::new();
    for package in &metadata.packages {
        let from = named(package.manifest_path.parent().unwrap().as_str());
        for dependency in &package.dependencies {
            let path = dependency.path.as_ref();
            let to = path.map_or_else(|| dependency.name.clone(), |path| named(path.as_str()));
            found.push(Edge { from: from.clone(), to });
        }
    }
    found
}

#[test]
fn nobody_depends_on_whom_they_must_not() {
    let edges = edges(&metadata());

    // The test sees what there is: every service, and the binary's edges to them.
    for service in services() {
        let to = format!("services/{service}");
        assert!(edges.iter().any(|edge| edge.from == "crates/scte" && edge.to == to));
        assert!(edges.iter().any(|edge| edge.from == to && edge.to == "crates/chassis"));
    }
    none(&edges.iter().filter_map(edge_fault).collect::<Vec<_>>());
}

#[test]
fn the_rules_bite() {
    let fault = |from: &str, to: &str| {
        edge_fault(&Edge { from: from.to_owned(), to: to.to_owned() }).is_some()
    };

    assert!(fault("services/membership", "services/identity"));
    assert!(fault("services/membership", "crates/messaging"), "services name only the chassis");
    assert!(fault("services/membership", "crates/scte"));
    assert!(fault("services/membership", "sqlx"));
    assert!(fault("crates/chassis", "services/identity"));
    assert!(fault("crates/messaging", "crates/chassis"));
    assert!(fault("crates/messaging", "axum"), "messaging answers no HTTP");
    assert!(fault("crates/contracts", "crates/messaging"));
    assert!(fault("crates/contracts", "tokio"), "contracts are data only");
    assert!(fault("bench", "services/identity"));
    assert!(fault("xtask", "tokio"));
    assert!(fault("crates/new", "serde"), "a new crate must be put into a group");

    assert!(!fault("crates/scte", "services/identity"));
    assert!(!fault("services/membership", "crates/chassis"));
    assert!(!fault("crates/chassis", "axum"));
}
