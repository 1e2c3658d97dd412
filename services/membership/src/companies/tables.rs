//! Tables `companies`, `company_roles`, `company_terms`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Error, Result, Row, Tx, Value, params};
use contracts::membership::{CompanySize, CompanyTerm};
use contracts::{CompanyId, PersonId, TermId};
use uuid::Uuid;

use super::domain::{Company, Role, RoleHeld, Uses};
use crate::people::domain::name_key;

/// How many branches, and how many companies of one person, are shown at most.
const MOST: usize = 200;

/// The company of this id, with its roles.
pub(crate) async fn load(tx: &Tx, id: CompanyId) -> Result<Option<Company>> {
    let row = tx.first("select * from companies where company_id = $1", params![id]).await?;
    let Some(row) = row else { return Ok(None) };
    let sql = "select * from company_roles where company_id = $1 order by role, role_id";
    let roles = tx.all(sql, params![id]).await?.iter().map(role).collect::<Result<_>>()?;
    Ok(Some(Company { roles, ..read(&row)? }))
}

/// The id of the company of this name, in whichever case.
pub(super) async fn named(tx: &Tx, name: &str) -> Result<Option<CompanyId>> {
    let sql = "select company_id from companies where name_key = $1";
    tx.first(sql, params![name_key(Some(name))]).await?.map(|row| row.get("company_id")).transpose()
}

/// The branches of a company, by name; without their roles.
pub(crate) async fn branches(tx: &Tx, id: CompanyId) -> Result<Vec<Company>> {
    let sql = format!(
        "select * from companies where parent_id = $1 order by name_key, company_id limit {MOST}"
    );
    tx.all(&sql, params![id]).await?.iter().map(read).collect()
}

/// The companies that can have branches, by name; without their roles.
pub(super) async fn parents(tx: &Tx) -> Result<Vec<Company>> {
    let sql =
        "select * from companies where parent_id is null order by name_key, company_id limit 2000";
    tx.all(sql, params![]).await?.iter().map(read).collect()
}

/// The companies that these ids of one person give the seats of, by name; without their roles.
pub(crate) async fn run_by(tx: &Tx, ids: &[PersonId]) -> Result<Vec<Company>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let own = format!(
        "select company_id from company_roles where role = 'admin' and person_id in ({})",
        places.join(", ")
    );
    let sql = format!(
        "select * from companies where company_id in ({own}) or parent_id in ({own})
         order by name_key, company_id limit {MOST}"
    );
    let ids = ids.iter().map(|id| Value::from(*id)).collect();
    tx.all(&sql, ids).await?.iter().map(read).collect()
}

/// The companies that a list wants; without their roles.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Company>> {
    let covered = "exists (select 1 from company_terms t
                           where t.company_id = coalesce(companies.parent_id, companies.company_id)
                             and t.starts_on <= $2 and t.ends_before > $2)";
    let narrowed = match wanted.chosen("standing") {
        Some("member") => covered.to_owned(),
        Some(_) => format!("not {covered}"),
        None => "1 = 1".to_owned(),
    };
    let mut given = params![wanted.pattern()];
    if wanted.chosen("standing").is_some() {
        given.push(tx.today().into());
    }
    let keys = [("name", "name_key"), ("region", "region")];
    let Seek { after, order, limit, params } = wanted.seek(&keys, "company_id", given);
    let sql = format!(
        r"select * from companies
          where (name_key like $1 escape '\' or lower(region) like $1 escape '\'
                 or domains like $1 escape '\')
            and {narrowed} and {after} order by {order} limit {limit}"
    );
    tx.all(&sql, params).await?.iter().map(read).collect()
}

/// What hangs on a company.
pub(super) async fn uses(tx: &Tx, id: CompanyId) -> Result<Uses> {
    let below = "select company_id from companies where parent_id = $1 limit 1";
    let used = "select company_id from company_terms where company_id = $1
                union all
                select company_id from seats where company_id = $1 and state <> 'released' limit 1";
    Ok(Uses {
        has_branches: tx.first(below, params![id]).await?.is_some(),
        in_use: tx.first(used, params![id]).await?.is_some(),
    })
}

/// Stores `company` over the row it was loaded from, or as a new row when it has version 0.
///
/// Loses with `Conflict` against whoever stored it, or its name, in between.
pub(super) async fn save(tx: &Tx, company: Company) -> Result<Company> {
    let sql = if company.version == 0 {
        "insert into companies (company_id, version, name, name_key, parent_id, region, size, domains)
         values ($1, $2 + 1, $3, $4, $5, $6, $7, $8) on conflict do nothing"
    } else {
        "update companies set name = $3, name_key = $4, parent_id = $5, region = $6, size = $7,
                              domains = $8, version = version + 1
         where company_id = $1 and version = $2"
    };
    let row = params![
        company.id,
        company.version,
        company.name.clone(),
        name_key(Some(&company.name)),
        company.parent,
        company.region.clone(),
        company.size.as_str(),
        company.domains.join(" ")
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Company { version: company.version + 1, ..company })
}

/// Stores somebody's role.
pub(super) async fn add_role(tx: &Tx, company: CompanyId, held: &RoleHeld) -> Result<()> {
    let sql = "insert into company_roles (role_id, company_id, person_id, role, invitation)
               values ($1, $2, $3, $4, $5)";
    let row = params![held.id, company, held.person, held.role.as_str(), held.invitation];
    tx.run(sql, row).await.map(drop)
}

/// Forgets a role.
pub(super) async fn remove_role(tx: &Tx, id: Uuid) -> Result<()> {
    tx.run("delete from company_roles where role_id = $1", params![id]).await.map(drop)
}

/// Says who a role is held by, once that is known.
pub(super) async fn give_role(tx: &Tx, id: Uuid, person: PersonId) -> Result<()> {
    let sql = "update company_roles set person_id = $2 where role_id = $1";
    tx.run(sql, params![id, person]).await.map(drop)
}

/// Whose a role is, by its id or by its invitation.
pub(super) async fn company_of_role(tx: &Tx, id: Uuid) -> Result<Option<CompanyId>> {
    let sql = "select company_id from company_roles where role_id = $1 or invitation = $1";
    tx.first(sql, params![id]).await?.map(|row| row.get("company_id")).transpose()
}

/// All terms a company ever had, the earliest first.
pub(crate) async fn terms(tx: &Tx, company: CompanyId) -> Result<Vec<CompanyTerm>> {
    let sql = "select * from company_terms where company_id = $1 order by starts_on, term_id";
    tx.all(sql, params![company]).await?.iter().map(term).collect()
}

/// All terms of these companies; an empty list asks nothing.
pub(crate) async fn terms_of(tx: &Tx, companies: &[CompanyId]) -> Result<Vec<CompanyTerm>> {
    let mut found = Vec::new();
    // No engine takes any number of parameters.
    for some in companies.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select * from company_terms where company_id in ({}) order by starts_on, term_id",
            places.join(", ")
        );
        let ids = some.iter().map(|id| Value::from(*id)).collect();
        for row in &tx.all(&sql, ids).await? {
            found.push(term(row)?);
        }
    }
    Ok(found)
}

/// One term.
pub(super) async fn load_term(tx: &Tx, id: TermId) -> Result<Option<CompanyTerm>> {
    let row = tx.first("select * from company_terms where term_id = $1", params![id]).await?;
    row.as_ref().map(term).transpose()
}

/// Stores a new term, with how it was paid.
pub(super) async fn insert_term(tx: &Tx, term: &CompanyTerm, paid: &str) -> Result<()> {
    let sql =
        "insert into company_terms (term_id, company_id, type_id, seats, starts_on, ends_before,
                                          paid, version)
               values ($1, $2, $3, $4, $5, $6, $7, 1)";
    let row = params![
        term.term_id,
        term.company_id,
        term.type_id,
        term.seats,
        term.starts_on,
        term.ends_before,
        paid
    ];
    tx.run(sql, row).await.map(drop)
}

/// Stores the end of a term over the row it was loaded from.
pub(super) async fn save_term(tx: &Tx, term: CompanyTerm) -> Result<CompanyTerm> {
    let sql = "update company_terms set ends_before = $3, version = version + 1
               where term_id = $1 and version = $2";
    tx.one_or_conflict(sql, params![term.term_id, term.version, term.ends_before]).await?;
    Ok(CompanyTerm { version: term.version + 1, ..term })
}

fn read(row: &Row) -> Result<Company> {
    let domains: String = row.get("domains")?;
    Ok(Company {
        id: row.get("company_id")?,
        name: row.get("name")?,
        parent: row.get("parent_id")?,
        region: row.get("region")?,
        size: CompanySize::from(row.get::<String>("size")?.as_str()),
        domains: domains.split_whitespace().map(str::to_owned).collect(),
        roles: Vec::new(),
        version: row.get("version")?,
    })
}

fn role(row: &Row) -> Result<RoleHeld> {
    let word: String = row.get("role")?;
    Ok(RoleHeld {
        id: row.get("role_id")?,
        role: Role::from_word(&word)
            .ok_or_else(|| Error::internal(format!("a role at a company is {word}")))?,
        person: row.get("person_id")?,
        invitation: row.get("invitation")?,
    })
}

fn term(row: &Row) -> Result<CompanyTerm> {
    Ok(CompanyTerm {
        term_id: row.get("term_id")?,
        company_id: row.get("company_id")?,
        type_id: row.get("type_id")?,
        seats: row.get("seats")?,
        starts_on: row.get("starts_on")?,
        ends_before: row.get("ends_before")?,
        version: row.get("version")?,
    })
}
