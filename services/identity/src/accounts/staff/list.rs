//! The list of accounts.

use chassis::{Answer, Asked, Cell, Column, List, Tx};

use super::{Console, path_of, tone};
use crate::accounts::domain::{Account, State};
use crate::accounts::tables;

/// `GET /staff/identity`.
pub(super) async fn list_accounts(page: Console, asked: Asked) -> Answer {
    let site = page.app().site();
    let since = |account: &Account| Cell::time(site, account.registered_at);
    let address = |account: &Account| {
        Cell::link(path_of(account.person_id), account.address.written.as_str())
    };
    let state = |account: &Account| Cell::state(tone(account.state), account.state.as_str());
    let list = List::new("accounts", "Accounts", "/staff/identity")
        .search("Address begins with")
        .choice("state", "State", State::ALL.map(|state| (state.as_str(), state.as_str())))
        .column(
            Column::new("Address", address)
                .sorted("address", |account: &Account| account.address.normal.clone()),
        )
        .column(Column::new("State", state))
        .column(
            Column::id("Since", since).sorted("since", |account: &Account| account.registered_at),
        )
        .column(Column::new("Language", |account: &Account| Cell::text(account.language.as_str())))
        .identified(|account| account.person_id.0)
        .sorted_by("address")
        .act("Invitations", "/staff/identity/invitations")
        .act("Terms", "/staff/identity/terms")
        .empty(
            "No account matches",
            "The search finds the beginning of an address; other states may have it.",
        );
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}
