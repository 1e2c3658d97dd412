//! What identity tells: accounts, sign-in keys, ended sign-ins, staff roles.

use chrono::{DateTime, Utc};
use macros::{message, state};

use crate::{PersonId, SignInId};

/// An account: a person's way to sign in.
#[state]
pub struct Account {
    /// Whose account it is.
    pub person_id: PersonId,
    /// The mail address, as the person wrote it.
    #[personal]
    pub address: String,
    /// Where the account stands.
    pub state: AccountState,
    /// The language the person reads (BCP 47).
    pub language: String,
    /// Sign-ins of an older generation are no longer valid.
    pub generation: i64,
    /// Version of the account.
    pub version: i64,
}

open_enum! {
    /// Where an account stands.
    AccountState {
        /// Made for somebody who has not come yet; has no password.
        Dormant = "dormant",
        /// Registered; the address is not confirmed.
        Unverified = "unverified",
        /// Confirmed; may sign in.
        Active = "active",
        /// Closed by staff; may not sign in.
        Locked = "locked",
    }
}

/// Somebody registered, or an account was made for a person that another service introduced.
#[message("identity.account.registered", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct AccountRegistered {
    /// The account.
    pub account: Account,
}

/// The address was confirmed: the account may sign in.
#[message("identity.account.verified", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct AccountVerified {
    /// The account.
    pub account: Account,
}

/// The password was changed.
#[message("identity.account.password_changed", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct PasswordChanged {
    /// The account.
    pub account: Account,
}

/// Every sign-in of older generations ended: "sign out everywhere".
#[message("identity.account.signed_out", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct SignedOutEverywhere {
    /// The account, with its new generation.
    pub account: Account,
}

/// Staff closed an account.
#[message("identity.account.locked", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct AccountLocked {
    /// The account.
    pub account: Account,
}

/// Staff opened an account again.
#[message("identity.account.unlocked", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct AccountUnlocked {
    /// The account.
    pub account: Account,
}

/// An account is gone: nobody confirmed its address in a week. Its address is free again.
#[message("identity.account.removed", key = person_id, entity = person_id, version = version)]
pub struct AccountRemoved {
    /// Whose account it was.
    pub person_id: PersonId,
    /// Version of the removal.
    pub version: i64,
}

/// A one-time code was made, to be sent to the address of the account.
#[message("identity.account.code_issued", key = account.person_id, entity = account.person_id, version = account.version, secret_for_minutes = 60)]
pub struct CodeIssued {
    /// The account.
    pub account: Account,
    /// What the code is for.
    pub purpose: CodePurpose,
    /// The code itself: single use, stored hashed by identity.
    #[secret]
    pub code: String,
    /// The path on our site where the code is used; the code is put behind it as `?code=`.
    pub path: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

open_enum! {
    /// What a one-time code is for.
    CodePurpose {
        /// To confirm the address after registering.
        Confirm = "confirm",
        /// To set a new password.
        Reset = "reset",
        /// Somebody tried to register an address that has an account already; no code is needed.
        Known = "known",
    }
}

/// One sign-in ended before its time.
#[message("identity.signin.ended", key = person_id, entity = signin_id, version = version)]
pub struct SignInEnded {
    /// The sign-in.
    pub signin_id: SignInId,
    /// Whose it was.
    pub person_id: PersonId,
    /// When its tokens expire by themselves; afterwards the note may be forgotten.
    pub expires_at: DateTime<Utc>,
    /// Version of the sign-in.
    pub version: i64,
}

/// A key that signs sign-ins is in use.
#[message("identity.key.published", key = id, entity = id, version = version)]
pub struct KeyPublished {
    /// The key's id (`kid`).
    pub id: uuid::Uuid,
    /// The Ed25519 public key, base64url without padding.
    pub public_key: String,
    /// When tokens signed with it are no longer valid, if that is decided.
    pub retires_at: Option<DateTime<Utc>>,
    /// Version of the key.
    pub version: i64,
}

/// The staff roles of a person, after one was granted.
#[message("identity.role.granted", key = roles.person_id, entity = roles.person_id, version = roles.version)]
pub struct RoleGranted {
    /// All roles of the person.
    pub roles: Roles,
    /// The role that was granted.
    pub role: String,
}

/// The staff roles of a person, after one was taken away.
#[message("identity.role.revoked", key = roles.person_id, entity = roles.person_id, version = roles.version)]
pub struct RoleRevoked {
    /// All roles of the person.
    pub roles: Roles,
    /// The role that was taken away.
    pub role: String,
}

/// The staff roles of a person.
#[state]
pub struct Roles {
    /// Whose roles.
    pub person_id: PersonId,
    /// The roles, each `staff.<word>`, sorted.
    pub roles: Vec<String>,
    /// Version of the set.
    pub version: i64,
}

/// Two ids turned out to be one human: the alias means the other from now on.
#[message("identity.duplicate.found", key = alias, entity = alias, version = version)]
pub struct DuplicateFound {
    /// The id that is an alias.
    pub alias: PersonId,
    /// The id that is kept.
    pub kept: PersonId,
    /// Version of the finding.
    pub version: i64,
}
