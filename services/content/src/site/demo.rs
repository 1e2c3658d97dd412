//! The part that content plays in the demo: the starter pages are there already; one piece of news more.

use chassis::{Actor, App, Command, Result, Tx};

use super::starter::publish_new;

/// Publishes the demo's news.
pub(crate) async fn play(app: App) -> Result<()> {
    let actor = Actor::job("demo", app.ids().uuid(app.clock().now()));
    app.db().execute(&actor, &PublishNews).await
}

struct PublishNews;

impl Command for PublishNews {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let text = include_str!("../../starter/news.md");
        publish_new(tx, "/news/new-site", "A new site to try out", text).await
    }
}
