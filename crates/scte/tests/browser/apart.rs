//! Operations where services run in several processes: the browser lays together what each says.

use serde_json::json;

use crate::inspect::{inspect, prepare};
use crate::list::Entry;
use crate::site::Site;
use crate::stage::{Who, sign_in};
use crate::window::Window;

/// The rows of a replica of commerce on the overview.
fn rows(replica: usize, slot: &str) -> String {
    format!("tbody[data-part='/ops/commerce/card?replica={replica}'][data-slot={slot}]")
}

/// A process that is told of a second one, and answers for both.
fn one_of_two() -> Site {
    let places = "commerce = [\"http://127.0.0.1:1\", \"http://127.0.0.1:2\"]";
    Site::start_with(&format!("[peers]\n{places}\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_say_stands_on_one_page() {
    let site = one_of_two();
    let window = Window::open(&site.origin).await;
    prepare(&window).await;
    sign_in(&window, Who::Admin).await;

    // What is there without a script leads on.
    window.without_scripts().await;
    window.go("/ops").await;
    window.has(&format!("{} a[href='/ops/commerce?replica=2']", rows(2, "row"))).await;
    window.shows("says it on its own page").await;
    window.session.end().await;

    let window = Window::open(&site.origin).await;
    prepare(&window).await;
    sign_in(&window, Who::Admin).await;
    window.go("/ops").await;
    for replica in [1, 2] {
        let stop = format!("a[href='/ops/commerce/stop?replica={replica}']");
        window.has(&format!("{} {stop}", rows(replica, "row"))).await;
        window.has(&format!("{} tr:nth-child(3)", rows(replica, "points"))).await;
    }
    // It goes on in place, and is never seen empty on the way.
    let watch = "window.emptied = 0; new MutationObserver(() => {
        if (document.querySelector('main [data-else]')) window.emptied += 1;
    }).observe(document.getElementById('main'), { childList: true, subtree: true });";
    window.run(watch, json!([])).await;
    window.run("document.querySelector('main .page').dataset.old = '';", json!([])).await;
    window.has("main .page:not([data-old]) tbody[data-part] .state").await;
    assert_eq!(window.run("return window.emptied;", json!([])).await, 0);

    for path in ["/ops", "/ops/commerce", "/ops/commerce?replica=2", "/ops/commerce/stop?replica=2"]
    {
        let (route, path) = ("/ops", path.to_owned());
        let entry = Entry { route, who: Who::Admin, path, status: 200, sends: None };
        let faults = inspect(&window, &entry, "", async |_, _| {}).await;
        assert!(faults.is_empty(), "{}: {faults:#?}", entry.path);
    }
    window.session.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_is_named() {
    let site = one_of_two();
    let window = Window::open(&site.origin).await;
    sign_in(&window, Who::Admin).await;
    window.session.chromium("Network.enable", json!({})).await;
    let silent = json!({ "urls": ["*replica=2*"] });
    window.session.chromium("Network.setBlockedURLs", silent).await;

    window.go("/ops").await;

    window.has(&format!("{} .state.bad", rows(2, "row"))).await;
    window.shows("does not answer").await;
    window.has(&format!("{} a[href='/ops/commerce/stop?replica=1']", rows(1, "row"))).await;

    // The page is still asked for again, and finds it when it is back.
    window.session.chromium("Network.setBlockedURLs", json!({ "urls": [] })).await;
    window.has(&format!("{} a[href='/ops/commerce/stop?replica=2']", rows(2, "row"))).await;
    window.session.end().await;
}
