//! What a page reads again and again, kept while nothing moved: neither the service's own feed nor
//! one of its copies.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use messaging::{Db, Result, Tx};

/// The most things kept; when there are more, all are forgotten.
const MOST: usize = 5_000;

/// Where the feed and the copies of a service stood.
type Stamp = (i64, u64);

/// Something read, and where things stood before it was.
type Kept = (Stamp, Arc<dyn Any + Send + Sync>);

/// Things read from a service's database, by their type and a key.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<HashMap<(TypeId, String), Kept>>);

impl Remembered {
    /// What was read under this key, unless something moved since; else what `read` finds now.
    /// That nothing was found is not remembered.
    pub(crate) async fn get<T: Send + Sync + 'static>(
        &self,
        db: &Db,
        key: &str,
        read: impl AsyncFnOnce(&Tx) -> Result<Option<T>>,
    ) -> Result<Option<Arc<T>>> {
        // Before the read: a move during it makes what was read old at once.
        let stamp = (db.head_position(), *db.cursor_moves().borrow());
        let place = (TypeId::of::<T>(), key.to_owned());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some((at, value)) = known
            && at == stamp
            && let Ok(value) = value.downcast::<T>()
        {
            return Ok(Some(value));
        }
        let Some(found) = db.read(read).await?.map(Arc::new) else { return Ok(None) };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(place, (stamp, found.clone()));
        Ok(Some(found))
    }
}
