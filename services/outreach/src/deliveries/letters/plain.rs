//! A mail as plain text: no line longer than 72 signs but an address, and each of those on a line of
//! its own; sums stand under each other.

use super::mail::{Block, Foot, Mail};

/// How long a line may be.
const WIDTH: usize = 72;
/// How far terms may push their values to the right.
const WIDEST_TERM: usize = 24;

/// Writes the mail as plain text.
pub(super) fn text(mail: &Mail) -> String {
    let rule = "-".repeat(WIDTH);
    let masthead = format!("{}\n{}\n{rule}", mail.society, mail.about.join(", "));
    let mut pieces = vec![masthead, wrapped(&mail.heading, WIDTH).join("\n")];
    pieces.extend(mail.blocks.iter().map(block));
    let foot = mail.foot.iter().map(foot).collect::<Vec<_>>().join("\n");
    pieces.push(format!("{rule}\n{foot}\n"));
    pieces.join("\n\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) => wrapped(text, WIDTH).join("\n"),
        Block::Heading(heading) => (*heading).to_owned(),
        Block::Button(label, url) | Block::Link(label, url) => format!("{label}:\n{url}"),
        Block::Facts(rows) | Block::Steps(rows) => facts(rows),
        Block::Sums { lines, total } => sums(lines, total),
    }
}

fn foot(line: &Foot) -> String {
    let text = wrapped(&line.text, WIDTH).join("\n");
    match &line.url {
        Some(url) => format!("{text}:\n{url}"),
        None => text,
    }
}

/// Terms on the left, values under each other on the right of them.
fn facts(rows: &[(&'static str, String)]) -> String {
    let widest = rows.iter().map(|(term, _)| length(term)).max().unwrap_or(0).min(WIDEST_TERM);
    let indent = widest + 2;
    let mut lines = Vec::new();
    for (term, value) in rows {
        let mut margin =
            format!("{term}{}", " ".repeat(indent.saturating_sub(length(term)).max(1)));
        for line in wrapped(value, WIDTH - indent) {
            lines.push(format!("{margin}{line}"));
            margin = " ".repeat(indent);
        }
    }
    lines.join("\n")
}

/// What is paid for on the left, amounts ending where the line ends; a rule before the total.
fn sums(rows: &[(String, String)], total: &(&'static str, String)) -> String {
    let amounts = rows.iter().map(|(_, amount)| amount).chain([&total.1]);
    let widest = amounts.map(|amount| length(amount)).max().unwrap_or(0);
    let room = WIDTH.saturating_sub(widest + 2).max(1);
    let row = |what: &str, amount: &str| {
        let mut lines = wrapped(what, room);
        let last = lines.pop().unwrap_or_default();
        let gap = WIDTH.saturating_sub(length(&last) + length(amount)).max(1);
        lines.push(format!("{last}{}{amount}", " ".repeat(gap)));
        lines.join("\n")
    };
    let mut lines: Vec<_> = rows.iter().map(|(what, amount)| row(what, amount)).collect();
    lines.push("-".repeat(WIDTH));
    lines.push(row(total.0, &total.1));
    lines.join("\n")
}

/// The words of a text in lines; a word longer than a line is cut, unless it is an address.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        if !line.is_empty() && length(&line) + 1 + length(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        while line.is_empty() && length(word) > width && !word.contains("://") {
            let cut = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
            let (head, tail) = word.split_at(cut);
            lines.push(head.to_owned());
            word = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_wrapped_between_words_and_loses_no_sign() {
        let text =
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        let lines = wrapped(text, 20);
        assert!(lines.iter().all(|line| length(line) <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        let long = "x".repeat(50);
        assert_eq!(wrapped(&long, 20).concat(), long);
        assert!(wrapped(&long, 20).iter().all(|line| length(line) <= 20));
        let address = format!("https://scte.example/{long}");
        assert_eq!(wrapped(&address, 20), [address]);
        assert!(wrapped(" \r\n ", 20).is_empty());
    }

    #[test]
    fn sums_end_under_each_other() {
        let lines = vec![
            ("Active membership".to_owned(), "$99.00".to_owned()),
            ("a very long thing ".repeat(8), "-$1,000.00".to_owned()),
        ];
        let text = sums(&lines, &("Total paid", "€12.00".to_owned()));
        for line in text.lines().filter(|line| line.ends_with(".00") || line.ends_with('-')) {
            assert_eq!(length(line), WIDTH, "{line}");
        }
        assert!(text.lines().all(|line| length(line) <= WIDTH));
        assert_eq!(text.lines().filter(|line| line.ends_with(".00")).count(), 3);
    }

    #[test]
    fn values_stand_under_each_other() {
        let rows = [("When", "1 March 2027".to_owned()), ("Receipt", "word ".repeat(40))];
        let text = facts(&rows);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "When     1 March 2027");
        assert!(lines[1].starts_with("Receipt  word"));
        assert!(lines[2].starts_with("         word"));
        assert!(lines.iter().all(|line| length(line) <= WIDTH));
    }
}
