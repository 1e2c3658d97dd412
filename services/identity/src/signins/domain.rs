//! The rules of sign-ins and of trying too often. Pure: no database, no clock, no HTTP.

use std::net::{IpAddr, Ipv6Addr};

use chassis::signin::How;
use chrono::{DateTime, Duration, Utc};
use contracts::{PersonId, SignInId};

/// For how long identity's own cookie brings a sign-in back, in days.
pub(crate) const REMEMBERED_DAYS: i64 = 30;
/// After so many quiet hours an address starts afresh.
pub(crate) const FORGOTTEN_HOURS: i64 = 24;

/// What is counted, by address, by network or by both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TryKind {
    /// A password was typed by a stranger; counted by network too, so that whoever guesses makes
    /// nobody wait but their own network.
    SignIn,
    /// A password was typed by a stranger, wherever from: who guesses from many networks at once.
    SignInAnywhere,
    /// A password was typed on one network, whosever: who tries stolen lists of addresses and
    /// passwords, each once.
    SignInOfNetwork,
    /// A password was typed by whoever is signed in to the account already.
    Proof,
    /// A mail with a code was asked for.
    Mail,
}

impl TryKind {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            // Of one address on all networks, of one network for all addresses: never both.
            Self::SignInAnywhere | Self::SignInOfNetwork => "sign_in_anywhere",
            Self::Proof => "proof",
            Self::Mail => "mail",
        }
    }

    fn allowance(self) -> Allowance {
        match self {
            // The owner may be among those who wait: many tries are free and no wait is long.
            Self::SignInAnywhere => Allowance { free: 50, window: 60, longest_wait: 5 },
            // A whole company signs in on Monday morning.
            Self::SignInOfNetwork => Allowance { free: 200, window: 60, longest_wait: 5 },
            Self::SignIn | Self::Proof | Self::Mail => {
                Allowance { free: 5, window: 15, longest_wait: 15 }
            }
        }
    }
}

/// How many tries are free, within how many minutes, and how many minutes one waits at most.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    free: i64,
    window: i64,
    longest_wait: i64,
}

/// The network that somebody asks from: a whole /64 of IPv6 is one.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(six)) => Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64)).to_string(),
        Some(four) => four.to_string(),
        None => "unknown".to_owned(),
    }
}

/// Whether tries of this network are counted: whoever sits at the machine itself, or came without
/// an address, stands for nobody in particular.
pub(crate) fn is_counted(network: &str) -> bool {
    network != "unknown" && network != "::" && !network.starts_with("127.")
}

/// How often something was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    pub(crate) count: i64,
    pub(crate) first_at: DateTime<Utc>,
    pub(crate) last_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// Why a sign-in is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Tried too often; the wait is in minutes.
    #[error("there were too many tries for this address; wait {}, then try again", minutes(*.0))]
    TooManyTries(i64),
    /// Tried too often from one network; the wait is in minutes.
    #[error("there were too many tries from your network; wait {}, then try again", minutes(*.0))]
    TooManyOfNetwork(i64),
    /// Says nothing about which was wrong, nor whether there is an account; with the tries that
    /// are left before one has to wait, when they were counted.
    #[error("the address or the password is wrong, or the address is not confirmed yet{}", left(*.0))]
    WrongCredentials(Option<i64>),
    /// It ended before.
    #[error("this sign-in has ended already")]
    Ended,
}

fn minutes(count: i64) -> String {
    if count == 1 { "1 minute".to_owned() } else { format!("{count} minutes") }
}

/// Warns before the wait; more than two are nothing to speak of.
fn left(tries: Option<i64>) -> &'static str {
    match tries {
        Some(0) => "; before the next try, wait 1 minute",
        Some(1) => "; one more try, then a wait of 1 minute",
        Some(2) => "; two more tries, then a wait of 1 minute",
        _ => "",
    }
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TooManyTries(_) | Self::TooManyOfNetwork(_) => "too_many_tries",
            Self::WrongCredentials(_) => "wrong_credentials",
            Self::Ended => "signin_ended",
        }
    }
}

/// Counts a try at `now`, before anything is compared: tries at the same time count as well.
///
/// Five tries in 15 minutes are free. Each one more is allowed only after a wait that doubles:
/// 1, 2, 4, 8, 15 minutes after the last. From anywhere 50 in an hour are free, on one network 200 for
/// all addresses together, and the wait ends at 5 minutes. A day without tries starts afresh.
///
/// # Errors
/// [`Refusal::TooManyTries`], [`Refusal::TooManyOfNetwork`]; a refused try is not counted, so that waiting always helps.
pub(crate) fn take_try(
    kind: TryKind,
    past: Option<Tries>,
    now: DateTime<Utc>,
) -> Result<Tries, Refusal> {
    let allowance = kind.allowance();
    let fresh = Tries { count: 1, first_at: now, last_at: now, version: 0 };
    let Some(past) = past else { return Ok(fresh) };
    let blocked = past.count >= allowance.free;
    let over = if blocked {
        now - past.last_at >= Duration::hours(FORGOTTEN_HOURS)
    } else {
        now - past.first_at >= Duration::minutes(allowance.window)
    };
    if over {
        return Ok(Tries { version: past.version, ..fresh });
    }
    if blocked {
        let left = past.last_at + allowance.wait_after(past.count) - now;
        if left > Duration::zero() {
            let minutes = (left.num_seconds() + 59) / 60;
            return Err(match kind {
                TryKind::SignInOfNetwork => Refusal::TooManyOfNetwork(minutes),
                _ => Refusal::TooManyTries(minutes),
            });
        }
    }
    Ok(Tries { count: past.count + 1, last_at: now, ..past })
}

/// How many tries are left before one has to wait.
pub(crate) fn left_free(kind: TryKind, tries: Tries) -> i64 {
    (kind.allowance().free - tries.count).max(0)
}

impl Allowance {
    /// How long to wait after the `count`th try.
    fn wait_after(self, count: i64) -> Duration {
        let doublings = u32::try_from(count - self.free).unwrap_or(0).min(6);
        Duration::minutes((1_i64 << doublings).min(self.longest_wait))
    }
}

/// From when on tries still count; older rows may go.
pub(crate) fn tries_forgotten_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::hours(FORGOTTEN_HOURS)
}

/// A sign-in as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignIn {
    pub(crate) id: SignInId,
    pub(crate) person_id: PersonId,
    /// The browser: "Firefox on Linux".
    pub(crate) device: String,
    /// The network it was started from, as tries are counted.
    pub(crate) network: String,
    /// How the person proved who they are.
    pub(crate) how: How,
    pub(crate) generation: i64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) authenticated_at: DateTime<Utc>,
    pub(crate) remembered_until: DateTime<Utc>,
    /// When identity last gave it a token.
    pub(crate) last_seen_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

impl SignIn {
    /// Whether it goes on at `now`, for an account of this generation.
    pub(crate) fn is_living(&self, generation: i64, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.generation == generation && now < self.remembered_until
    }
}

/// Until when a sign-in started at `now` is remembered.
pub(crate) fn remembered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::days(REMEMBERED_DAYS)
}

/// For how long the longer cookie is kept by the browser, in seconds.
pub(crate) const REMEMBERED_SECONDS: i64 = REMEMBERED_DAYS * 24 * 60 * 60;

/// How somebody proved who they are, as people say it: "password and a code".
pub(crate) fn in_words(how: &How) -> String {
    let word = |word: &str| match word {
        "passkey" => "passkey".to_owned(),
        "totp" => "a code of an app".to_owned(),
        "recovery" => "a recovery code".to_owned(),
        other => other.to_owned(),
    };
    how.as_str().split(' ').map(word).collect::<Vec<_>>().join(" and ")
}

/// What a person recognises a browser by: "Firefox on Linux".
pub(crate) fn device_label(user_agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Order matters: every browser also claims to be the older ones.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_own(past: Option<Tries>, now: DateTime<Utc>) -> Result<Tries, Refusal> {
        take_try(TryKind::SignIn, past, now)
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::minutes(minute)
    }

    fn after(minutes: &[i64]) -> Option<Tries> {
        minutes.iter().fold(None, |past, minute| Some(take_own(past, at(*minute)).unwrap()))
    }

    #[test]
    fn five_tries_are_free_then_the_wait_grows() {
        let five = after(&[0, 1, 2, 3, 4]);
        assert_eq!(take_own(five, at(4)), Err(Refusal::TooManyTries(1)));
        let six = Some(take_own(five, at(5)).unwrap());
        assert_eq!(take_own(six, at(6)), Err(Refusal::TooManyTries(1)));
        let seven = Some(take_own(six, at(7)).unwrap());
        assert_eq!(take_own(seven, at(8)), Err(Refusal::TooManyTries(3)));
        assert!(take_own(seven, at(11)).is_ok());
    }

    #[test]
    fn who_has_few_tries_left_is_warned() {
        let left = |tries| left_free(TryKind::SignIn, tries);
        assert_eq!(after(&[0]).map(left), Some(4));
        assert_eq!(after(&[0, 1, 2, 3, 4, 5]).map(left), Some(0));
        let said = |left| Refusal::WrongCredentials(left).to_string();
        assert_eq!(said(None), said(Some(3)));
        assert!(
            said(Some(2)).ends_with("not confirmed yet; two more tries, then a wait of 1 minute")
        );
        assert!(
            said(Some(1)).contains("one more try") && said(Some(0)).contains("before the next")
        );
    }

    #[test]
    fn the_wait_is_a_quarter_of_an_hour_at_most() {
        let own = TryKind::SignIn.allowance();
        assert_eq!(own.wait_after(5), Duration::minutes(1));
        assert_eq!(own.wait_after(8), Duration::minutes(8));
        assert_eq!(own.wait_after(9), Duration::minutes(15));
        assert_eq!(own.wait_after(1_000_000), Duration::minutes(15));
    }

    #[test]
    fn from_anywhere_more_is_free_and_the_wait_is_short() {
        let kind = TryKind::SignInAnywhere;
        let many = Tries { count: 49, first_at: at(0), last_at: at(59), version: 1 };
        let fifty = take_try(kind, Some(many), at(59)).unwrap();
        assert_eq!(take_try(kind, Some(many), at(60)).unwrap().count, 1);
        assert_eq!(take_try(kind, Some(fifty), at(59)), Err(Refusal::TooManyTries(1)));
        assert!(take_try(kind, Some(fifty), at(60)).is_ok());
        assert_eq!(kind.allowance().wait_after(1_000_000), Duration::minutes(5));
    }

    #[test]
    fn a_network_of_ipv6_is_one_and_ipv4_is_the_same_in_both_forms() {
        let of = |text: &str| network(text.parse().ok());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(network(None), "unknown");
    }

    #[test]
    fn the_machine_itself_is_nobody_in_particular() {
        for own in [None, Some("127.0.0.1"), Some("::1")] {
            let own = own.map(|address| address.parse().unwrap());
            assert!(!is_counted(&network(own)), "{own:?}");
        }
        assert!(is_counted("192.0.2.1") && is_counted("2001:db8::"));
    }

    #[test]
    fn the_window_ends_after_fifteen_minutes() {
        let four = after(&[0, 1, 2, 3]);
        assert_eq!(take_own(four, at(14)).unwrap().count, 5);
        assert_eq!(take_own(four, at(15)).unwrap().count, 1);
    }

    #[test]
    fn a_quiet_day_starts_afresh() {
        let five = after(&[0, 0, 0, 0, 0]);
        assert_eq!(take_own(five, at(24 * 60 - 1)).unwrap().count, 6);
        assert_eq!(take_own(five, at(24 * 60)).unwrap().count, 1);
    }

    #[test]
    fn a_sign_in_lives_until_it_ends_or_its_account_moves_on() {
        let signin = SignIn {
            id: SignInId(uuid::Uuid::nil()),
            person_id: PersonId(uuid::Uuid::nil()),
            device: String::new(),
            network: String::new(),
            how: How::new("password"),
            generation: 3,
            started_at: at(0),
            authenticated_at: at(0),
            remembered_until: remembered_until(at(0)),
            last_seen_at: at(0),
            ended_at: None,
            version: 1,
        };
        assert!(signin.is_living(3, at(1)));
        assert!(!signin.is_living(4, at(1)));
        assert!(!signin.is_living(3, remembered_until(at(0))));
        assert!(!SignIn { ended_at: Some(at(1)), ..signin }.is_living(3, at(1)));
    }

    #[test]
    fn a_proof_reads_as_people_say_it() {
        assert_eq!(in_words(&How::new("password")), "password");
        assert_eq!(in_words(&How::new("password totp")), "password and a code of an app");
        assert_eq!(in_words(&How::new("password recovery")), "password and a recovery code");
    }

    #[test]
    fn a_browser_is_named_as_its_owner_would() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0";
        assert_eq!(device_label(firefox), "Firefox on Linux");
        assert_eq!(device_label(edge), "Edge on Windows");
        assert_eq!(device_label("curl/8.5"), "curl");
        assert_eq!(device_label("<script>"), "Unknown browser");
    }
}
