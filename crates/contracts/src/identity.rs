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
    /// Whether they count only in a sign-in with two factors, or a passkey.
    #[serde(default)]
    pub strong: bool,
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

/// The account has another address; the person proved that they read what goes there.
#[message("identity.account.email_changed", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct EmailChanged {
    /// The account, with its new address.
    pub account: Account,
    /// The address it had before, as the person wrote it.
    #[personal]
    pub old_address: String,
}

/// A link that works for days was made, to be sent to somebody.
#[message("identity.account.link_issued", key = account.person_id, entity = account.person_id, version = account.version, secret_for_minutes = 1440)]
pub struct LinkIssued {
    /// The account.
    pub account: Account,
    /// Where it goes, when that is not the address of the account.
    #[personal]
    #[serde(default)]
    pub to: Option<String>,
    /// What the link is for.
    pub purpose: LinkPurpose,
    /// What an invitation is to, in the inviter's words for it: a company, a chapter, a role.
    #[serde(default)]
    pub title: Option<String>,
    /// The language of the title (BCP 47).
    #[serde(default)]
    pub language: Option<String>,
    /// The code: single use, stored hashed by identity.
    #[secret]
    pub code: String,
    /// The path on our site where the code is used; the code is put behind it as `?code=`.
    pub path: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

open_enum! {
    /// What a link is for.
    LinkPurpose {
        /// To prove a new address; goes there.
        NewAddress = "new_address",
        /// To take back a change of address; goes to the old one.
        UndoAddress = "undo_address",
        /// To accept an invitation.
        Invitation = "invitation",
    }
}

/// Something happened to the security of an account that its owner should hear of.
#[message("identity.account.security_alerted", key = account.person_id, entity = account.person_id, version = account.version)]
pub struct SecurityAlerted {
    /// The account.
    pub account: Account,
    /// What happened.
    pub alert: SecurityAlert,
    /// The browser it happened in, as the account page calls it.
    pub device: String,
    /// The network it happened from, as the account page calls it.
    #[personal]
    pub network: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

open_enum! {
    /// What an owner should hear of.
    SecurityAlert {
        /// A browser or network that was never seen with this account signed in.
        NewDevice = "new_device",
        /// A passkey was added.
        PasskeyAdded = "passkey_added",
        /// A passkey was removed.
        PasskeyRemoved = "passkey_removed",
        /// Codes of an authenticator app are asked from now on.
        AuthenticatorAdded = "authenticator_added",
        /// They are no longer asked.
        AuthenticatorRemoved = "authenticator_removed",
        /// Recovery codes were made; older ones no longer work.
        RecoveryCodesMade = "recovery_codes_made",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used",
        /// An access token was made.
        TokenMade = "token_made",
        /// A colleague looked at the site with the eyes of this person.
        ViewedByStaff = "viewed_by_staff",
    }
}

/// An access token no longer works.
#[message("identity.token.revoked", key = token_id, entity = token_id, version = version)]
pub struct TokenRevoked {
    /// The token.
    pub token_id: uuid::Uuid,
    /// When it would have expired by itself; afterwards the note may be forgotten.
    pub expires_at: DateTime<Utc>,
    /// Version of the token.
    pub version: i64,
}

/// A system that signs its users in here, or a machine that calls our API, was registered or changed.
#[message("identity.client.changed", key = entity, entity = entity, version = version)]
pub struct ClientChanged {
    /// The registration.
    pub entity: uuid::Uuid,
    /// Its name in the protocol (`client_id`).
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// Whether it may be used.
    pub open: bool,
    /// Version of the registration.
    pub version: i64,
}

/// Somebody accepted an invitation: whoever asked for it gives what it carries.
#[message("identity.invitation.accepted", key = invitation_id, entity = invitation_id, version = version)]
pub struct InvitationAccepted {
    /// The invitation, as its asker named it.
    pub invitation_id: uuid::Uuid,
    /// Who accepted: the person that was invited, or whom that id is an alias of.
    pub person_id: PersonId,
    /// Version of the invitation.
    pub version: i64,
}
