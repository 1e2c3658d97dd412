//! The projections that feed the readers' tables: one per message type, all pure copies.
//!
//! A row is replaced by a state that is not older than it, so a repeat and a replay change nothing.
//! `got.id` is the message's id; an `id` of the message itself is `got.message.id`.

use contracts::content::MenuChanged;
use contracts::identity::{
    Account, AccountLocked, AccountRegistered, AccountUnlocked, AccountVerified, ClientChanged,
    DuplicateFound, KeyPublished, PasswordChanged, RoleGranted, RoleRevoked, Roles, SignInEnded,
    SignedOutEverywhere, TokenRevoked,
};
use contracts::membership::{
    ChapterJoined, ChapterPublished, CompanyPublished, CompanyTerm, CompanyTermEnded,
    CompanyTermStarted, Person, PersonCreated, PersonUpdated, Seat, SeatAssigned, SeatReleased,
    SeatState, Term, TermStarted, TypePublished,
};
use contracts::shared::{NavigationDeclared, PersonIntroduced};
use messaging::{Fault, Got, Projection, Tx, params};

/// Declares a projection that hands part of its message to a function.
macro_rules! projection {
    ($(#[$doc:meta])* $name:ident = $stored:literal, $message:ty => $tables:expr, $project:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Projection for $name {
            const NAME: &'static str = $stored;
            const VERSION: i64 = 1;
            const TABLES: &'static [&'static str] = $tables;
            type Message = $message;

            async fn project(&self, tx: &Tx, got: &Got<Self::Message>) -> Result<(), Fault> {
                let project = $project;
                project(tx, got).await
            }
        }
    };
}

projection! {
    /// The public keys that sign sign-ins.
    RememberKey = "readers.key", KeyPublished => &["reader_keys"], key
}
projection! {
    /// An account's generation and state, when it is made.
    RememberAccount = "readers.account_registered", AccountRegistered => &["reader_accounts"],
    async |tx: &Tx, got: &Got<AccountRegistered>| account(tx, &got.account).await
}
projection! {
    /// An account's state, when its address was confirmed.
    RememberVerified = "readers.account_verified", AccountVerified => &["reader_accounts"],
    async |tx: &Tx, got: &Got<AccountVerified>| account(tx, &got.account).await
}
projection! {
    /// An account's generation, when its password changed.
    RememberPasswordChange = "readers.password_changed", PasswordChanged => &["reader_accounts"],
    async |tx: &Tx, got: &Got<PasswordChanged>| account(tx, &got.account).await
}
projection! {
    /// An account's generation, when all its sign-ins ended.
    RememberSignedOut = "readers.signed_out", SignedOutEverywhere => &["reader_accounts"],
    async |tx: &Tx, got: &Got<SignedOutEverywhere>| account(tx, &got.account).await
}
projection! {
    /// That an account was locked.
    RememberLock = "readers.account_locked", AccountLocked => &["reader_accounts"],
    async |tx: &Tx, got: &Got<AccountLocked>| account(tx, &got.account).await
}
projection! {
    /// That an account was opened again.
    RememberUnlock = "readers.account_unlocked", AccountUnlocked => &["reader_accounts"],
    async |tx: &Tx, got: &Got<AccountUnlocked>| account(tx, &got.account).await
}
projection! {
    /// The sign-ins that ended before their time.
    RememberEnding = "readers.signin_ended", SignInEnded => &["reader_endings"], ending
}
projection! {
    /// The access tokens that were revoked before their time.
    RememberTokenEnding = "readers.token_revoked", TokenRevoked => &["reader_token_endings"],
    token_ending
}
projection! {
    /// Which clients may be used.
    RememberClient = "readers.client", ClientChanged => &["reader_clients"], client
}
projection! {
    /// A person's staff roles, after one was granted.
    RememberGrant = "readers.role_granted", RoleGranted => &["reader_roles"],
    async |tx: &Tx, got: &Got<RoleGranted>| roles(tx, &got.roles).await
}
projection! {
    /// A person's staff roles, after one was taken away.
    RememberRevocation = "readers.role_revoked", RoleRevoked => &["reader_roles"],
    async |tx: &Tx, got: &Got<RoleRevoked>| roles(tx, &got.roles).await
}
projection! {
    /// Which ids mean the same human.
    RememberAlias = "readers.alias", DuplicateFound => &["reader_aliases"], alias
}
projection! {
    /// The name of a person whom some service met first.
    RememberIntroduction = "readers.person_introduced", PersonIntroduced => &["reader_people"],
    introduction
}
projection! {
    /// The name of a new person.
    RememberPerson = "readers.person_created", PersonCreated => &["reader_people"],
    async |tx: &Tx, got: &Got<PersonCreated>| person(tx, &got.person).await
}
projection! {
    /// The name of a person, when it changed.
    RememberPersonChange = "readers.person_updated", PersonUpdated => &["reader_people"],
    async |tx: &Tx, got: &Got<PersonUpdated>| person(tx, &got.person).await
}
projection! {
    /// The terms of members.
    RememberTerm = "readers.term_started", TermStarted => &["reader_terms"],
    async |tx: &Tx, got: &Got<TermStarted>| term(tx, &got.term).await
}
projection! {
    /// The terms of chapters' members.
    RememberChapterTerm = "readers.chapter_joined", ChapterJoined => &["reader_terms"],
    async |tx: &Tx, got: &Got<ChapterJoined>| term(tx, &got.term).await
}
projection! {
    /// The companies, and whose terms cover each.
    RememberCompany = "readers.company", CompanyPublished => &["reader_companies"], company
}
projection! {
    /// The terms of companies: one row for all who hold seats.
    RememberCompanyTerm = "readers.company_term_started", CompanyTermStarted => &["reader_company_terms"],
    async |tx: &Tx, got: &Got<CompanyTermStarted>| company_term(tx, &got.term).await
}
projection! {
    /// The terms of companies, when one is ended early.
    RememberCompanyTermEnd = "readers.company_term_ended", CompanyTermEnded => &["reader_company_terms"],
    async |tx: &Tx, got: &Got<CompanyTermEnded>| company_term(tx, &got.term).await
}
projection! {
    /// Who holds a seat.
    RememberSeat = "readers.seat_assigned", SeatAssigned => &["reader_seats"],
    async |tx: &Tx, got: &Got<SeatAssigned>| seat(tx, &got.seat).await
}
projection! {
    /// Who holds a seat no more.
    RememberSeatRelease = "readers.seat_released", SeatReleased => &["reader_seats"],
    async |tx: &Tx, got: &Got<SeatReleased>| seat(tx, &got.seat).await
}
projection! {
    /// The kinds of membership.
    RememberType = "readers.type", TypePublished => &["reader_types"], membership_type
}
projection! {
    /// The chapters.
    RememberChapter = "readers.chapter", ChapterPublished => &["reader_chapters"], chapter
}
projection! {
    /// What each service puts into the menu.
    RememberNavigation = "readers.navigation", NavigationDeclared => &["reader_navigation"],
    navigation
}
projection! {
    /// How the editors arranged the menu.
    RememberMenu = "readers.menu", MenuChanged => &["reader_menu"], menu
}

async fn key(tx: &Tx, got: &Got<KeyPublished>) -> Result<(), Fault> {
    let sql =
        "insert into reader_keys (id, public_key, retires_at, version) values ($1, $2, $3, $4)
               on conflict (id) do update set public_key = excluded.public_key,
                   retires_at = excluded.retires_at, version = excluded.version
               where reader_keys.version <= excluded.version";
    tx.run(sql, params![got.message.id, &got.public_key, got.retires_at, got.version]).await?;
    Ok(())
}

async fn account(tx: &Tx, account: &Account) -> Result<(), Fault> {
    let sql = "insert into reader_accounts (person_id, generation, state, language, version)
               values ($1, $2, $3, $4, $5)
               on conflict (person_id) do update set generation = excluded.generation,
                   state = excluded.state, language = excluded.language, version = excluded.version
               where reader_accounts.version <= excluded.version";
    let Account { person_id, generation, state, language, version, .. } = account;
    tx.run(sql, params![*person_id, *generation, state.as_str(), language, *version]).await?;
    Ok(())
}

async fn ending(tx: &Tx, got: &Got<SignInEnded>) -> Result<(), Fault> {
    // By the message's own time, so that a replay forgets the same ones.
    tx.run("delete from reader_endings where expires_at < $1", params![got.at]).await?;
    let sql = "insert into reader_endings (signin_id, person_id, expires_at) values ($1, $2, $3)
               on conflict (signin_id) do nothing";
    tx.run(sql, params![got.signin_id, got.person_id, got.expires_at]).await?;
    Ok(())
}

async fn token_ending(tx: &Tx, got: &Got<TokenRevoked>) -> Result<(), Fault> {
    // By the message's own time, so that a replay forgets the same ones.
    tx.run("delete from reader_token_endings where expires_at < $1", params![got.at]).await?;
    let sql = "insert into reader_token_endings (token_id, expires_at) values ($1, $2)
               on conflict (token_id) do nothing";
    tx.run(sql, params![got.token_id, got.expires_at]).await?;
    Ok(())
}

async fn client(tx: &Tx, got: &Got<ClientChanged>) -> Result<(), Fault> {
    let sql = "insert into reader_clients (entity, is_open, version) values ($1, $2, $3)
               on conflict (entity) do update set is_open = excluded.is_open,
                   version = excluded.version
               where reader_clients.version <= excluded.version";
    tx.run(sql, params![got.message.entity, got.open, got.version]).await?;
    Ok(())
}

async fn roles(tx: &Tx, roles: &Roles) -> Result<(), Fault> {
    let sql = "insert into reader_roles (person_id, roles, strong, version)
               values ($1, $2, $3, $4)
               on conflict (person_id) do update set roles = excluded.roles,
                   strong = excluded.strong, version = excluded.version
               where reader_roles.version <= excluded.version";
    let Roles { person_id, strong, version, .. } = *roles;
    tx.run(sql, params![person_id, roles.roles.join(" "), strong, version]).await?;
    Ok(())
}

async fn alias(tx: &Tx, got: &Got<DuplicateFound>) -> Result<(), Fault> {
    // An alias of an alias is written down as an alias of the one that is kept in the end.
    let known = tx
        .first("select kept from reader_aliases where alias = $1", params![got.kept])
        .await?
        .map(|row| row.get::<contracts::PersonId>("kept"))
        .transpose()?;
    let kept = known.unwrap_or(got.kept);
    if kept == got.alias {
        return Ok(());
    }
    let sql = "insert into reader_aliases (alias, kept, version) values ($1, $2, $3)
               on conflict (alias) do update set kept = excluded.kept, version = excluded.version
               where reader_aliases.version <= excluded.version";
    tx.run(sql, params![got.alias, kept, got.version]).await?;
    let sql = "update reader_aliases set kept = $2 where kept = $1";
    tx.run(sql, params![got.alias, kept]).await?;
    Ok(())
}

async fn introduction(tx: &Tx, got: &Got<PersonIntroduced>) -> Result<(), Fault> {
    // Version 0: whatever membership says of the person replaces it, in whichever order they come.
    let sql = "insert into reader_people (person_id, name, member_number, language, version)
               values ($1, $2, null, $3, 0) on conflict (person_id) do nothing";
    tx.run(sql, params![got.person_id, &got.name, &got.language]).await?;
    Ok(())
}

async fn person(tx: &Tx, person: &Person) -> Result<(), Fault> {
    let sql = "insert into reader_people (person_id, name, member_number, language, version)
               values ($1, $2, $3, $4, $5)
               on conflict (person_id) do update set name = excluded.name,
                   member_number = excluded.member_number, language = excluded.language,
                   version = excluded.version
               where reader_people.version <= excluded.version";
    let Person { person_id, name, member_number, language, version, .. } = person;
    tx.run(sql, params![*person_id, name, member_number.clone(), language, *version]).await?;
    Ok(())
}

async fn term(tx: &Tx, term: &Term) -> Result<(), Fault> {
    let sql = "insert into reader_terms
                   (term_id, person_id, kind, type_id, chapter_id, starts_on, ends_before, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8)
               on conflict (term_id) do update set person_id = excluded.person_id,
                   kind = excluded.kind, type_id = excluded.type_id,
                   chapter_id = excluded.chapter_id, starts_on = excluded.starts_on,
                   ends_before = excluded.ends_before, version = excluded.version
               where reader_terms.version <= excluded.version";
    let row = params![
        term.term_id,
        term.person_id,
        term.kind.as_str(),
        term.type_id,
        term.chapter_id,
        term.starts_on,
        term.ends_before,
        term.version
    ];
    tx.run(sql, row).await?;
    Ok(())
}

async fn company(tx: &Tx, got: &Got<CompanyPublished>) -> Result<(), Fault> {
    let sql = "insert into reader_companies (company_id, root_id, name, version)
               values ($1, $2, $3, $4)
               on conflict (company_id) do update set root_id = excluded.root_id,
                   name = excluded.name, version = excluded.version
               where reader_companies.version <= excluded.version";
    let company = &got.company;
    let root = company.parent_id.unwrap_or(company.company_id);
    tx.run(sql, params![company.company_id, root, &company.name, company.version]).await?;
    Ok(())
}

async fn company_term(tx: &Tx, term: &CompanyTerm) -> Result<(), Fault> {
    let sql = "insert into reader_company_terms
                   (term_id, company_id, starts_on, ends_before, version)
               values ($1, $2, $3, $4, $5)
               on conflict (term_id) do update set company_id = excluded.company_id,
                   starts_on = excluded.starts_on, ends_before = excluded.ends_before,
                   version = excluded.version
               where reader_company_terms.version <= excluded.version";
    let CompanyTerm { term_id, company_id, starts_on, ends_before, version, .. } = term;
    tx.run(sql, params![*term_id, *company_id, *starts_on, *ends_before, *version]).await?;
    Ok(())
}

async fn seat(tx: &Tx, seat: &Seat) -> Result<(), Fault> {
    let sql = "insert into reader_seats (seat_id, company_id, person_id, held, version)
               values ($1, $2, $3, $4, $5)
               on conflict (seat_id) do update set company_id = excluded.company_id,
                   person_id = excluded.person_id, held = excluded.held,
                   version = excluded.version
               where reader_seats.version <= excluded.version";
    let held = seat.state == SeatState::Held;
    let Seat { seat_id, company_id, person_id, version, .. } = seat;
    tx.run(sql, params![*seat_id, *company_id, *person_id, held, *version]).await?;
    Ok(())
}

async fn membership_type(tx: &Tx, got: &Got<TypePublished>) -> Result<(), Fault> {
    let sql = "insert into reader_types (type_id, code, title, audience, language, price_minor,
                   currency, sample, is_open, version, seats)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
               on conflict (type_id) do update set code = excluded.code, title = excluded.title,
                   audience = excluded.audience, language = excluded.language,
                   price_minor = excluded.price_minor, currency = excluded.currency,
                   sample = excluded.sample, is_open = excluded.is_open, version = excluded.version,
                   seats = excluded.seats
               where reader_types.version <= excluded.version";
    let kind = &got.membership_type;
    let row = params![
        kind.type_id,
        &kind.code,
        &kind.title,
        &kind.audience,
        &kind.language,
        kind.price.minor,
        kind.price.currency.as_str(),
        kind.sample,
        kind.open,
        kind.version,
        kind.seats
    ];
    tx.run(sql, row).await?;
    Ok(())
}

async fn chapter(tx: &Tx, got: &Got<ChapterPublished>) -> Result<(), Fault> {
    let sql = "insert into reader_chapters
                   (chapter_id, name, region, price_minor, currency, sample, version)
               values ($1, $2, $3, $4, $5, $6, $7)
               on conflict (chapter_id) do update set name = excluded.name,
                   region = excluded.region, price_minor = excluded.price_minor,
                   currency = excluded.currency, sample = excluded.sample,
                   version = excluded.version
               where reader_chapters.version <= excluded.version";
    let chapter = &got.chapter;
    let row = params![
        chapter.chapter_id,
        &chapter.name,
        &chapter.region,
        chapter.price.minor,
        chapter.price.currency.as_str(),
        chapter.sample,
        chapter.version
    ];
    tx.run(sql, row).await?;
    Ok(())
}

async fn navigation(tx: &Tx, got: &Got<NavigationDeclared>) -> Result<(), Fault> {
    let sql =
        "insert into reader_navigation (id, service, entries, version) values ($1, $2, $3, $4)
               on conflict (id) do update set service = excluded.service,
                   entries = excluded.entries, version = excluded.version
               where reader_navigation.version <= excluded.version";
    let entries = serde_json::to_value(&got.entries).map_err(messaging::Error::internal)?;
    tx.run(sql, params![got.message.id, &got.feed, entries, got.version]).await?;
    Ok(())
}

async fn menu(tx: &Tx, got: &Got<MenuChanged>) -> Result<(), Fault> {
    let sql = "insert into reader_menu (id, entries, version) values ($1, $2, $3)
               on conflict (id) do update set entries = excluded.entries,
                   version = excluded.version
               where reader_menu.version <= excluded.version";
    let entries = serde_json::to_value(&got.entries).map_err(messaging::Error::internal)?;
    tx.run(sql, params![got.message.id, entries, got.version]).await?;
    Ok(())
}
