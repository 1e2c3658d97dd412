//! The rules of accounts, addresses and passwords. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Utc};
use contracts::PersonId;
use contracts::identity::{self as public, AccountState};

/// The longest address that mail can have, in bytes (RFC 5321).
const LONGEST_ADDRESS: usize = 254;
/// The shortest password, in characters.
pub(crate) const SHORTEST_PASSWORD: usize = 10;
/// The longest password, in characters: hashing must stay cheap to ask for.
pub(crate) const LONGEST_PASSWORD: usize = 200;
/// The languages a person can choose (BCP 47), each with its own name.
pub(crate) const LANGUAGES: [(&str, &str); 3] =
    [("en", "English"), ("es", "Español"), ("fr", "Français")];

/// A mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// As the person wrote it; mail goes there.
    pub(crate) written: String,
    /// Trimmed and in lower case, local part too; one account has it.
    pub(crate) normal: String,
}

impl Address {
    /// Reads an address; nothing when mail could not go there.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let written = text.trim();
        let (local, domain) = written.rsplit_once('@')?;
        let odd = |c: char| c.is_whitespace() || c.is_control();
        let fits = written.len() <= LONGEST_ADDRESS && !written.contains(odd);
        let host = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        (fits && host && !local.is_empty() && !local.contains('@'))
            .then(|| Self { written: written.to_owned(), normal: written.to_lowercase() })
    }
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Made for somebody another service introduced; has no password.
    Dormant,
    /// Registered; the address is not confirmed.
    Unverified,
    /// Confirmed; may sign in.
    Active,
    /// Closed by staff.
    Locked,
}

impl State {
    /// All, in the order of a life.
    pub(crate) const ALL: [Self; 4] = [Self::Dormant, Self::Unverified, Self::Active, Self::Locked];

    /// As messages say it.
    pub(crate) fn public(self) -> AccountState {
        match self {
            Self::Dormant => AccountState::Dormant,
            Self::Unverified => AccountState::Unverified,
            Self::Active => AccountState::Active,
            Self::Locked => AccountState::Locked,
        }
    }

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dormant => "dormant",
            Self::Unverified => "unverified",
            Self::Active => "active",
            Self::Locked => "locked",
        }
    }

    /// The state stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// An account: a person's way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) person_id: PersonId,
    pub(crate) address: Address,
    pub(crate) state: State,
    pub(crate) language: String,
    /// Argon2id in PHC form; absent until the address is confirmed, and where passkeys took its place.
    pub(crate) password_hash: Option<String>,
    /// Sign-ins of an older generation are no longer valid.
    pub(crate) generation: i64,
    pub(crate) registered_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Account {
    /// The state that messages carry.
    pub(crate) fn public(&self) -> public::Account {
        public::Account {
            person_id: self.person_id,
            address: self.address.written.clone(),
            state: self.state.public(),
            language: self.language.clone(),
            generation: self.generation,
            version: self.version,
        }
    }
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The account is closed.
    #[error("this account is locked; write to us and we look into it together")]
    Locked,
    /// The address was confirmed before.
    #[error("this address is confirmed already; you can sign in")]
    AlreadyConfirmed,
    /// Nobody may close their own account this way.
    #[error("you cannot lock your own account")]
    OwnAccount,
    /// Only an administrator may close the account of a colleague.
    #[error("only an administrator may lock or unlock the account of a member of staff")]
    StaffAccount,
    /// Not locked, so it cannot be unlocked; or locked already.
    #[error("the account is {0} already")]
    AlreadyThere(&'static str),
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Locked => "account_locked",
            Self::AlreadyConfirmed => "address_confirmed_already",
            Self::OwnAccount => "account_own",
            Self::StaffAccount => "account_of_staff",
            Self::AlreadyThere(_) => "account_unchanged",
        }
    }
}

/// Decides whether a password may be chosen; gives the sentence that says why not.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn check_password(password: &str, address: &Address) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(format!("yours has {length} characters, {SHORTEST_PASSWORD} are needed"));
    }
    if length > LONGEST_PASSWORD {
        return Err(format!(
            "yours has {length} characters, at most {LONGEST_PASSWORD} are allowed"
        ));
    }
    if password.to_lowercase().contains(&address.normal) {
        return Err("choose a password that does not contain your address".to_owned());
    }
    Ok(())
}

/// Decides whether an address may be registered by whoever reads its mail; `domains` are those that
/// may, none of them: all. The answer depends on the domain alone, never on who has an account.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn may_register(address: &Address, domains: &[String]) -> Result<(), String> {
    let domain = address.normal.rsplit('@').next().unwrap_or_default();
    if domains.is_empty() || domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
        return Ok(());
    }
    Err(format!(
        "only addresses at {} can be registered; if we know yours from elsewhere, set a password \
         by mail instead",
        domains.join(", ")
    ))
}

/// What a registration does, depending on the account its address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registration {
    /// A new account.
    New,
    /// A code goes to the address: whoever confirms it owns the account and chooses its password.
    Claim,
    /// The owner is told; nothing changes.
    Known,
}

/// Decides what registering with an address does.
pub(crate) fn register(found: Option<&Account>) -> Registration {
    match found.map(|account| account.state) {
        None => Registration::New,
        Some(State::Dormant | State::Unverified) => Registration::Claim,
        Some(State::Active | State::Locked) => Registration::Known,
    }
}

/// Confirms the address; the password that was chosen with the code becomes the account's.
///
/// # Errors
/// [`Refusal::AlreadyConfirmed`], [`Refusal::Locked`].
pub(crate) fn confirm(account: &Account, password_hash: String) -> Result<Account, Refusal> {
    Ok(Account { password_hash: Some(password_hash), ..confirm_bare(account)? })
}

/// Confirms the address of an account that gets no password: a passkey takes its place.
///
/// # Errors
/// As [`confirm`].
pub(crate) fn confirm_bare(account: &Account) -> Result<Account, Refusal> {
    match account.state {
        State::Active => Err(Refusal::AlreadyConfirmed),
        State::Locked => Err(Refusal::Locked),
        State::Dormant | State::Unverified => {
            Ok(Account { state: State::Active, password_hash: None, ..account.clone() })
        }
    }
}

/// Sets a new password for whoever proved the address by a code: ends all sign-ins, and confirms
/// the address when it was not yet.
///
/// # Errors
/// [`Refusal::Locked`].
pub(crate) fn reset(account: &Account, password_hash: String) -> Result<Account, Refusal> {
    if account.state == State::Locked {
        return Err(Refusal::Locked);
    }
    Ok(Account { state: State::Active, ..with_password(account, password_hash) })
}

/// Sets a new password; every sign-in made with the old one ends.
pub(crate) fn with_password(account: &Account, password_hash: String) -> Account {
    Account { password_hash: Some(password_hash), ..signed_out(account) }
}

/// Ends every sign-in of the account.
pub(crate) fn signed_out(account: &Account) -> Account {
    Account { generation: account.generation + 1, ..account.clone() }
}

/// Who asks to lock or unlock an account, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) by: PersonId,
    pub(crate) by_admin: bool,
    /// Whether the account's person has any staff role.
    pub(crate) of_staff: bool,
}

/// Closes an account: all its sign-ins end and none can start.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn lock(account: &Account, asked: Asked) -> Result<Account, Refusal> {
    may_close(account, asked)?;
    if account.state == State::Locked {
        return Err(Refusal::AlreadyThere("locked"));
    }
    Ok(Account { state: State::Locked, ..signed_out(account) })
}

/// Opens a locked account again; `passkey`: it has one.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn unlock(account: &Account, asked: Asked, passkey: bool) -> Result<Account, Refusal> {
    may_close(account, asked)?;
    if account.state != State::Locked {
        return Err(Refusal::AlreadyThere("open"));
    }
    // Without password and passkey it was never confirmed, whatever it was called before.
    let confirmed = account.password_hash.is_some() || passkey;
    let state = if confirmed { State::Active } else { State::Dormant };
    Ok(Account { state, ..account.clone() })
}

/// Whether whoever asks may lock or unlock the account at all.
///
/// # Errors
/// [`Refusal::OwnAccount`], [`Refusal::StaffAccount`].
pub(crate) fn may_close(account: &Account, asked: Asked) -> Result<(), Refusal> {
    if asked.by == account.person_id {
        return Err(Refusal::OwnAccount);
    }
    if asked.of_staff && !asked.by_admin {
        return Err(Refusal::StaffAccount);
    }
    Ok(())
}

/// What an introduction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Introduction {
    /// The person has an account already.
    Nothing,
    /// A dormant account is made.
    MakeDormant,
    /// The address belongs to another id: the introduced one becomes its alias. An account that
    /// nobody confirmed turns dormant: it now stands for somebody a service knows, and is kept.
    Duplicate { kept: PersonId, turns_dormant: bool },
}

/// Decides what the introduction of a person does; `own` is their account, `holder` the account
/// that has the address.
pub(crate) fn introduce(own: Option<&Account>, holder: Option<&Account>) -> Introduction {
    match (own, holder) {
        (Some(_), _) => Introduction::Nothing,
        (None, None) => Introduction::MakeDormant,
        (None, Some(holder)) => Introduction::Duplicate {
            kept: holder.person_id,
            turns_dormant: holder.state == State::Unverified,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_allowed_domains_register_and_none_means_all() {
        let address = |text| Address::read(text).unwrap();
        let only = ["scte.example".to_owned(), "Cable.Example".to_owned()];
        assert_eq!(may_register(&address("jo@example.org"), &[]), Ok(()));
        assert_eq!(may_register(&address("jo@SCTE.example"), &only), Ok(()));
        assert_eq!(may_register(&address("jo@cable.example"), &only), Ok(()));
        for other in ["jo@example.org", "jo@evil-scte.example", "jo@sub.scte.example"] {
            let why = may_register(&address(other), &only).unwrap_err();
            assert!(why.starts_with("only addresses at scte.example, Cable.Example"), "{why}");
        }
    }

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    fn account(state: State) -> Account {
        Account {
            person_id: person(1),
            address: Address::read("Jo@Example.org").unwrap(),
            state,
            language: "en".to_owned(),
            password_hash: (state == State::Active).then(|| "old".to_owned()),
            generation: 1,
            registered_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    const BY_STAFF: Asked =
        Asked { by: PersonId(uuid::Uuid::nil()), by_admin: false, of_staff: false };

    #[test]
    fn an_address_is_one_whatever_its_case() {
        let address = Address::read("  Jo.Alvarez@Example.ORG ").unwrap();
        assert_eq!(address.written, "Jo.Alvarez@Example.ORG");
        assert_eq!(address.normal, "jo.alvarez@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(LONGEST_ADDRESS));
        for text in [
            "",
            "jo",
            "@example.org",
            "jo@",
            "jo@example",
            "jo@.org",
            "jo@org.",
            "a b@c.de",
            "a@b@c.de",
            "a\n@b.de",
            &long,
        ] {
            assert_eq!(Address::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_not_the_address() {
        let address = Address::read("jo@example.org").unwrap();
        assert!(check_password("123456789", &address).is_err());
        assert!(check_password("1234567890", &address).is_ok());
        assert!(check_password(&"ä".repeat(200), &address).is_ok());
        assert!(check_password(&"ä".repeat(201), &address).is_err());
        assert!(check_password("my JO@example.org!", &address).is_err());
        assert!(check_password("my JO@example.com!", &address).is_ok());
    }

    #[test]
    fn registering_tells_nobody_whether_an_account_is_there() {
        assert_eq!(register(None), Registration::New);
        assert_eq!(register(Some(&account(State::Dormant))), Registration::Claim);
        assert_eq!(register(Some(&account(State::Unverified))), Registration::Claim);
        assert_eq!(register(Some(&account(State::Active))), Registration::Known);
        assert_eq!(register(Some(&account(State::Locked))), Registration::Known);
    }

    #[test]
    fn confirming_makes_the_chosen_password_the_accounts() {
        let confirmed = confirm(&account(State::Dormant), "new".to_owned()).unwrap();
        assert_eq!(
            (confirmed.state, confirmed.password_hash.as_deref()),
            (State::Active, Some("new"))
        );
        assert_eq!(confirm(&account(State::Active), String::new()), Err(Refusal::AlreadyConfirmed));
        assert_eq!(confirm(&account(State::Locked), String::new()), Err(Refusal::Locked));
    }

    #[test]
    fn a_new_password_ends_every_sign_in() {
        let reset_one = reset(&account(State::Active), "new".to_owned()).unwrap();
        assert_eq!((reset_one.generation, reset_one.password_hash.as_deref()), (2, Some("new")));
        assert_eq!(reset(&account(State::Dormant), "new".to_owned()).unwrap().state, State::Active);
        assert_eq!(reset(&account(State::Locked), "new".to_owned()), Err(Refusal::Locked));
        assert_eq!(with_password(&account(State::Active), "new".to_owned()).generation, 2);
        assert_eq!(signed_out(&account(State::Active)).generation, 2);
    }

    #[test]
    fn staff_lock_and_unlock() {
        let locked = lock(&account(State::Active), BY_STAFF).unwrap();
        assert_eq!((locked.state, locked.generation), (State::Locked, 2));
        assert_eq!(lock(&locked, BY_STAFF), Err(Refusal::AlreadyThere("locked")));
        assert_eq!(unlock(&locked, BY_STAFF, false).unwrap().state, State::Active);
        assert_eq!(
            unlock(&lock(&account(State::Dormant), BY_STAFF).unwrap(), BY_STAFF, false)
                .unwrap()
                .state,
            State::Dormant
        );
        assert_eq!(
            unlock(&account(State::Active), BY_STAFF, false),
            Err(Refusal::AlreadyThere("open"))
        );
        let bare = Account { password_hash: None, ..locked };
        assert_eq!(unlock(&bare, BY_STAFF, true).unwrap().state, State::Active);
    }

    #[test]
    fn nobody_locks_themselves_and_only_an_administrator_a_colleague() {
        let own = Asked { by: person(1), ..BY_STAFF };
        assert_eq!(lock(&account(State::Active), own), Err(Refusal::OwnAccount));
        let of_staff = Asked { of_staff: true, ..BY_STAFF };
        assert_eq!(lock(&account(State::Active), of_staff), Err(Refusal::StaffAccount));
        assert_eq!(unlock(&account(State::Locked), of_staff, false), Err(Refusal::StaffAccount));
        assert!(lock(&account(State::Active), Asked { by_admin: true, ..of_staff }).is_ok());
    }

    #[test]
    fn an_introduction_never_makes_a_second_account() {
        let other = Account { person_id: person(2), ..account(State::Active) };
        let waiting = Account { person_id: person(2), ..account(State::Unverified) };
        assert_eq!(introduce(None, None), Introduction::MakeDormant);
        assert_eq!(introduce(Some(&account(State::Dormant)), None), Introduction::Nothing);
        assert_eq!(introduce(Some(&account(State::Dormant)), Some(&other)), Introduction::Nothing);
        assert_eq!(
            introduce(None, Some(&other)),
            Introduction::Duplicate { kept: person(2), turns_dormant: false }
        );
        assert_eq!(
            introduce(None, Some(&waiting)),
            Introduction::Duplicate { kept: person(2), turns_dormant: true }
        );
    }
}
