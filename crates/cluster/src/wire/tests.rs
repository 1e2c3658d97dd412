//! Each state of a wire, with real sockets at both ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// How long is waited for what must come.
const SOON: Duration = Duration::from_secs(20);

/// How long is listened for what must not come.
const SILENCE: Duration = Duration::from_millis(150);

/// A wire and the listener behind it.
async fn wire() -> (Wire, TcpListener) {
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (Wire::before(target.local_addr().unwrap(), 7).unwrap(), target)
}

/// A connection through the wire: the end of who connected and that of the target.
async fn connected(wire: &Wire, target: &TcpListener) -> (TcpStream, TcpStream) {
    let near = TcpStream::connect(wire.address()).await.unwrap();
    let (far, _) = tokio::time::timeout(SOON, target.accept()).await.unwrap().unwrap();
    (near, far)
}

async fn says(from: &mut TcpStream, words: &str) {
    from.write_all(words.as_bytes()).await.unwrap();
}

async fn hears(to: &mut TcpStream, words: &str) {
    let mut heard = vec![0; words.len()];
    tokio::time::timeout(SOON, to.read_exact(&mut heard)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(heard).unwrap(), words);
}

/// Neither a byte nor an end arrives.
async fn hears_nothing(to: &mut TcpStream) {
    let heard = tokio::time::timeout(SILENCE, to.read(&mut [0; 64])).await;
    assert!(heard.is_err(), "{heard:?}");
}

/// What arrives in the end, after everything else: an end in order (true) or a reset.
async fn ends_in_order(to: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(SOON, to.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    ended.is_ok()
}

async fn comes_true(true_at_last: impl Fn() -> bool) {
    let so = crate::found(SOON, async || true_at_last().then_some(())).await;
    so.expect("it comes to pass");
}

#[tokio::test]
async fn a_sound_wire_carries_both_ways_and_the_end_of_each() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;

    says(&mut near, "question").await;
    hears(&mut far, "question").await;
    near.shutdown().await.unwrap();
    assert!(ends_in_order(&mut far).await);
    says(&mut far, "answer").await;
    hears(&mut near, "answer").await;
    far.shutdown().await.unwrap();
    assert!(ends_in_order(&mut near).await);

    comes_true(|| wire.open() == 0).await;
    assert_eq!(wire.carried(), Carried { connections: 1, broken: 0, bytes: 14, swallowed: 0 });
}

#[tokio::test]
async fn who_resets_a_connection_resets_it_at_the_other_end() {
    let (wire, target) = wire().await;
    let (near, mut far) = connected(&wire, &target).await;

    near.set_zero_linger().unwrap();
    drop(near);

    assert!(!ends_in_order(&mut far).await);
    comes_true(|| wire.open() == 0).await;
}

#[tokio::test]
async fn who_is_not_there_is_reset_to_whoever_connects() {
    let (wire, target) = wire().await;
    drop(target);

    let mut near = TcpStream::connect(wire.address()).await.unwrap();

    assert!(!ends_in_order(&mut near).await);
}

#[tokio::test]
async fn a_wire_that_is_aimed_elsewhere_leads_there_whoever_connects() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();

    wire.aim(other.local_addr().unwrap());

    let (mut new, mut newly) = connected(&wire, &other).await;
    says(&mut new, "there").await;
    hears(&mut newly, "there").await;
    says(&mut near, "here").await;
    hears(&mut far, "here").await;
}

#[tokio::test]
async fn many_connections_carry_much_at_once() {
    let (wire, target) = wire().await;
    let mut talking = JoinSet::new();
    for n in 0..50_u8 {
        let (mut near, mut far) = connected(&wire, &target).await;
        talking.spawn(async move {
            near.write_all(&vec![n; 300_000]).await.unwrap();
            near.shutdown().await.unwrap();
            near
        });
        talking.spawn(async move {
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, vec![n; 300_000]);
            far
        });
    }
    let ends = tokio::time::timeout(SOON, talking.join_all()).await.unwrap();

    assert_eq!((wire.open(), wire.carried().bytes), (50, 15_000_000));
    drop(ends);
    comes_true(|| wire.open() == 0).await;
}

#[tokio::test]
async fn a_cut_wire_resets_what_is_open_and_refuses_what_comes_until_it_is_healed() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    says(&mut near, "before").await;
    hears(&mut far, "before").await;

    wire.cut().await;

    assert_eq!(wire.open(), 0);
    assert!(!ends_in_order(&mut near).await);
    assert!(!ends_in_order(&mut far).await);
    let refused = TcpStream::connect(wire.address()).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(wire.carried().broken, 1);

    wire.heal().await;

    let (mut near, mut far) = connected(&wire, &target).await;
    says(&mut near, "again").await;
    hears(&mut far, "again").await;
}

#[tokio::test]
async fn a_wire_may_be_cut_and_healed_over_and_over() {
    let (wire, target) = wire().await;
    for _ in 0..20 {
        let (mut near, _far) = connected(&wire, &target).await;
        wire.cut().await;
        assert!(!ends_in_order(&mut near).await);
        wire.heal().await;
    }
    assert_eq!(wire.carried().broken, 20);
}

#[tokio::test]
async fn a_delay_holds_both_ways() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    wire.delay(Duration::from_hours(1));

    says(&mut near, "later").await;
    says(&mut far, "and back").await;

    hears_nothing(&mut far).await;
    hears_nothing(&mut near).await;
    assert_eq!(wire.carried(), Carried { connections: 1, broken: 0, bytes: 0, swallowed: 0 });
}

#[tokio::test]
async fn what_is_delayed_arrives_in_order() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    wire.delay(Duration::from_millis(80));

    let words: Vec<String> = (0..100).map(|n| format!("{n} ")).collect();
    for word in &words {
        says(&mut near, word).await;
        tokio::task::yield_now().await;
    }
    hears(&mut far, &words.concat()).await;
    says(&mut far, "back").await;
    hears(&mut near, "back").await;

    assert_eq!(wire.carried().broken, 0);
}

#[tokio::test]
async fn a_half_open_wire_swallows_what_is_said_and_tells_nobody() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    let (mut quiet, mut quiet_far) = connected(&wire, &target).await;

    wire.half_open();

    says(&mut near, "into the void").await;
    says(&mut far, "and back").await;
    comes_true(|| wire.carried().swallowed == 21).await;
    let mut newcomer = TcpStream::connect(wire.address()).await.unwrap();
    says(&mut newcomer, "hello?").await;
    for end in [&mut near, &mut far, &mut newcomer] {
        hears_nothing(end).await;
    }
    assert_eq!((wire.open(), wire.carried().bytes), (3, 0));

    wire.heal().await;

    // What lost something stays dead; what was quiet all the time goes on.
    says(&mut near, "still?").await;
    hears_nothing(&mut far).await;
    hears_nothing(&mut newcomer).await;
    says(&mut quiet, "here").await;
    hears(&mut quiet_far, "here").await;
    assert_eq!(wire.carried().broken, 2);
}

#[tokio::test]
async fn the_end_of_a_half_open_connection_is_heard_when_it_is_healed() {
    let (wire, target) = wire().await;
    let (mut near, mut far) = connected(&wire, &target).await;
    let (quiet, mut quiet_far) = connected(&wire, &target).await;
    wire.half_open();
    says(&mut near, "lost").await;
    comes_true(|| wire.carried().swallowed == 4).await;

    drop((near, quiet));

    hears_nothing(&mut far).await;
    hears_nothing(&mut quiet_far).await;
    wire.heal().await;
    assert!(!ends_in_order(&mut far).await, "what lost something is reset");
    assert!(ends_in_order(&mut quiet_far).await);
    comes_true(|| wire.open() == 1).await;
}

#[tokio::test]
async fn one_way_swallows_that_way_only() {
    for swallowed in [Direction::ToTarget, Direction::FromTarget] {
        let (wire, target) = wire().await;
        let (near, far) = connected(&wire, &target).await;
        let (mut speaker, mut listener) =
            if swallowed == Direction::ToTarget { (near, far) } else { (far, near) };

        wire.one_way(swallowed);

        says(&mut speaker, "lost").await;
        hears_nothing(&mut listener).await;
        says(&mut listener, "heard").await;
        hears(&mut speaker, "heard").await;
        assert_eq!(wire.carried(), Carried { connections: 1, broken: 1, bytes: 5, swallowed: 4 });
    }
}

#[tokio::test]
async fn faults_add_up_and_are_healed_together() {
    let (wire, target) = wire().await;
    wire.delay(Duration::from_hours(1));
    wire.one_way(Direction::FromTarget);
    wire.cut().await;

    wire.heal().await;

    let (mut near, mut far) = connected(&wire, &target).await;
    says(&mut far, "sound").await;
    hears(&mut near, "sound").await;
}

/// Writes until nothing more is taken, and says how much was.
async fn fill(end: &mut TcpStream) -> usize {
    let block = vec![0; 64 * 1024];
    let mut taken = 0;
    while let Ok(written) = tokio::time::timeout(SILENCE, end.write(&block)).await {
        taken += written.unwrap();
        if taken > 64 << 20 {
            break;
        }
    }
    taken
}

#[tokio::test]
async fn who_does_not_read_holds_back_who_writes_unless_the_wire_swallows() {
    let (wire, target) = wire().await;
    let (mut near, _far) = connected(&wire, &target).await;

    let held_back = fill(&mut near).await;
    wire.half_open();
    let swallowed = fill(&mut near).await;

    assert!(held_back < 32 << 20, "{held_back} bytes were taken and stand nowhere");
    assert!(swallowed > 64 << 20);
}

#[tokio::test]
async fn a_dropped_wire_is_gone() {
    let (wire, target) = wire().await;
    let (mut near, _far) = connected(&wire, &target).await;
    let address = wire.address();

    drop(wire);

    ends_in_order(&mut near).await;
    assert!(TcpStream::connect(address).await.is_err());
}
