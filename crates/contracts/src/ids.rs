//! The ids of things that messages speak of: newtypes over `UUIDv7`, so that no two kinds are mixed up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

/// Hands every kind of id, with its doc line, to a macro: whoever must know all of them (a column of
/// a database is one of each kind) writes no list of its own.
#[macro_export]
macro_rules! each_id {
    ($callback:ident) => {
        $callback! {
            /// A human, the same everywhere; minted by whoever meets them first.
            PersonId
            /// One sign-in: a browser that proved who uses it.
            SignInId
            /// A wish for money that one service publishes and commerce answers.
            ChargeId
            /// What a payer pays together: one or more charges.
            OrderId
            /// A kind of membership that can be bought.
            MembershipTypeId
            /// A local chapter of the society.
            ChapterId
            /// A company, or a branch of one.
            CompanyId
            /// A place under a company's membership that a person takes.
            SeatId
            /// A person's request to become a member.
            ApplicationId
            /// A stretch of membership, national or of a chapter.
            TermId
            /// A page of the website.
            PageId
            /// One notice to one person for one cause.
            DeliveryId
        }
    };
}

each_id!(ids);
