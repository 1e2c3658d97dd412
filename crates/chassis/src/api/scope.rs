//! What an access token may do, as types: `Api<AccountRead>`.

/// Whose tokens may carry a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// People, for what is their own.
    People,
    /// Machines, which are registered as clients and act for nobody.
    Machines,
}

/// What a token may do, and an endpoint asks for.
pub trait Scope: Send + Sync + 'static {
    /// As tokens carry it: `membership:read`.
    const NAME: &'static str;
    /// As the route table prints it: `token membership:read`.
    const WHO: &'static str;
    /// Whose tokens may carry it.
    const HOLDERS: Holders;
}

/// A scope of people: its endpoints always know for whom they answer.
pub trait OfPeople: Scope {}

/// A scope there is, for the pages where tokens are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeEntry {
    /// As tokens carry it.
    pub name: &'static str,
    /// What it allows, for whoever gives it.
    pub allows: &'static str,
    /// Whose tokens may carry it.
    pub holders: Holders,
}

macro_rules! scopes {
    ($($name:ident = $word:literal, $holders:ident, $allows:literal;)+) => {
        $(
            #[doc = $allows]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Scope for $name {
                const NAME: &'static str = $word;
                const WHO: &'static str = concat!("token ", $word);
                const HOLDERS: Holders = Holders::$holders;
            }
        )+

        /// All scopes there are.
        pub const SCOPES: &[ScopeEntry] = &[
            $(ScopeEntry { name: $word, allows: $allows, holders: Holders::$holders }),+
        ];
    };
}

scopes! {
    AccountRead = "account:read", People, "Read your account: address and language.";
    MembershipRead = "membership:read", People, "Read your membership: your terms and chapters.";
    MembersRead = "members:read", Machines, "Read who is a member, until when, and of which chapters.";
}

impl OfPeople for AccountRead {}
impl OfPeople for MembershipRead {}

/// The scopes that tokens of these holders may carry.
pub fn scopes_for(holders: Holders) -> impl Iterator<Item = &'static ScopeEntry> {
    SCOPES.iter().filter(move |scope| scope.holders == holders)
}
