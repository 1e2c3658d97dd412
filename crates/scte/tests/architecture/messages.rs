//! What a service says of its messages at the head of its `lib.rs` is what its code does.

use std::collections::BTreeSet;

use contracts::catalogue::{self, Entry};

use crate::source::Source;
use crate::{all_sources, none, services};

/// Names of message structs.
type Names = BTreeSet<String>;

/// The structs of the messages named in backticks in the paragraph that begins with `word:`.
fn told(lib: &Source, word: &str) -> Result<Names, String> {
    let doc = lib.text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let start = format!("{word}:");
    let paragraph: Vec<_> = doc
        .skip_while(|line| !line.starts_with(&start))
        .take_while(|line| line.starts_with(&start) || !ends_paragraph(line))
        .collect();
    if paragraph.is_empty() {
        return Err(format!("{} has no paragraph `{start}`", lib.path));
    }
    let paragraph = paragraph.join(" ");
    let mut names = Names::new();
    for name in paragraph.split('`').skip(1).step_by(2) {
        let structs = structs_of(last(name));
        if structs.is_empty() {
            return Err(format!("{}: {word} names `{name}`, which is no message", lib.path));
        }
        names.extend(structs);
    }
    Ok(names)
}

fn ends_paragraph(line: &str) -> bool {
    line.is_empty() || ["Owns:", "Publishes:", "Consumes:"].iter().any(|one| line.starts_with(one))
}

/// `OrderPaid` of `OrderPaid`, and of a link with its path.
fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}

/// The structs that a struct's name, a short name, or one that ends in `.*` means.
fn structs_of(name: &str) -> Names {
    let below = name.strip_suffix('*').filter(|start| start.ends_with('.'));
    let is = |entry: &&Entry| {
        entry.rust_name == name
            || entry.name == name
            || below.is_some_and(|start| entry.name.starts_with(start))
    };
    catalogue::all().iter().filter(is).map(|entry| entry.rust_name.clone()).collect()
}

/// What the service declares that it publishes.
fn published<'a>(sources: impl Iterator<Item = &'a Source>) -> Names {
    let mut names = Names::new();
    for source in sources {
        let declared = source.code.split(".publishes::<").skip(1);
        names.extend(
            declared.filter_map(|rest| rest.split('>').next()).map(|name| last(name).to_owned()),
        );
        if source.code.contains(".navigation(") {
            names.insert("NavigationDeclared".to_owned());
        }
        if source.code.contains(".knows_readers(") {
            names.insert("TokenUsed".to_owned());
        }
    }
    names
}

/// What its projections and reactions are of: what they say themselves, and for a generic one what
/// it is registered with, `.projects(RememberPerson::<PersonCreated>::told())`.
fn consumed<'a>(sources: impl Iterator<Item = &'a Source>) -> Names {
    let mut names = Names::new();
    for source in sources {
        for rest in source.code.split("type Message =").skip(1) {
            let name = last(rest.split(';').next().unwrap_or_default());
            let of_a_parameter = name.chars().count() == 1;
            names.extend((!of_a_parameter).then(|| name.to_owned()));
        }
        for start in [".projects(", ".reacts("] {
            for rest in source.code.split(start).skip(1) {
                let consumer = rest.split(')').next().unwrap_or_default();
                let parameter = consumer.split("::<").nth(1).and_then(|it| it.split('>').next());
                names.extend(parameter.map(|name| last(name).to_owned()));
            }
        }
    }
    names
}

fn differences(service: &str, word: &str, told: &Names, done: &Names) -> Vec<String> {
    let lie = told
        .difference(done)
        .map(|name| format!("{service}: {word} names {name}, the code does not"));
    let silence = done
        .difference(told)
        .map(|name| format!("{service}: the code has {name}, {word} does not name it"));
    lie.chain(silence).collect()
}

/// Everything that is wrong with what one service says of its messages.
fn faults(service: &str, sources: &[Source]) -> Vec<String> {
    let own = || sources.iter().filter(|source| source.of_service() == Some(service));
    let path = format!("services/{service}/src/lib.rs");
    let Some(lib) = own().find(|source| source.path == path) else {
        return vec![format!("{path} is missing")];
    };
    let mut faults = Vec::new();
    if let Err(fault) = told(lib, "Owns") {
        // What a service owns is no message; only that it says so is asked.
        faults.extend(fault.contains("no paragraph").then_some(fault));
    }
    for (word, done) in [("Publishes", published(own())), ("Consumes", consumed(own()))] {
        let done = without_the_chassis(done);
        match told(lib, word).map(without_the_chassis) {
            Ok(told) => faults.extend(differences(service, word, &told, &done)),
            Err(fault) => faults.push(fault),
        }
    }
    faults
}

/// The chassis publishes the navigation of every service that has one, and the uses of tokens; the
/// service's head need not say so.
fn without_the_chassis(mut names: Names) -> Names {
    names.remove("NavigationDeclared");
    names.remove("TokenUsed");
    names
}

/// Where the catalogue says otherwise who publishes what.
fn catalogue_faults(service: &str, published: &Names) -> Vec<String> {
    let listed = catalogue::all().iter().filter(|entry| entry.publishers.contains(&service));
    let listed: Names = listed.map(|entry| entry.rust_name.clone()).collect();
    differences(service, "contracts::catalogue", &listed, published)
}

#[test]
fn every_service_says_what_it_publishes_and_consumes() {
    let sources = all_sources();

    let mut found = Vec::new();
    for service in services() {
        let own = sources.iter().filter(|source| source.of_service() == Some(&service));
        found.extend(faults(&service, &sources));
        found.extend(catalogue_faults(&service, &published(own)));
    }
    none(&found);
}

#[test]
fn the_rules_bite() {
    let lib = "//! Notices.\n//!\n//! Owns: deliveries.\n//! Publishes: `MessageSent`,\n\
               //! [`contracts::outreach::MessageFailed`]\n//!\n//! Consumes: `commerce.order.paid`\n";
    let code =
        "fn service() { s.publishes::<MessageSent>().publishes::<outreach::MessageFailed>() }";
    let consumer = "//! What is heard.\nimpl Reaction for A { type Message = contracts::commerce::OrderPaid; }";
    let said = |lib: &str, code: &str, consumer: &str| {
        let sources = [
            Source::new("services/outreach/src/lib.rs", &format!("{lib}{code}")),
            Source::new("services/outreach/src/deliveries/consumers.rs", consumer),
        ];
        faults("outreach", &sources).join("; ")
    };

    assert_eq!(said(lib, code, consumer), "");
    let silent = lib.replace("`MessageSent`,", "");
    assert!(said(&silent, code, consumer).contains("the code has MessageSent"));
    assert!(said(lib, "", consumer).contains("Publishes names MessageFailed, the code does not"));
    let more = format!("{code} x.publishes::<TermStarted>() y.navigation(&[])");
    assert!(said(lib, &more, consumer).contains("the code has TermStarted"));
    assert!(!said(lib, &more, consumer).contains("NavigationDeclared"));
    assert!(said(lib, code, "//! Nothing.").contains("Consumes names OrderPaid"));
    let generic = "//! What is heard.\nimpl<M: Told> Projection for A<M> { type Message = M; }";
    let registered = format!("{code} fn b() {{ s.projects(A::<commerce::OrderPaid>::told()) }}");
    assert_eq!(said(lib, &registered, generic), "");
    let invented = lib.replace("`commerce.order.paid`", "`commerce.order.lost`");
    assert!(said(&invented, code, consumer).contains("`commerce.order.lost`, which is no message"));
    let all = lib.replace("`commerce.order.paid`", "`commerce.order.*`");
    assert!(said(&all, code, consumer).contains("Consumes names OrderOpened"));
    assert!(said("//! Notices.\n", code, consumer).contains("no paragraph `Owns:`"));

    let but_one: Names =
        ["MessageSent", "NavigationDeclared", "TokenUsed"].map(str::to_owned).into();
    assert_eq!(
        catalogue_faults("outreach", &but_one),
        ["outreach: contracts::catalogue names MessageFailed, the code does not"]
    );
}
