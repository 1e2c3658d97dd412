//! Who may call a handler, as types: `Page<Anyone>`, `Page<SignedIn>`, `Page<Staff<StaffFinance>>`.

use std::marker::PhantomData;

use crate::readers::Reader;

/// What a role asks of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// To be signed in.
    SignIn,
    /// Any `staff.*` role.
    AnyStaff,
    /// This role (or `staff.admin`, which may all).
    Role(&'static str),
}

impl Needs {
    /// Whether `reader` has what is needed.
    #[must_use]
    pub fn met_by(self, reader: &Reader) -> bool {
        match self {
            Self::Nothing => true,
            Self::SignIn => reader.is_signed_in(),
            Self::AnyStaff => reader.is_signed_in() && reader.is_staff(),
            Self::Role(role) => reader.is_signed_in() && reader.has_role(role),
        }
    }
}

/// Whom a page lets in.
pub trait Role: Send + Sync + 'static {
    /// As the route table prints it.
    const WHO: &'static str;
    /// What is asked of the reader.
    const NEEDS: Needs;
    /// Whether what is done here is done on behalf of the society.
    const ACTS_AS_STAFF: bool = false;
}

/// A role that lets in nobody without a name.
pub trait Known: Role {}

/// Everybody.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Role for Anyone {
    const WHO: &'static str = "anyone";
    const NEEDS: Needs = Needs::Nothing;
}

/// Whoever is signed in.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;

impl Role for SignedIn {
    const WHO: &'static str = "signed in";
    const NEEDS: Needs = Needs::SignIn;
}

impl Known for SignedIn {}

/// Staff who hold a role.
#[derive(Debug, Clone, Copy)]
pub struct Staff<S = AnyStaff>(PhantomData<S>);

impl<S: StaffRole> Role for Staff<S> {
    const WHO: &'static str = S::WHO;
    const NEEDS: Needs = S::NEEDS;
    const ACTS_AS_STAFF: bool = true;
}

impl<S: StaffRole> Known for Staff<S> {}

/// A role of staff, as identity grants it.
pub trait StaffRole: Send + Sync + 'static {
    /// As the route table prints it.
    const WHO: &'static str;
    /// What is asked of the reader.
    const NEEDS: Needs;
}

macro_rules! staff_roles {
    ($($(#[$doc:meta])* $name:ident = $role:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl StaffRole for $name {
            const WHO: &'static str = $role;
            const NEEDS: Needs = Needs::Role($role);
        }
    )+};
}

staff_roles! {
    /// May all, grants roles.
    StaffAdmin = "staff.admin",
    /// Looks after members, companies and chapters.
    StaffMembership = "staff.membership",
    /// Looks after money.
    StaffFinance = "staff.finance",
    /// Looks after pages and the menu.
    StaffContent = "staff.content",
    /// Looks after accounts.
    StaffIdentity = "staff.identity",
    /// Looks after notices and campaigns.
    StaffOutreach = "staff.outreach",
    /// Runs the system.
    StaffOperator = "staff.operator",
}

/// Any `staff.*` role.
#[derive(Debug, Clone, Copy)]
pub struct AnyStaff;

impl StaffRole for AnyStaff {
    const WHO: &'static str = "staff";
    const NEEDS: Needs = Needs::AnyStaff;
}

/// Whoever runs the system: `Page<Operator>`, the same as `Page<Staff<StaffOperator>>`.
pub type Operator = Staff<StaffOperator>;

#[cfg(test)]
mod tests {
    use contracts::PersonId;

    use super::*;

    fn staff(role: &str) -> Reader {
        let person = PersonId(uuid::Uuid::from_u128(1));
        Reader { roles: vec![role.to_owned()], ..Reader::somebody(person) }
    }

    #[test]
    fn each_role_lets_in_its_own() {
        let member = Reader::somebody(PersonId(uuid::Uuid::from_u128(1)));
        assert!(Anyone::NEEDS.met_by(&Reader::stranger()));
        assert!(!SignedIn::NEEDS.met_by(&Reader::stranger()));
        assert!(SignedIn::NEEDS.met_by(&member));
        assert!(!<Staff<AnyStaff>>::NEEDS.met_by(&member));
        assert!(<Staff<AnyStaff>>::NEEDS.met_by(&staff("staff.content")));
        assert!(!<Staff<StaffFinance>>::NEEDS.met_by(&staff("staff.content")));
        assert!(<Staff<StaffFinance>>::NEEDS.met_by(&staff("staff.finance")));
        assert!(Operator::NEEDS.met_by(&staff("staff.admin")));
        // A role without a person is nobody's.
        let nobody = Reader { person: None, ..staff("staff.admin") };
        assert!(!Operator::NEEDS.met_by(&nobody));
    }
}
