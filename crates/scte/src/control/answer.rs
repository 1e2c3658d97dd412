//! What is done when somebody asks: the same in the running process and, while none runs, in the
//! command itself.

use messaging::replay::{Which, replay};
use messaging::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Ask;
use crate::house::Estate;
use crate::{backup, doctor, parked, status, why};

/// Does what is asked.
///
/// # Errors
/// Those of what is asked; `test_only` for what only tests may ask.
pub(crate) async fn answer(estate: &Estate, ask: &Ask) -> Result<Value> {
    match ask {
        Ask::Status => Ok(serde_json::to_value(status::of(estate).await)?),
        Ask::Quiet => Ok(json!(estate.is_quiet().await?)),
        Ask::Settled => {
            estate.settled().await?;
            Ok(Value::Null)
        }
        Ask::Clock { until } => {
            let clock = &estate.house.clock;
            if let Some(until) = until {
                clock.sleep_until(*until).await;
            }
            Ok(json!({ "now": clock.now() }))
        }
        Ask::Replay { service } => replay_all(estate, service).await,
        Ask::ParkedList => Ok(serde_json::to_value(parked::list(estate).await?)?),
        Ask::ParkedShow { what } => parked::show(estate, &what.parse()?).await,
        Ask::ParkedRetry { what } => {
            let (what, actor) = (what.parse()?, estate.operator());
            Ok(serde_json::to_value(parked::retry(estate, &actor, &what).await?)?)
        }
        Ask::ParkedDrop { what, reason } => {
            let (what, actor) = (what.parse()?, estate.operator());
            parked::give_up(estate, &actor, &what, reason).await?;
            Ok(Value::Null)
        }
        Ask::Resume { service, feed } => {
            let open = estate.opened(service)?;
            open.resume(&estate.operator(), feed).await?;
            Ok(Value::Null)
        }
        Ask::Grant { .. } | Ask::RotateKeys => administer(estate, ask).await,
        Ask::Backup { directory } => {
            Ok(serde_json::to_value(backup::backup(estate, directory).await?)?)
        }
        Ask::Release => {
            backup::release(estate).await?;
            Ok(Value::Null)
        }
        Ask::Doctor => Ok(serde_json::to_value(doctor::examine(estate).await)?),
        Ask::Why { service, thing } => asked_why(estate, service, *thing).await,
        Ask::Stop { service } => {
            only_in_tests(estate)?;
            estate.stop(service).await?;
            Ok(Value::Null)
        }
        Ask::Start { service } => {
            only_in_tests(estate)?;
            estate.start(service).await?;
            Ok(Value::Null)
        }
    }
}

/// What concerns who may sign in.
async fn administer(estate: &Estate, ask: &Ask) -> Result<Value> {
    let (identity, operator) = (estate.opened("identity")?, estate.operator());
    if let Ask::Grant { address, role } = ask {
        identity.db.execute(&operator, &identity::grant(address, role)).await?;
    } else {
        identity::rotate_keys(&identity.db, &operator).await?;
    }
    Ok(Value::Null)
}

async fn asked_why(estate: &Estate, service: &str, thing: Option<Uuid>) -> Result<Value> {
    Ok(serde_json::to_value(why::of(estate, service, thing, &why::in_utc).await?)?)
}

fn only_in_tests(estate: &Estate) -> Result<()> {
    if estate.works && estate.mode == chassis::Mode::Test {
        return Ok(());
    }
    Err(Error::refused("test_only", "services are stopped and started on the page /ops"))
}

async fn replay_all(estate: &Estate, service: &str) -> Result<Value> {
    let open = estate.opened(service)?;
    let applied = replay(&open.db, &open.consumers, &open.readers, &Which::All).await?;
    Ok(json!({ "applied": applied }))
}
