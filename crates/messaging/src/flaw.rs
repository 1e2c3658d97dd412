//! Ways for the rules of messaging to be wrong on purpose: one list for the model checker, the
//! property tests and the proof that each of them is caught.
//!
//! The rules without input and output ([`crate::core::Core`] and what publishes to a stream) are
//! generic over [`Rules`]. What runs in a service goes by [`Sound`], a type without values to choose
//! from: no configuration and no argument can make it wrong, and its broken branches are compiled
//! away. Only whoever names [`Flaw`] in the type itself, as tests do, has broken rules.

use std::fmt::Debug;
use std::hash::Hash;

/// What a set of rules goes by.
pub trait Rules: Clone + Debug + Eq + Hash {
    /// Whether the rules are broken in this way.
    fn broken(&self, flaw: Flaw) -> bool;
}

/// Rules that are not broken in any way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sound;

impl Rules for Sound {
    fn broken(&self, _: Flaw) -> bool {
        false
    }
}

/// Rules that are broken in exactly this way.
impl Rules for Flaw {
    fn broken(&self, flaw: Flaw) -> bool {
        *self == flaw
    }
}

/// Declares the flaws with the list of all of them, so that none is left out of a proof.
macro_rules! flaws {
    ($($(#[doc = $doc:literal])+ $flaw:ident,)*) => {
        /// A way to be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Flaw {
            $($(#[doc = $doc])+ $flaw,)*
        }

        impl Flaw {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$flaw,)*];

            /// What is wrong, in a sentence.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$flaw => concat!($($doc),+).trim_ascii(),)*
                }
            }
        }
    };
}

flaws! {
    /// Positions come from a sequence when the row is written, and are read by `id > cursor`.
    NumberedBySequence,
    /// Messages are read by transaction id, up to the oldest running transaction.
    NumberedByTransaction,
    /// The head's row is let go before the commit.
    HeadLetGo,
    /// A rollback does not give its position back.
    HeadKept,

    /// The cursor moves when a batch is fetched, not with the effect.
    MoveAtFetch,
    /// The effects are committed first, the cursor in a transaction of its own behind them.
    CursorApart,
    /// The cursor's old place is not compared.
    NoCompare,
    /// Messages at or before the cursor are taken again.
    TakeOld,
    /// A gap in what was read is not noticed.
    IgnoreGap,
    /// Messages behind a parked one of their key are applied.
    SkipBlocked,
    /// A broken message is left out instead of parked.
    DropBroken,
    /// A transaction that may not have been committed counts as committed.
    TrustUncertain,
    /// The second run of a batch goes on in the transaction that had faulted.
    NoRollback,
    /// A producer that was restored is read on from a position that no longer means the same.
    IgnoreEpoch,
    /// Unavailable is treated as if the message had been taken.
    SkipUnavailable,
    /// A message that kills the process is never tried alone, and never parked.
    NeverAlone,
    /// A halt is noted wherever the cursor stands by then.
    HaltLate,
    /// A retry of parked messages takes no lock.
    RetryUnlocked,
    /// A retry goes on behind a message of the key that failed again.
    RetryPassesFailure,

    /// A stream is written without saying which sequence must come before.
    NoExpectedSequence,
    /// A message is sent behind another of its run without saying which that is.
    NoExpectedId,
    /// A message counts as published before the stream has acknowledged it.
    AckBeforePublish,
    /// A stream that holds another's message is written on.
    AcceptForeign,
    /// A stream that fell back is written on from where it was thought to stand.
    IgnoreStreamFall,
    /// A stream of an epoch that no longer exists is written on.
    IgnoreStreamEpoch,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_rules_are_broken_in_no_way_and_broken_ones_in_one() {
        for flaw in Flaw::ALL {
            assert!(!Sound.broken(*flaw));
            let ways = Flaw::ALL.iter().filter(|other| flaw.broken(**other)).count();
            assert_eq!((flaw.broken(*flaw), ways), (true, 1));
            assert!(flaw.sentence().ends_with('.'), "{flaw:?}");
        }
    }
}
