//! A timeline: what happened, what happens now, what comes.

use askama::Template;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Done,
    Now,
    Next,
    Failed,
}

impl Stage {
    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Next => "next",
            Self::Failed => "failed",
        }
    }

    /// What the shape says, for who does not see it.
    fn word(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Now => "Now",
            Self::Next => "Still to come",
            Self::Failed => "Failed",
        }
    }
}

#[derive(Debug, Clone)]
struct Step {
    stage: Stage,
    when: String,
    what: String,
    note: String,
    link: Option<(String, String)>,
}

/// Steps in their order; a template writes it as it is: `{{ timeline }}`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "ui/timeline.html")]
pub struct Timeline {
    steps: Vec<Step>,
}

impl Timeline {
    /// No steps yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn step(mut self, stage: Stage, when: impl Into<String>, what: impl Into<String>) -> Self {
        let (when, what) = (when.into(), what.into());
        self.steps.push(Step { stage, when, what, note: String::new(), link: None });
        self
    }

    /// Something that happened; `when` is short: `14:21`, `3 Dec`.
    #[must_use]
    pub fn done(self, when: impl Into<String>, what: impl Into<String>) -> Self {
        self.step(Stage::Done, when, what)
    }

    /// What happens now.
    #[must_use]
    pub fn now(self, when: impl Into<String>, what: impl Into<String>) -> Self {
        self.step(Stage::Now, when, what)
    }

    /// What comes.
    #[must_use]
    pub fn next(self, when: impl Into<String>, what: impl Into<String>) -> Self {
        self.step(Stage::Next, when, what)
    }

    /// Something that went wrong.
    #[must_use]
    pub fn failed(self, when: impl Into<String>, what: impl Into<String>) -> Self {
        self.step(Stage::Failed, when, what)
    }

    /// Says more about the last step.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.note = note.into();
        }
        self
    }

    /// Leads on from the last step.
    #[must_use]
    pub fn link(mut self, path: impl Into<String>, label: impl Into<String>) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.link = Some((path.into(), label.into()));
        }
        self
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl askama::filters::HtmlSafe for Timeline {}
