//! The part that content plays in the demo: the starter pages are there already; news more.

use chassis::{Actor, App, Command, Result, Tx};
use chrono::Days;

use super::starter::{Given, publish_new};

/// Publishes the demo's news.
pub(crate) async fn play(app: App) -> Result<()> {
    let actor = Actor::job("demo", app.ids().uuid(app.clock().now()));
    app.db().execute(&actor, &PublishNews).await
}

/// An article, and how many days before the demo begins it was published.
const NEWS: &[(u64, Given)] = &[
    (
        0,
        article(
            "/news/new-site",
            "A new site to try out",
            "Join, pay and read on: everything works, nothing is charged. What you can try, and what is behind it.",
            "Site",
            include_str!("../../starter/news/new-site.md"),
        ),
    ),
    (
        6,
        article(
            "/news/seventy-editions",
            "Seventy editions, 78 days: how long ANSI takes",
            "The catalogue was saved 86 times in 26 months. It shows how long a document of the society waits for its second name.",
            "Standards",
            include_str!("../../starter/news/seventy-editions.md"),
        ),
    ),
    (
        13,
        article(
            "/news/twelve-units",
            "Three years, twelve units",
            "What keeps a certificate valid, what a membership adds to it, and when to send the form.",
            "Certification",
            include_str!("../../starter/news/twelve-units.md"),
        ),
    ),
    (
        27,
        article(
            "/news/half-a-board",
            "Why half a board has to be in the room",
            "The rules of good standing look like paperwork. They are there so that a chapter notices when it is running out of people.",
            "Chapters",
            include_str!("../../starter/news/half-a-board.md"),
        ),
    ),
    (
        41,
        article(
            "/news/lost-zeros",
            "The parts that lost their zeros",
            "In 2020 SCTE 24-02 became SCTE 24-2. References broke far away, and there is something to learn from it.",
            "Standards",
            include_str!("../../starter/news/lost-zeros.md"),
        ),
    ),
    (
        69,
        article(
            "/news/seven-contests",
            "Seven contests, one medal for all",
            "What technicians do at the Cable-Tec Games, and how few of those who enter get there.",
            "Chapters",
            include_str!("../../starter/news/seven-contests.md"),
        ),
    ),
    (
        104,
        article(
            "/news/seventy-nine",
            "From 79 signatures to a vote of thousands",
            "The society in its own numbers, from a charter in San Francisco to the poll that made it a part of CableLabs.",
            "Society",
            include_str!("../../starter/news/seventy-nine.md"),
        ),
    ),
];

const fn article(
    path: &'static str,
    title: &'static str,
    summary: &'static str,
    topic: &'static str,
    markdown: &'static str,
) -> Given {
    Given { path, title, summary, topic, byline: "the editors", markdown }
}

struct PublishNews;

impl Command for PublishNews {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // The oldest first, as it would have been.
        for (days, given) in NEWS.iter().rev() {
            publish_new(tx, given, tx.today().checked_sub_days(Days::new(*days))).await?;
        }
        Ok(())
    }
}
