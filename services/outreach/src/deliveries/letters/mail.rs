//! A mail as a value: what it says, in order. HTML and plain text are both written of it, so that
//! they cannot disagree.

/// A mail before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mail {
    /// BCP 47.
    pub(super) language: &'static str,
    /// Who writes, at the head of every mail.
    pub(super) society: String,
    /// One line.
    pub(super) subject: String,
    /// What lists of mails show beside the subject; the body says it again.
    pub(super) preview: String,
    /// What kind of mail it is, and of which day.
    pub(super) about: [String; 2],
    pub(super) heading: String,
    pub(super) blocks: Vec<Block>,
    /// The small print: why it came, how to switch it off, what to refer to.
    pub(super) foot: Vec<Foot>,
}

/// A piece of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// What the pieces after it are about.
    Heading(&'static str),
    /// The one act of the mail: what it does, and its address.
    Button(&'static str, String),
    /// Another way on.
    Link(&'static str, String),
    /// Terms with their values.
    Facts(Vec<(&'static str, String)>),
    /// What is paid for, each with its amount, and what it comes to.
    Sums { lines: Vec<(String, String)>, total: (&'static str, String) },
    /// What happened, happens, and comes: a word of the time, and what.
    Steps(Vec<(&'static str, String)>),
}

/// A line of the small print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foot {
    pub(super) text: String,
    /// Where it leads.
    pub(super) url: Option<String>,
}
