//! What happens while processes fail: nothing is sent twice, and one replica steps in for another.

use reqwest::Method;

use crate::PATIENCE;
use crate::installation::Installation;

#[tokio::test]
async fn what_was_sent_once_is_not_sent_again() {
    let mut site = Installation::start().await;
    // Also over a connection that was used before.
    for _ in 0..4 {
        site.get("/membership").await.said();
    }
    let before = site.asked("membership").len();

    assert_eq!(site.post("/membership/join?act=close").await.status, 503);

    let asked = site.asked("membership").split_off(0);
    let posts: Vec<_> = asked.iter().filter(|asked| asked.method == "POST").collect();
    assert_eq!((posts.len(), asked.len()), (1, before + 1), "{asked:?}");
    assert_eq!(posts[0].path, "/membership/join?act=close");
}

#[tokio::test]
async fn who_only_asks_is_led_to_the_next_replica() {
    let mut site = Installation::start().await;
    assert_eq!(site.get("/membership?act=close").await.status, 503);
    assert_eq!(site.asked("membership").len(), 4, "each replica was asked twice");
}

#[tokio::test]
async fn a_replica_that_restarts_is_not_noticed() {
    let mut site = Installation::start().await;
    for replica in [0, 1, 0] {
        site.of("membership").nth(replica).unwrap().stop().await;
        for _ in 0..20 {
            let posted = site.post("/membership/join").await;
            assert_eq!(posted.said()["sent"], 3);
            site.get("/membership").await.said();
            site.get("/ops/membership").await.said();
            site.get("/ops").await.said();
        }
        site.of("membership").nth(replica).unwrap().start_again();
    }
    let seen = site.asked("membership");
    let posts = seen.iter().filter(|asked| asked.method == "POST").count();
    assert_eq!(posts, 60, "each was taken in once");
}

#[tokio::test]
async fn a_replica_that_has_just_come_back_steps_in_for_the_next() {
    // Whom a new proxy asks first when all have failed is the same each time: one of the two is it.
    for (back, gone) in [(0, 1), (1, 0)] {
        let mut site = Installation::start().await;
        let addresses: Vec<_> = site.of("membership").map(|one| one.address).collect();
        let stepped_in = format!("\"upstream\":\"{}, {}\"", addresses[back], addresses[gone]);
        site.of("membership").nth(back).unwrap().stop().await;
        let marked = async || {
            site.get("/membership").await.said();
            site.log().contains(&stepped_in).then_some(())
        };
        cluster::found(PATIENCE, marked).await.expect("the proxy tried the one that is away");

        // For two seconds the proxy takes it for failed.
        site.of("membership").nth(back).unwrap().start_again();
        site.of("membership").nth(gone).unwrap().stop().await;
        assert_eq!(site.post("/membership/join").await.said()["sent"], 3, "replica {back} is up");

        let asked = site.asked("membership");
        assert_eq!(asked.iter().filter(|asked| asked.method == "POST").count(), 1);
    }
}

#[tokio::test]
async fn a_replica_that_was_stopped_by_its_switch_sends_nobody_away() {
    let mut site = Installation::start().await;
    // All say it: the last one's own page goes through as it is.
    let stopped = site.get("/membership?act=stopped").await;
    assert_eq!((stopped.status, stopped.header("x-own")), (503, "yes"));
    assert_eq!(stopped.header("retry-after"), "7");
    assert_eq!(stopped.text(), "membership was stopped by its switch");
    assert_eq!(site.asked("membership").len(), 4, "each replica was asked twice");
    // Where there is one process, it is asked again and again.
    for path in ["/billing?act=stopped", "/billing?act=stopped"] {
        let own = site.get(path).await;
        assert_eq!((own.status, own.header("x-own")), (503, "yes"), "{}", own.text());
    }
    let sent = site.post("/checkout/cart?act=stopped").await;
    assert_eq!((sent.status, sent.header("x-own")), (503, "yes"));
    let commerce = site.asked("commerce");
    assert_eq!(commerce.len(), 3, "{commerce:?}");
}

#[tokio::test]
async fn assets_of_another_release_are_found_where_they_are() {
    let site = Installation::start().await;
    // Only one of all processes has it.
    for _ in 0..6 {
        let said = site.get("/assets/0123456789abcdef.css").await.said();
        assert_eq!(said["name"], "commerce");
    }
    // What is not a file is not sent to anybody by name.
    let posted = site.send(site.request(Method::POST, "/assets/x.css")).await;
    assert_ne!(posted.status, 500, "{}", posted.text());
}
