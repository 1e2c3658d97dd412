//! A feed read over HTTP by another process: the same promises as read directly, and what a stranger
//! is answered.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use chassis::Position;
use chassis::cloudevents;
use chassis::effect::Effects;
use chassis::feeds::ReaderKey;
use chassis::http_feed::HEAD;
use chassis::reader::{FeedReader, Feeds, Read, Twice};
use chassis::tasks::Tasks;
use chassis::timer::Timers;
use chassis::transport::Transport;
use reqwest::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::house::{Pair, Raise, actor, counter, on_both_engines};
use crate::restoring::restore;

/// Serves the feeds of a pair, as a process does.
struct Served {
    address: SocketAddr,
    key: ReaderKey,
    stopping: CancellationToken,
}

impl Served {
    async fn of(feeds: &Feeds) -> Self {
        let key = ReaderKey::new(b"the key of these tests", vec!["gone".to_owned()]).unwrap();
        let stopping = CancellationToken::new();
        let (feeds, readers, ends) = (feeds.clone(), key.clone(), stopping.clone());
        let app = Router::new().fallback(move |request: Request| {
            let (feeds, readers, ends) = (feeds.clone(), readers.clone(), ends.clone());
            async move {
                let name = request.uri().path().trim_start_matches("/feeds/").to_owned();
                let parts = request.into_parts().0;
                chassis::feeds::answer(feeds.reader(&name), &name, &readers, &parts, &ends).await
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ends, tasks) = (stopping.clone(), Tasks::new());
        tasks.spawn("serve", async move {
            let ended = async move { ends.cancelled().await };
            axum::serve(listener, app).with_graceful_shutdown(ended).await.unwrap();
        });
        Self { address, key, stopping }
    }

    /// How beta reads alpha, when alpha answers at these addresses.
    fn reader(&self, places: &[SocketAddr]) -> Arc<dyn FeedReader> {
        let places = places.iter().map(|at| format!("http://{at}").parse().unwrap()).collect();
        let key = self.key.clone();
        let peers = HashMap::from([("alpha".to_owned(), places)]);
        let transport = Transport::http(peers, Arc::new(move |name| key.token(name).unwrap()));
        transport.unwrap().reader("beta", "alpha").unwrap()
    }

    fn token(&self) -> String {
        self.key.token("stranger").unwrap()
    }

    fn ask(&self, path: &str) -> reqwest::RequestBuilder {
        reqwest::Client::new().get(format!("http://{}{path}", self.address))
    }
}

fn start_beta(pair: &Pair, reader: Arc<dyn FeedReader>) -> Tasks {
    let readers = HashMap::from([("alpha".to_owned(), reader)]);
    pair.start_reading(&pair.beta, readers, Timers::default(), Effects::default())
}

async fn raise(pair: &Pair, times: usize, which: u128) {
    for _ in 0..times {
        pair.alpha.execute(&actor(), &Raise(counter(which))).await.unwrap();
    }
}

on_both_engines! {
    /// As after a standby without the last commits was promoted: no new epoch, fewer messages.
    async fn a_feed_that_lost_its_end_is_unavailable_to_who_has_read_it(pair: Pair) {
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 3, 1).await;
        let read = pair.alpha.published(0, 10).await.unwrap();
        let (kept, lost) = (&read[0].position, &read[2].position);
        let tx = pair.alpha.begin(&actor()).await.unwrap();
        tx.run("delete from feed where pos > $1", chassis::params![1]).await.unwrap();
        tx.run("update feed_head set pos = $1", chassis::params![1]).await.unwrap();
        tx.commit().await.unwrap();

        let direct = pair.feeds.reader("alpha").unwrap();
        let Read::Unavailable(why) = direct.after(lost, 10).await else { panic!("it was read on") };
        assert!(why.contains("the feed ends at 1, before 3"), "{why}");
        let http = served.reader(&[served.address]);
        assert!(matches!(http.after(lost, 10).await, Read::Unavailable(_)));
        assert_eq!(direct.after(kept, 10).await, Read::Batch(Vec::new()));
        assert_eq!(http.after(kept, 10).await, Read::Batch(Vec::new()));
        served.stopping.cancel();
    }

    async fn what_is_said_arrives_once_and_in_order(pair: Pair) {
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 3, 1).await;
        let twice = Arc::new(Twice::new(served.reader(&[served.address])));
        let beta = start_beta(&pair, twice);
        raise(&pair, 1_200, 1).await;
        pair.heard_all().await;

        let all: Vec<i64> = (1..=1_203).collect();
        assert_eq!(pair.heard(counter(1)).await, all);
        beta.stop().await;
        pair.stop().await;
    }

    async fn a_producer_that_was_away_is_caught_up_with(pair: Pair) {
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 2, 1).await;
        let beta = start_beta(&pair, served.reader(&[served.address]));
        pair.heard_all().await;
        pair.feeds.stopped("alpha");
        raise(&pair, 2, 1).await;
        let reader = served.reader(&[served.address]);
        let away = reader.after(&Position::default(), 10).await;
        assert!(matches!(&away, Read::Unavailable(why) if why.contains("503")), "{away:?}");

        pair.feeds.started(&pair.alpha);
        pair.heard_all().await;
        assert_eq!(pair.heard(counter(1)).await, [1, 2, 3, 4]);
        beta.stop().await;
        pair.stop().await;
    }
}

#[test]
fn nobody_waits_for_what_cannot_be_had_now() {
    chassis::testing::run(async {
        let pair = Pair::on("sqlite").await;
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 3, 1).await;
        let reader = served.reader(&[served.address]);
        let readers = HashMap::from([("alpha".to_owned(), reader.clone())]);
        let mut at = Position::default();
        if let Read::EpochChanged { epoch, .. } = reader.after(&at, 1).await {
            at.epoch = epoch;
        }
        assert!(matches!(reader.after(&at, 1).await, Read::Batch(_)));
        assert!(!pair.beta.is_quiet(&readers).await.unwrap(), "three messages are to be heard");

        pair.feeds.stopped("alpha");
        assert!(matches!(reader.after(&at, 1).await, Read::Unavailable(_)));
        assert!(pair.beta.is_quiet(&readers).await.unwrap(), "and cannot be had now");

        pair.feeds.started(&pair.alpha);
        assert!(matches!(reader.after(&at, 1).await, Read::Batch(_)));
        assert!(!pair.beta.is_quiet(&readers).await.unwrap());
        pair.stop().await;
    });
}

#[test]
fn a_replica_that_does_not_answer_is_passed_over() {
    chassis::testing::run(async {
        let pair = Pair::on("sqlite").await;
        let served = Served::of(&pair.feeds).await;
        // Bound, so that nobody else answers there, and closed again.
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = nobody.local_addr().unwrap();
        drop(nobody);
        raise(&pair, 1, 1).await;
        let beta = start_beta(&pair, served.reader(&[dead, served.address]));
        pair.heard_all().await;

        assert_eq!(pair.heard(counter(1)).await, [1]);
        beta.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_restored_producer_is_read_on_by_the_same_rules() {
    chassis::testing::run(async {
        let mut pair = Pair::on("sqlite").await;
        let copies = tempfile::tempdir().unwrap();
        let (early, late) = (copies.path().join("early.db"), copies.path().join("late.db"));
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 2, 1).await;
        pair.alpha.copy_to(&early).await.unwrap();

        // Two lives of the feed in one answer: nobody is beyond anything.
        restore(&mut pair, &early).await;
        raise(&pair, 3, 1).await;
        let beta = start_beta(&pair, served.reader(&[served.address]));
        pair.heard_all().await;
        beta.stop().await;
        let standing = pair.beta.standings().await.unwrap().remove(0);
        assert_eq!(standing.position, pair.alpha.published(4, 1).await.unwrap()[0].position);

        // Restored to where beta stands: it goes on in the third life.
        pair.alpha.copy_to(&late).await.unwrap();
        restore(&mut pair, &late).await;
        std::fs::remove_file(&late).unwrap();
        pair.alpha.copy_to(&late).await.unwrap();
        raise(&pair, 1, 1).await;
        let beta = start_beta(&pair, served.reader(&[served.address]));
        pair.heard_all().await;
        assert_eq!(pair.heard(counter(1)).await, [1, 2, 3, 4, 5, 6]);
        beta.stop().await;

        // Restored to before that: what was heard exists no longer.
        restore(&mut pair, &late).await;
        let reader = served.reader(&[served.address]);
        let at = pair.beta.standings().await.unwrap().remove(0).position;
        let read = reader.after(&at, 10).await;
        assert!(matches!(&read, Read::EpochChanged { starts_after: 5, .. }), "{read:?}");
        let beta = start_beta(&pair, reader);
        let halted = async {
            while pair.beta.standings().await.unwrap()[0].halted.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), halted).await.unwrap();
        beta.stop().await;
        pair.stop().await;
    });
}

#[test]
fn a_stranger_reads_with_a_token_and_waits_for_news() {
    chassis::testing::run(async {
        let pair = Pair::on("sqlite").await;
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 3, 1).await;

        let first = served.ask("/feeds/alpha?max=2").bearer_auth(served.token());
        let first = first.send().await.unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()["content-type"], cloudevents::BATCH);
        let head: Position = first.headers()[HEAD].to_str().unwrap().parse().unwrap();
        assert_eq!(head.pos, 3);
        let events = cloudevents::from_batch(&first.bytes().await.unwrap(), "alpha").unwrap();
        assert_eq!(events, pair.alpha.published(0, 2).await.unwrap());

        let last = format!("{}.3", head.epoch);
        let waiting = served.ask(&format!("/feeds/alpha?lastEventId={last}&timeout=30"));
        let waiting = waiting.bearer_auth(served.token()).send();
        let (news, ()) = tokio::join!(waiting, raise(&pair, 1, 1));
        let news = news.unwrap().bytes().await.unwrap();
        assert_eq!(cloudevents::from_batch(&news, "alpha").unwrap()[0].position.pos, 4);

        // Somebody waits while the process stops: they are let go.
        let waiting = served.ask(&format!("/feeds/alpha?lastEventId={}.4&timeout=30", head.epoch));
        let waiting = waiting.bearer_auth(served.token()).send();
        let (answer, ()) = tokio::join!(waiting, async { served.stopping.cancel() });
        // Either it was taken and let go, or it came too late to be taken at all.
        if let Ok(answer) = answer {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        pair.stop().await;
    });
}

#[test]
fn a_request_that_cannot_be_answered_is_told_why() {
    chassis::testing::run(async {
        let pair = Pair::on("sqlite").await;
        let served = Served::of(&pair.feeds).await;
        raise(&pair, 1, 1).await;
        let epoch = pair.alpha.published(0, 1).await.unwrap()[0].position.epoch.clone();
        let gone = served.key.token("gone").unwrap();
        let good = served.token();
        let cases = [
            ("/feeds/alpha".to_owned(), None, 401, "reader"),
            ("/feeds/alpha".to_owned(), Some("stranger.00"), 401, "reader"),
            ("/feeds/alpha".to_owned(), Some(&*gone), 401, "reader"),
            ("/feeds/nobody".to_owned(), None, 401, "reader"),
            ("/feeds/nobody".to_owned(), Some(&*good), 404, "not_found"),
            ("/feeds/alpha?lastEventId=x".to_owned(), Some(&*good), 400, "bad_request"),
            (format!("/feeds/alpha?lastEventId={epoch}.-1"), Some(&*good), 400, "bad_request"),
            ("/feeds/alpha?timeout=soon".to_owned(), Some(&*good), 400, "bad_request"),
            ("/feeds/alpha?lastEventId=other.9".to_owned(), Some(&*good), 410, "epoch_changed"),
        ];
        for (path, token, status, code) in cases {
            let asked = served.ask(&path);
            let asked = match token {
                Some(token) => asked.bearer_auth(token),
                None => asked,
            };
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
            let said: serde_json::Value =
                serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!(said["code"], code, "{path}: {said}");
        }
        served.stopping.cancel();
        pair.stop().await;
    });
}
