//! The rules of what an account has to sign in with. Pure: no database, no clock, no HTTP.

/// What an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) password: bool,
    pub(crate) authenticator: bool,
    pub(crate) passkeys: usize,
    /// How many recovery codes are left; nothing when none were ever made.
    pub(crate) codes: Option<i64>,
}

impl Held {
    /// Whether a password alone signs nobody in.
    pub(crate) fn has_second(&self) -> bool {
        self.authenticator || self.passkeys > 0
    }

    /// Whether codes can be typed.
    pub(crate) fn types(&self) -> bool {
        self.authenticator || self.codes.is_some_and(|left| left > 0)
    }
}

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    Password,
    Authenticator,
    /// One of the passkeys.
    Passkey,
}

/// Why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody could sign in any more.
    #[error("this is your last way to sign in; set a password or add another passkey first")]
    LastWayIn,
    /// A staff role asks for two factors.
    #[error("a role of yours asks for two factors; set up another one before you remove this")]
    NeededByRole,
    /// A password can go only where passkeys take its place.
    #[error("without a password you sign in with a passkey; add one first")]
    NoPasskey,
    /// There is none.
    #[error("this was removed already")]
    NotThere,
    /// Codes without anything that they stand in for.
    #[error("recovery codes stand in for an app or a passkey; set one of them up first")]
    NoSecond,
    /// Staff by the console.
    #[error("your own ways to sign in are changed on the page of your account")]
    OwnAccount,
    /// Staff by the console.
    #[error("only an administrator may do this to the account of a member of staff")]
    StaffAccount,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::LastWayIn => "factor_last_way_in",
            Self::NeededByRole => "factor_needed_by_role",
            Self::NoPasskey => "factor_no_passkey",
            Self::NotThere => "factor_not_there",
            Self::NoSecond => "factor_no_second",
            Self::OwnAccount => "factor_own_account",
            Self::StaffAccount => "factor_of_staff",
        }
    }
}

/// Takes something away; `needs_second`: a role of the person asks for two factors.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn remove(held: &Held, what: Removal, needs_second: bool) -> Result<Held, Refusal> {
    let mut left = *held;
    match what {
        Removal::Password if !held.password => return Err(Refusal::NotThere),
        Removal::Password if held.passkeys == 0 => return Err(Refusal::NoPasskey),
        Removal::Password => left.password = false,
        Removal::Authenticator if !held.authenticator => return Err(Refusal::NotThere),
        Removal::Authenticator => left.authenticator = false,
        Removal::Passkey => {
            left.passkeys = held.passkeys.checked_sub(1).ok_or(Refusal::NotThere)?;
        }
    }
    if !left.password && left.passkeys == 0 {
        return Err(Refusal::LastWayIn);
    }
    if needs_second && !left.has_second() {
        return Err(Refusal::NeededByRole);
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Held = Held { password: true, authenticator: true, passkeys: 1, codes: Some(10) };

    #[test]
    fn the_last_way_in_stays() {
        let bare = Held { password: false, ..ALL };
        assert_eq!(remove(&bare, Removal::Passkey, false), Err(Refusal::LastWayIn));
        assert!(remove(&Held { passkeys: 2, ..bare }, Removal::Passkey, false).is_ok());
        assert!(remove(&ALL, Removal::Passkey, false).is_ok());
        assert_eq!(
            remove(&Held { passkeys: 0, ..ALL }, Removal::Password, false),
            Err(Refusal::NoPasskey)
        );
        assert_eq!(remove(&ALL, Removal::Password, false).map(|left| left.password), Ok(false));
    }

    #[test]
    fn what_a_role_asks_for_stays() {
        let app = Held { passkeys: 0, ..ALL };
        assert_eq!(remove(&app, Removal::Authenticator, true), Err(Refusal::NeededByRole));
        assert!(remove(&app, Removal::Authenticator, false).is_ok());
        assert!(remove(&ALL, Removal::Authenticator, true).is_ok());
        let passkey = Held { authenticator: false, ..ALL };
        assert_eq!(remove(&passkey, Removal::Passkey, true), Err(Refusal::NeededByRole));
    }

    #[test]
    fn what_is_gone_is_not_removed_again() {
        let none = Held { password: true, authenticator: false, passkeys: 0, codes: None };
        for what in [Removal::Authenticator, Removal::Passkey] {
            assert_eq!(remove(&none, what, false), Err(Refusal::NotThere));
        }
        let bare = Held { password: false, ..ALL };
        assert_eq!(remove(&bare, Removal::Password, false), Err(Refusal::NotThere));
        assert!(!none.has_second() && !none.types() && ALL.has_second());
    }
}
