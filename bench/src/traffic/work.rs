//! The work that is measured, the same for everyone: a transaction updates one of 200 entities and
//! publishes some 300 bytes; one consumer applies them to its own database, once and in order.

use std::collections::HashSet;

use macros::{message, state};
use messaging::{Command, Consumers, Db, Fault, Got, Migration, Projection, Result, Tx, params};
use uuid::Uuid;

/// How many entities there are.
pub(super) const ENTITIES: usize = 200;

/// The service that publishes; its feed has its name.
pub(super) const PRODUCER: &str = "producer";

/// What others see of an entity.
#[state]
pub(super) struct Entity {
    /// The entity.
    pub(super) id: Uuid,
    /// Its version.
    pub(super) version: i64,
    /// What changes.
    pub(super) content: String,
}

/// An entity changed.
#[message("producer.entity.changed", key = entity.id, entity = entity.id, version = entity.version)]
pub(super) struct EntityChanged {
    /// The entity after it.
    pub(super) entity: Entity,
}

/// The `n`-th entity.
pub(super) fn entity(n: usize) -> Uuid {
    Uuid::from_u128(0x5ca1_ab1e_0000_0000 + n as u128)
}

/// Makes the body of a message some 300 bytes long.
pub(super) fn content() -> String {
    "sample ".repeat(29)
}

pub(super) const TABLES: &[Migration] = &[Migration {
    name: "0001_entity",
    sql:
        "create table entity (id uuid primary key, version bigint not null, content text not null);
create table copy (
    id      uuid primary key,
    version bigint not null,
    content text not null,
    applied bigint not null,
    breaks  bigint not null
);",
}];

/// Statements that the limits use too, so that the work is the same to the letter.
pub(super) const LOAD: &str = "select version from entity where id = $1";
pub(super) const SAVE: &str =
    "update entity set version = version + 1, content = $3 where id = $1 and version = $2";
/// Counts how often an entity was applied and how often not in the order of its versions.
pub(super) const APPLY: &str = "insert into copy (id, version, content, applied, breaks)
     values ($1, $2, $3, 1, 0)
     on conflict (id) do update
     set version = excluded.version, content = excluded.content, applied = copy.applied + 1,
         breaks = copy.breaks + case when excluded.version = copy.version + 1 then 0 else 1 end";

/// Makes the entities.
pub(super) struct MakeEntities;

impl Command for MakeEntities {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        for n in 0..ENTITIES {
            let sql = "insert into entity (id, version, content) values ($1, 0, $2)";
            tx.run(sql, params![entity(n), content()]).await?;
        }
        Ok(())
    }
}

/// Changes an entity, and publishes it or not.
pub(super) struct Change {
    pub(super) entity: Uuid,
    pub(super) publish: bool,
}

impl Command for Change {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let version: i64 = tx.one(LOAD, params![self.entity]).await?.get("version")?;
        tx.one_or_conflict(SAVE, params![self.entity, version, content()]).await?;
        if self.publish {
            let entity = Entity { id: self.entity, version: version + 1, content: content() };
            tx.publish(EntityChanged { entity });
        }
        Ok(())
    }
}

/// Publishes `count` messages at once, about `entities` entities in turn: what lies in a feed
/// before a measurement begins.
pub(super) struct Backlog {
    pub(super) from: usize,
    pub(super) count: usize,
    pub(super) entities: usize,
}

impl Command for Backlog {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        for n in self.from..self.from + self.count {
            let version = i64::try_from(n / self.entities).unwrap_or(i64::MAX - 1) + 1;
            let id = entity(n % self.entities);
            tx.publish(EntityChanged { entity: Entity { id, version, content: content() } });
        }
        Ok(())
    }
}

/// Applies messages; those of some entities never.
#[derive(Default)]
pub(super) struct Apply {
    pub(super) poisoned: HashSet<Uuid>,
}

impl Projection for Apply {
    const NAME: &'static str = "consumer.apply";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["copy"];
    type Message = EntityChanged;

    async fn project(&self, tx: &Tx, got: &Got<EntityChanged>) -> Result<(), Fault> {
        let entity = &got.entity;
        if self.poisoned.contains(&entity.id) {
            return Err(Fault::Broken("this entity is poisoned".to_owned()));
        }
        tx.run(APPLY, params![entity.id, entity.version, &entity.content]).await?;
        Ok(())
    }
}

/// The consumer, for which `poisoned` entities are broken.
pub(super) fn consumers(poisoned: impl IntoIterator<Item = Uuid>) -> Consumers {
    Consumers::new().projects(Apply { poisoned: poisoned.into_iter().collect() })
}

/// What became of the messages in the consumer's database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) applied: i64,
    pub(super) doubled: i64,
    pub(super) order_breaks: i64,
}

/// Counts what was applied. An entity's version says how often it must have been.
pub(super) async fn tally(consumer: &Db) -> Result<Tally> {
    let sql = "select cast(coalesce(sum(applied), 0) as bigint) as applied,
                      cast(coalesce(sum(case when applied > version then applied - version else 0 end), 0)
                           as bigint) as doubled,
                      cast(coalesce(sum(breaks), 0) as bigint) as breaks
               from copy";
    consumer
        .read(async |tx| {
            let row = tx.one(sql, params![]).await?;
            Ok(Tally {
                applied: row.get("applied")?,
                doubled: row.get("doubled")?,
                order_breaks: row.get("breaks")?,
            })
        })
        .await
}
