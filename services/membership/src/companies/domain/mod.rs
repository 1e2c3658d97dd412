//! What a company is, who is what for it, what may be changed, and which days its terms cover. Pure.

use chrono::NaiveDate;
use contracts::membership::{self, CompanySize, CompanyTerm};
use contracts::{CompanyId, MembershipTypeId, PersonId, TermId};
use uuid::Uuid;

use crate::terms::domain::end;

/// A company, as the rows hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) id: CompanyId,
    pub(crate) name: String,
    /// The company it is a branch of.
    pub(crate) parent: Option<CompanyId>,
    pub(crate) region: String,
    pub(crate) size: CompanySize,
    pub(crate) domains: Vec<String>,
    /// Who is what for it.
    pub(crate) roles: Vec<RoleHeld>,
    /// 0: not stored yet.
    pub(crate) version: i64,
}

/// What somebody is for a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Gives its seats.
    Admin,
    /// Is asked about its dues.
    Dues,
    /// Is asked about its people.
    Member,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Admin, Self::Dues, Self::Member];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Dues => "dues",
            Self::Member => "member",
        }
    }

    /// The role stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Admin => "Company admin",
            Self::Dues => "Dues contact",
            Self::Member => "Member contact",
        }
    }
}

/// One person in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleHeld {
    pub(crate) id: Uuid,
    pub(crate) role: Role,
    pub(crate) person: PersonId,
    /// By which they were asked, when they were.
    pub(crate) invitation: Option<Uuid>,
}

/// What staff typed about a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) parent: Option<CompanyId>,
    pub(crate) region: String,
    pub(crate) size: CompanySize,
    pub(crate) domains: Vec<String>,
}

/// Why a company, or what belongs to it, is not stored as typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Somebody else changed it since the form was opened.
    #[error("{0} was changed since you opened the page; look at it and save again to replace it")]
    Stale(String),
    /// Another company has this name.
    #[error("there is a company called {0} already")]
    NameTaken(String),
    /// A branch of a branch, or of itself.
    #[error("{0} is a branch itself, and a branch has no branches: choose its company")]
    ParentIsBranch(String),
    /// A company with branches would become a branch.
    #[error("{0} has branches, so it cannot become one: make its branches companies first")]
    HasBranches(String),
    /// What covers its seats would change under them.
    #[error("{0} has seats or terms of its own, so it stays what it is: release the seats first")]
    InUse(String),
    /// A branch has no terms.
    #[error("{0} is a branch: the terms of its company cover it")]
    Branch(String),
    /// The person has that role already.
    #[error("they are that already")]
    RoleHeld,
    /// The new end is not within the term.
    #[error("a term is only ended earlier: choose a day from {0} to {1}")]
    NotWithin(NaiveDate, NaiveDate),
    /// The calendar ends.
    #[error("this day is too far away")]
    TooFar,
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Stale(_) => "company_stale",
            Self::NameTaken(_) => "company_name_taken",
            Self::ParentIsBranch(_) => "company_parent_is_branch",
            Self::HasBranches(_) => "company_has_branches",
            Self::InUse(_) => "company_in_use",
            Self::Branch(_) => "company_is_branch",
            Self::RoleHeld => "company_role_held",
            Self::NotWithin(..) => "company_term_end_not_within",
            Self::TooFar => "company_term_too_far",
        }
    }
}

impl Company {
    /// Whose terms cover it, and whose seats its own count among.
    pub(crate) fn root(&self) -> CompanyId {
        self.parent.unwrap_or(self.id)
    }

    /// Who has a role.
    pub(crate) fn holders(&self, role: Role) -> impl Iterator<Item = PersonId> {
        self.roles.iter().filter(move |held| held.role == role).map(|held| held.person)
    }

    /// What others may know.
    pub(crate) fn public(&self) -> membership::Company {
        membership::Company {
            company_id: self.id,
            name: self.name.clone(),
            parent_id: self.parent,
            region: self.region.clone(),
            size: self.size.clone(),
            domains: self.domains.clone(),
            admins: self.holders(Role::Admin).collect(),
            dues_contact: self.holders(Role::Dues).next(),
            member_contact: self.holders(Role::Member).next(),
            version: self.version,
        }
    }
}

/// A new company, not stored yet.
pub(crate) fn create(id: CompanyId, draft: &Draft) -> Company {
    let Draft { name, parent, region, size, domains } = draft.clone();
    Company { id, name, parent, region, size, domains, roles: Vec::new(), version: 0 }
}

/// What hangs on a company, where it matters whether it may become or cease to be a branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) has_branches: bool,
    /// Living seats, or terms.
    pub(crate) in_use: bool,
}

/// Whether a company may have this parent; `parent` is that company's row.
///
/// # Errors
/// [`Refusal::ParentIsBranch`].
pub(crate) fn under(own: CompanyId, parent: Option<&Company>) -> Result<(), Refusal> {
    match parent {
        Some(parent) if parent.parent.is_some() || parent.id == own => {
            Err(Refusal::ParentIsBranch(parent.name.clone()))
        }
        _ => Ok(()),
    }
}

/// Changes a company, unless the row is not the one the writer saw.
///
/// # Errors
/// [`Refusal::Stale`], [`Refusal::HasBranches`], [`Refusal::InUse`].
pub(crate) fn edit(
    stored: &Company,
    draft: &Draft,
    seen: i64,
    uses: Uses,
) -> Result<Company, Refusal> {
    let moved = stored.parent != draft.parent;
    if stored.version != seen {
        return Err(Refusal::Stale(stored.name.clone()));
    }
    if moved && draft.parent.is_some() && uses.has_branches {
        return Err(Refusal::HasBranches(stored.name.clone()));
    }
    if moved && uses.in_use {
        return Err(Refusal::InUse(stored.name.clone()));
    }
    let (roles, version) = (stored.roles.clone(), stored.version);
    Ok(Company { roles, version, ..create(stored.id, draft) })
}

/// What staff typed about a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTerm {
    pub(crate) type_id: MembershipTypeId,
    pub(crate) from: NaiveDate,
    pub(crate) seats: i64,
}

/// A new term of one year: from the day the last one ends, or from the day that was typed when none
/// runs any more. `held` are the company's terms.
///
/// # Errors
/// [`Refusal::Branch`], [`Refusal::TooFar`].
pub(crate) fn start(
    id: TermId,
    company: &Company,
    held: &[CompanyTerm],
    new: &NewTerm,
) -> Result<CompanyTerm, Refusal> {
    if company.parent.is_some() {
        return Err(Refusal::Branch(company.name.clone()));
    }
    let last = held.iter().map(|term| term.ends_before).max();
    let starts_on = last.map_or(new.from, |last| last.max(new.from));
    let ends_before = end(starts_on, 1).ok_or(Refusal::TooFar)?;
    Ok(CompanyTerm {
        term_id: id,
        company_id: company.id,
        type_id: new.type_id,
        seats: new.seats,
        starts_on,
        ends_before,
        version: 1,
    })
}

/// Ends a term early: `ends_before` is the first day it covers no longer.
///
/// # Errors
/// [`Refusal::NotWithin`].
pub(crate) fn shorten(term: &CompanyTerm, ends_before: NaiveDate) -> Result<CompanyTerm, Refusal> {
    if ends_before < term.starts_on || ends_before >= term.ends_before {
        let last = term.ends_before.pred_opt().unwrap_or(term.ends_before);
        return Err(Refusal::NotWithin(term.starts_on, last));
    }
    Ok(CompanyTerm { ends_before, ..term.clone() })
}

/// Whether `term` covers `day`.
pub(crate) fn covers(term: &CompanyTerm, day: NaiveDate) -> bool {
    term.starts_on <= day && day < term.ends_before
}

/// The term that counts on `day`: the one that covers it, or else the next to come.
pub(crate) fn current(terms: &[CompanyTerm], day: NaiveDate) -> Option<&CompanyTerm> {
    let coming = || terms.iter().filter(|term| term.starts_on > day && day < term.ends_before);
    let covering = terms.iter().find(|term| covers(term, day));
    covering.or_else(|| coming().min_by_key(|term| term.starts_on))
}

/// The domains typed, each once, as they are compared; nothing when one of them is none.
pub(crate) fn domains(typed: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for word in typed.split([' ', ',', ';', '\n', '\t']).filter(|word| !word.is_empty()) {
        let word = word.trim_start_matches('@').to_lowercase();
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let dotted = word.contains('.') && !word.starts_with('.') && !word.ends_with('.');
        if !dotted || !word.chars().all(letters) {
            return None;
        }
        if !found.contains(&word) {
            found.push(word);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests;
