//! A Rust file as the rules see it: its code without comments, and its texts apart.

/// One Rust file.
pub(crate) struct Source {
    /// Its path inside the workspace: `services/membership/src/terms/domain.rs`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
    /// Its code: comments and what stands in string literals left out.
    pub(crate) code: String,
    /// What stands in its string literals.
    pub(crate) literals: Vec<String>,
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, literals) = split(text);
        Self { path: path.to_owned(), text: text.to_owned(), code, literals }
    }

    /// Whether a file or folder on its path bears one of these names: `tables` is borne by
    /// `tables.rs` and by everything in `tables/`.
    pub(crate) fn is_in(&self, names: &[&str]) -> bool {
        self.path.split('/').any(|step| names.contains(&step.strip_suffix(".rs").unwrap_or(step)))
    }

    /// The service whose sources it belongs to, tests left out.
    pub(crate) fn of_service(&self) -> Option<&str> {
        let (service, rest) = self.path.strip_prefix("services/")?.split_once('/')?;
        rest.starts_with("src/").then_some(service)
    }

    /// Whether a word stands in the code, bounded by what is no part of a name.
    pub(crate) fn says(&self, word: &str) -> bool {
        let part_of_name = |at: Option<char>| at.is_some_and(|c| c.is_alphanumeric() || c == '_');
        self.code.match_indices(word).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            let open_start = !word.starts_with(|c: char| c.is_alphanumeric());
            let open_end = !word.ends_with(|c: char| c.is_alphanumeric());
            (open_start || !part_of_name(before)) && (open_end || !part_of_name(after))
        })
    }
}

/// Code and string literals of a text.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut code, mut literals) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if let Some(hashes) = raw_start(rest, &code) {
            let close = format!("\"{}", "#".repeat(hashes));
            let inside = &rest[hashes + 2..];
            let end = inside.find(&close).unwrap_or(inside.len());
            literals.push(inside[..end].to_owned());
            rest = inside.get(end + close.len()..).unwrap_or("");
            code.push_str("\"\"");
        } else if first == '"' {
            let end = closing_quote(&rest[1..]);
            literals.push(rest[1..=end].to_owned());
            rest = rest.get(end + 2..).unwrap_or("");
            code.push_str("\"\"");
        } else if let Some(length) = char_literal(rest) {
            code.push_str("' '");
            rest = &rest[length..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    (code, literals)
}

/// How many `#` a raw string begins with here, if one does.
fn raw_start(rest: &str, code: &str) -> Option<usize> {
    let in_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let after = rest.strip_prefix('r').filter(|_| !in_name)?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Where a string ends: the place of the quote that is not escaped.
fn closing_quote(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    inside.len()
}

/// How long the character literal is that begins here; a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return escape[first..].find('\'').map(|end| end + first + 3);
    }
    let length = inside.chars().next()?.len_utf8();
    inside[length..].starts_with('\'').then_some(length + 2)
}

#[test]
fn a_source_is_taken_apart() {
    let source = Source::new(
        "services/x/src/terms/tables/load.rs",
        "//! async\nfn f<'a>(c: char) { let s = \"select \\\" 1\"; let r = r#\"raw \"x\" \"#; \
         /* tokio */ if c == '\"' || c == '\\'' { g(); } } // axum\n",
    );

    assert_eq!(source.literals, ["select \\\" 1", "raw \"x\" "]);
    assert!(!source.says("async") && !source.says("tokio") && !source.says("axum"));
    assert!(source.says("g") && !source.says("cha") && source.says("char"));
    assert!(source.is_in(&["tables"]) && source.is_in(&["load"]) && !source.is_in(&["table"]));
    assert_eq!(source.of_service(), Some("x"));
}
