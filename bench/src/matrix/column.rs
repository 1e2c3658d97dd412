//! What may be away.

use serde::{Deserialize, Serialize};

/// What is away while the stories of a column are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Column {
    /// Nothing: the control.
    Nothing,
    /// Every process of this service.
    Identity,
    /// Every process of this service.
    Membership,
    /// Every process of this service.
    Commerce,
    /// Every process of this service.
    Outreach,
    /// Every process of this service.
    Content,
    /// The broker.
    Nats,
    /// The mail server outside.
    Smtp,
    /// The payment provider outside.
    Provider,
    /// The database of this service can be read and not written.
    IdentityReadOnly,
    /// The same.
    MembershipReadOnly,
    /// The same.
    CommerceReadOnly,
    /// The same.
    OutreachReadOnly,
    /// The same.
    ContentReadOnly,
}

impl Column {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 14] = [
        Self::Nothing,
        Self::Identity,
        Self::Membership,
        Self::Commerce,
        Self::Outreach,
        Self::Content,
        Self::Nats,
        Self::Smtp,
        Self::Provider,
        Self::IdentityReadOnly,
        Self::MembershipReadOnly,
        Self::CommerceReadOnly,
        Self::OutreachReadOnly,
        Self::ContentReadOnly,
    ];

    /// Its name in the declaration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Identity => "identity",
            Self::Membership => "membership",
            Self::Commerce => "commerce",
            Self::Outreach => "outreach",
            Self::Content => "content",
            Self::Nats => "nats",
            Self::Smtp => "smtp",
            Self::Provider => "provider",
            Self::IdentityReadOnly => "identity-read-only",
            Self::MembershipReadOnly => "membership-read-only",
            Self::CommerceReadOnly => "commerce-read-only",
            Self::OutreachReadOnly => "outreach-read-only",
            Self::ContentReadOnly => "content-read-only",
        }
    }

    /// The service that is away with it.
    pub(crate) fn service(self) -> Option<&'static str> {
        let service = match self {
            Self::Identity => "identity",
            Self::Membership => "membership",
            Self::Commerce => "commerce",
            Self::Outreach => "outreach",
            Self::Content => "content",
            _ => return None,
        };
        Some(service)
    }

    /// The service whose database cannot be written.
    pub(crate) fn read_only(self) -> Option<&'static str> {
        self.name().strip_suffix("-read-only")
    }

    /// Whether the owner of a story can do its work: it is there, with its database whole.
    pub(crate) fn spares(self, owner: &str) -> bool {
        self.service() != Some(owner) && self.read_only() != Some(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_called_as_it_is_written() {
        for column in Column::ALL {
            let read: Column = serde_saphyr::from_str(column.name()).unwrap();
            assert_eq!(read, column);
        }
        let mut services: Vec<_> = Column::ALL.iter().filter_map(|one| one.service()).collect();
        let mut read_only: Vec<_> = Column::ALL.iter().filter_map(|one| one.read_only()).collect();
        let mut known = contracts::catalogue::SERVICES.to_vec();
        for list in [&mut services, &mut read_only, &mut known] {
            list.sort_unstable();
        }
        assert_eq!((&services, &read_only), (&known, &known));
    }
}
