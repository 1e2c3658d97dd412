//! The list of clients.

use chassis::{Answer, Asked, Cell, Column, List, Tone, Tx};

use super::{Console, LIST, kind_label, path_of};
use crate::clients::domain::{Client, Kind};
use crate::clients::tables;

/// `GET /staff/identity/clients`.
pub(super) async fn list_clients(page: Console, asked: Asked) -> Answer {
    let site = page.app().site();
    let name = |client: &Client| {
        Cell::link(path_of(client.entity), client.name.as_str()).sub(client.id.as_str())
    };
    let state = |client: &Client| match (client.open, client.from_settings) {
        (false, _) => Cell::state(Tone::Off, "closed"),
        (true, true) => Cell::state(Tone::Ok, "open").sub("in the configuration"),
        (true, false) => Cell::state(Tone::Ok, "open"),
    };
    let list = List::new("systems", "Systems", LIST)
        .search("Name")
        .choice("kind", "Kind", Kind::ALL.map(|kind| (kind.as_str(), kind_label(kind))))
        .choice("state", "State", [("open", "open"), ("closed", "closed")])
        .column(
            Column::new("Name", name).sorted("name", |client: &Client| client.name.to_lowercase()),
        )
        .column(Column::new("Kind", |client: &Client| Cell::text(kind_label(client.kind))))
        .column(Column::new("State", state))
        .column(
            Column::id("Since", |client: &Client| Cell::time(site, client.made_at))
                .sorted("since", |client: &Client| client.made_at),
        )
        .identified(|client| client.entity)
        .sorted_by("name")
        .act("Register a system", format!("{LIST}/new"))
        .empty(
            "No system yet",
            "A forum or a vendor's course player signs its users in here once it is registered.",
        );
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}
