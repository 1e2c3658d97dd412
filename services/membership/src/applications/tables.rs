//! Table `applications`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::membership::ApplicationState;
use contracts::{ApplicationId, ChargeId, PersonId};

use super::domain::Application;

/// The application of this id.
pub(crate) async fn load(tx: &Tx, id: ApplicationId) -> Result<Option<Application>> {
    let row = tx.first("select * from applications where application_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The application of this id, when it is that person's own: to others it does not exist.
pub(super) async fn own(
    tx: &Tx,
    id: ApplicationId,
    person: PersonId,
) -> Result<Option<Application>> {
    let sql = "select * from applications where application_id = $1 and person_id = $2";
    tx.first(sql, params![id, person]).await?.as_ref().map(read).transpose()
}

/// The application that asked for this charge.
pub(super) async fn of_charge(tx: &Tx, charge: ChargeId) -> Result<Option<Application>> {
    let row = tx.first("select * from applications where charge_id = $1", params![charge]).await?;
    row.as_ref().map(read).transpose()
}

/// The applications of a person, the latest first, a hundred at most.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Application>> {
    let sql = "select * from applications where person_id = $1
               order by submitted_at desc, application_id desc limit 100";
    tx.all(sql, params![person]).await?.iter().map(read).collect()
}

/// Stores a new application.
pub(super) async fn insert(tx: &Tx, application: &Application) -> Result<()> {
    let sql = "insert into applications (application_id, person_id, type_id, chapter_id, charge_id, state,
                                         lines, submitted_at, hold_until, refunded_minor, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let row = params![
        application.id,
        application.person,
        application.type_id,
        application.chapter_id,
        application.charge_id,
        application.state.as_str(),
        serde_json::to_value(&application.lines).map_err(Error::internal)?,
        application.submitted_at,
        application.hold_until,
        application.refunded_minor,
        application.version
    ];
    tx.run(sql, row).await?;
    Ok(())
}

/// Stores what can change of an application over the row it was loaded from.
pub(super) async fn save(tx: &Tx, application: Application) -> Result<Application> {
    let sql = "update applications set state = $3, opened_at = $4, paid_at = $5, ended_at = $6,
                      reason = $7, refunded_minor = $8, version = version + 1
               where application_id = $1 and version = $2";
    let row = params![
        application.id,
        application.version,
        application.state.as_str(),
        application.opened_at,
        application.paid_at,
        application.ended_at,
        application.reason.clone(),
        application.refunded_minor
    ];
    tx.one_or_conflict(sql, row).await?;
    Ok(Application { version: application.version + 1, ..application })
}

fn read(row: &Row) -> Result<Application> {
    Ok(Application {
        id: row.get("application_id")?,
        person: row.get("person_id")?,
        type_id: row.get("type_id")?,
        chapter_id: row.get("chapter_id")?,
        charge_id: row.get("charge_id")?,
        state: ApplicationState::from(row.get::<String>("state")?.as_str()),
        lines: serde_json::from_value(row.get("lines")?).map_err(Error::internal)?,
        submitted_at: row.get("submitted_at")?,
        hold_until: row.get("hold_until")?,
        opened_at: row.get("opened_at")?,
        paid_at: row.get("paid_at")?,
        ended_at: row.get("ended_at")?,
        reason: row.get("reason")?,
        refunded_minor: row.get("refunded_minor")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
mod tests {
    use chassis::testing::{Slice, slice_test};
    use chassis::{Actor, Command};
    use contracts::{MembershipTypeId, Money};
    use uuid::Uuid;

    use super::*;
    use crate::applications::domain::Line;

    /// Somebody applied so many times, a minute after each other.
    struct Applied(PersonId, i64);

    impl Command for Applied {
        type Out = ();

        async fn run(&self, tx: &Tx) -> Result<()> {
            for minute in 0..self.1 {
                let submitted_at = tx.now() + chrono::TimeDelta::minutes(minute);
                let application = an_application(tx, self.0, submitted_at);
                insert(tx, &application).await?;
            }
            Ok(())
        }
    }

    fn an_application(
        tx: &Tx,
        person: PersonId,
        submitted_at: chrono::DateTime<chrono::Utc>,
    ) -> Application {
        let price = Money::usd(9900);
        let line = |word: &str| word.to_owned();
        Application {
            id: tx.id(),
            person,
            type_id: MembershipTypeId(Uuid::from_u128(1)),
            chapter_id: None,
            charge_id: tx.id(),
            state: ApplicationState::Expired,
            lines: vec![Line {
                r#ref: line("national"),
                code: line("DUES"),
                text: line("Dues"),
                price,
            }],
            submitted_at,
            hold_until: submitted_at,
            opened_at: None,
            paid_at: None,
            ended_at: None,
            reason: None,
            refunded_minor: 0,
            version: 1,
        }
    }

    #[slice_test]
    async fn of_many_applications_the_latest_hundred_are_read(slice: Slice) {
        let [sam, kim] = [6, 7].map(|n| PersonId(Uuid::from_u128(n)));
        let actor = Actor::job("test", Uuid::from_u128(1));
        slice.execute(&actor, &Applied(sam, 103)).await.unwrap();
        slice.execute(&actor, &Applied(kim, 2)).await.unwrap();

        let read = async |person| {
            slice.db().read(async |tx: &Tx| of_person(tx, person).await).await.unwrap()
        };
        let sams = read(sam).await;
        assert_eq!(sams.len(), 100);
        assert!(sams.windows(2).all(|pair| pair[0].submitted_at > pair[1].submitted_at));
        assert_eq!(read(kim).await.len(), 2);
    }
}
