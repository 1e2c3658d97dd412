//! How heavy pages are, and whether anything on them moves while they come.

use serde_json::json;

use crate::note;
use crate::site::Site;
use crate::stage::{Stage, Who, sign_in};
use crate::window::{Size, Window};

/// What the home page may weigh when nothing of it is known yet, without images.
const MOST_BYTES: u64 = 100_000;

/// How often a page is loaded before it is said to shift.
const LOADS: u32 = 3;

/// Everything that came over the wire: address, who asked for it, size.
const CAME: &str = r"
    const came = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return came.map((one) => [one.name, one.initiatorType, one.transferSize]);
";

/// Waits until all is there, the numbers of the navigation too, and gives how much of it shifted.
const SHIFTED: &str = r"
    const done = arguments[arguments.length - 1];
    const shifts = [];
    const place = (source) => (source.node?.outerHTML?.slice(0, 60) ?? 'text') +
        ` from ${source.previousRect.top} to ${source.currentRect.top}`;
    const watch = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
    watch.observe({ type: 'layout-shift', buffered: true });
    const asked = [...new Set([...document.querySelectorAll('[data-badge]')].map((one) => one.dataset.badge))];
    const look = () => {
        const came = performance.getEntriesByType('resource').filter((one) => one.responseEnd > 0);
        const here = asked.every((path) => came.some((one) => one.name.endsWith(path)));
        if (!here || document.readyState !== 'complete') return requestAnimationFrame(look);
        // What came is drawn with the next frame, and told of after it.
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
            shifts.push(...watch.takeRecords());
            done(shifts.map((one) => `${one.value.toFixed(4)}: ` + one.sources.map((source) =>
                place(source)).join(', ')));
        }, 50)));
    };
    look();
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_home_page_is_light() {
    let site = Site::start();
    let window = Window::open(&site.origin).await;
    window.go("/").await;

    let came = window.run(CAME, json!([])).await;
    let came: Vec<(String, String, u64)> = serde_json::from_value(came).unwrap();
    let of = |kind: &str| came.iter().filter(|(_, asked, _)| asked == kind).count();
    let foreign = came.iter().filter(|(url, ..)| !url.starts_with(&site.origin));
    let image = |url: &str| [".svg", ".png", ".webp", ".jpg"].iter().any(|end| url.ends_with(end));
    let heavy = came.iter().filter(|(url, ..)| !image(url)).map(|(.., size)| size);
    let bytes: u64 = heavy.sum();

    note(&format!("the home page: {bytes} bytes in {} answers", came.len()));
    assert!(bytes > 2_000, "it was measured: {came:#?}");
    assert!(bytes < MOST_BYTES, "{bytes} bytes: {came:#?}");
    assert_eq!(foreign.count(), 0, "asked elsewhere: {came:#?}");
    assert_eq!((of("link"), of("css")), (1, 0), "one stylesheet: {came:#?}");
    assert!(of("script") <= 1, "at most one script: {came:#?}");
    window.session.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_moves_while_a_page_comes() {
    let site = Site::start();
    let stage = Stage::set(&site).await;
    let readers = [
        (Who::Stranger, vec!["/", "/join", "/account/sign-in"]),
        (Who::Jo, vec!["/", "/membership"]),
        (Who::Ann, vec![&*stage.applied.charge]),
        (Who::Pat, vec![&*stage.pending.order]),
        (Who::Admin, vec!["/staff/membership", "/staff/commerce", "/ops"]),
    ];
    let mut faults = Vec::new();
    for (who, paths) in readers {
        let window = Window::open(&site.origin).await;
        sign_in(&window, who).await;
        // On a slow machine more is painted before the script and the numbers come.
        window.session.chromium("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await;
        for size in [Size::Desktop, Size::Phone] {
            window.sized(size).await;
            for path in &paths {
                let shifts = always_shifts(&window, path).await;
                faults.extend(shifts.map(|shift| format!("{path} at {}: {shift}", size.word())));
            }
        }
        window.session.end().await;
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What shifts each time a page is loaded. Now and then a page is painted before all of its HTML has
/// been read; what the script or the numbers move, they move each time.
async fn always_shifts(window: &Window, path: &str) -> Option<String> {
    let mut shifted = None;
    for _ in 0..LOADS {
        // As for the first time: what is kept may come at another moment.
        window.session.chromium("Network.clearBrowserCache", json!({})).await;
        window.go(path).await;
        let shifts = window.run_and_wait(SHIFTED, json!([])).await;
        if shifts.as_array().is_none_or(Vec::is_empty) {
            return None;
        }
        shifted = Some(shifts.to_string());
    }
    shifted
}
