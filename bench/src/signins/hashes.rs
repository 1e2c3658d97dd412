//! The limit: nothing but Argon2id at the cost that passwords are hashed at, on every core.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};

use crate::outcome::{Failed, Outcome};
use crate::website::PASSWORD;

/// How many hashes a second all cores make together.
///
/// # Errors
/// When the machine cannot hash.
pub(super) fn per_second(cores: usize, lasting: Duration) -> Outcome<f64> {
    let (made, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                // As identity hashes: the defaults, Argon2id, 19 MiB, two passes.
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
                while began.elapsed() < lasting {
                    let hashed = argon2.hash_password(PASSWORD.as_bytes());
                    let count = if hashed.is_ok() { &made } else { &failed };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    if failed.into_inner() > 0 {
        return Err(Failed::because("this machine cannot hash"));
    }
    let made = u32::try_from(made.into_inner()).unwrap_or(u32::MAX);
    Ok(f64::from(made) / began.elapsed().as_secs_f64())
}
