//! Argon2id, off the request threads: as many at once as there are cores, the others wait.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use chassis::{Error, Mode, Result};
use tokio::sync::Semaphore;

use super::strength;

/// Each hash takes 19 MiB and a core for a while; more at once would only make all slower.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
});

/// Hashes a password with a salt of its own, in PHC form.
///
/// # Errors
/// `Internal` when the machine has no randomness or memory.
pub(crate) async fn hash(mode: Mode, password: &str) -> Result<String> {
    let password = password.to_owned();
    aside(move || {
        let hash = argon2(mode)?.hash_password(password.as_bytes()).map_err(Error::internal)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether `password` is the one that `stored` was made of.
///
/// Without a stored hash it hashes all the same, so that nobody learns from the time it takes
/// whether an address has an account.
///
/// # Errors
/// `Internal` when the stored hash cannot be read.
pub(crate) async fn is_right(mode: Mode, password: &str, stored: Option<&str>) -> Result<bool> {
    let Some(stored) = stored else {
        hash(mode, password).await?;
        return Ok(false);
    };
    let (password, stored) = (password.to_owned(), stored.to_owned());
    aside(move || {
        let parsed = PasswordHash::new(&stored).map_err(Error::internal)?;
        Ok(argon2(mode)?.verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// Whether a hash was made at the cost that hashes are made at now.
///
/// # Errors
/// `Internal` when it cannot be read.
pub(crate) fn is_current(mode: Mode, stored: &str) -> Result<bool> {
    let stored = PasswordHash::new(stored).map_err(Error::internal)?;
    let cost = Params::try_from(&stored).map_err(Error::internal)?;
    let (made_in, now) = (stored.algorithm.as_str(), argon2(mode)?);
    let (wanted, argon2id) = (now.params(), Algorithm::Argon2id.ident());
    let same = (cost.m_cost(), cost.t_cost(), cost.p_cost())
        == (wanted.m_cost(), wanted.t_cost(), wanted.p_cost());
    Ok(same && made_in == argon2id.as_str())
}

/// Why a password is too weak; nothing when it is not. Off the request threads as hashing is: the
/// longest ones take a while.
///
/// # Errors
/// `Internal` when the work was given up.
pub(crate) async fn weighed(password: &str, own: Vec<String>) -> Result<Option<String>> {
    let password = password.to_owned();
    aside(move || Ok(strength::too_weak(&password, &own))).await
}

fn argon2(mode: Mode) -> Result<Argon2<'static>> {
    let params = match mode {
        // A test signs in hundreds of times; what it tests is not the cost.
        Mode::Test => Params::new(8, 1, 1, None).map_err(Error::internal)?,
        Mode::Production | Mode::Demo => Params::default(),
    };
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let place = PLACES.acquire().await.map_err(Error::internal)?;
    // The place goes along: a request that was given up frees it only when its hash is done.
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    done.await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn a_password_is_right_when_it_is_the_same() {
        let stored = hash(Mode::Test, "correct horse battery").await.unwrap();

        assert!(stored.starts_with("$argon2id$v=19$"));
        assert!(is_right(Mode::Test, "correct horse battery", Some(&stored)).await.unwrap());
        assert!(!is_right(Mode::Test, "correct horse batterx", Some(&stored)).await.unwrap());
        assert!(!is_right(Mode::Test, "correct horse battery", None).await.unwrap());
        assert!(is_right(Mode::Test, "x", Some("broken")).await.is_err());
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let first = hash(Mode::Test, "correct horse battery").await.unwrap();
        assert_ne!(first, hash(Mode::Test, "correct horse battery").await.unwrap());
    }

    #[tokio::test]
    async fn outside_tests_the_cost_is_full() {
        let stored = hash(Mode::Production, "correct horse battery").await.unwrap();
        assert!(stored.contains("m=19456,t=2,p=1"), "{stored}");
    }

    #[tokio::test]
    async fn it_hashes_with_and_without_an_account() {
        let places = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let stored = hash(Mode::Production, "correct horse battery").await.unwrap();
        for stored in [Some(stored.as_str()), None] {
            let mut asked = pin!(is_right(Mode::Production, "not the password", stored));
            // As long as others hash, there is no answer: it has to hash itself.
            let taken = PLACES.acquire_many(u32::try_from(places).unwrap()).await.unwrap();
            assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(taken);
            assert!(!asked.await.unwrap(), "{stored:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_right_and_not_current() {
        let stored = hash(Mode::Production, "correct horse battery").await.unwrap();

        assert!(is_current(Mode::Production, &stored).unwrap());
        assert!(!is_current(Mode::Test, &stored).unwrap());
        assert!(is_right(Mode::Test, "correct horse battery", Some(&stored)).await.unwrap());
        assert!(is_current(Mode::Test, "broken").is_err());
    }
}
