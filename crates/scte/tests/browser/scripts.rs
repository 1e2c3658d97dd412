//! What the script of the site promises: each part of it on a page that has it, and the same pages
//! without it.

use serde_json::{Value, json};

use crate::hands::Hands;
use crate::site::{Site, submit};
use crate::stage::{Who, buys, sign_in};
use crate::window::{Size, Window};

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

const DESIGN: &str = "/ops/design";
const LIST: &str = "/ops/design/list";
const FORM: &str = "/ops/design/form";
/// The button that sends the sample form.
const SEND: &str = "main form[action='/ops/design/form'] button[type=submit]";

impl Window {
    /// Opens a page, and waits until the script was here.
    async fn goes(&self, path: &str) {
        self.go(path).await;
        self.has("html[data-js]").await;
    }

    /// Clicks.
    async fn press(&self, css: &str) {
        Hands::Pointer.press(self, css).await;
    }

    /// What an expression over the element of a selector gives.
    async fn ask(&self, css: &str, expression: &str) -> Value {
        let script =
            format!("const it = document.querySelector(arguments[0]); return {expression};");
        self.run(&script, json!([css])).await
    }

    /// Whether something can be seen.
    async fn sees(&self, css: &str) -> bool {
        self.ask(css, "it?.checkVisibility() === true").await == true
    }

    /// Whether the focus is on what the selector finds.
    async fn focused(&self, css: &str) -> bool {
        self.run("return document.activeElement.matches(arguments[0]);", json!([css])).await == true
    }

    /// What stands in a column of the first table of a selector, from above.
    async fn column(&self, table: &str, at: usize) -> Vec<String> {
        let script = "return [...document.querySelector(arguments[0]).tBodies[0].rows].map(\
                      (row) => row.cells[arguments[1]].textContent.trim());";
        serde_json::from_value(self.run(script, json!([table, at])).await).unwrap()
    }

    /// Nothing was complained of, and the window is closed.
    async fn ends(self) {
        let mut complaints = self.complaints().await;
        // A form that is refused was sent in order to be.
        complaints.retain(|complaint| !complaint.contains("status of 422"));
        assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
        self.session.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_tables_are_at_hand() {
    let site = Site::start();
    let window = Window::open(&site.origin).await;
    sorts(&window).await;
    chooses(&window).await;
    listens_to_keys(&window).await;
    leaves_typing_alone(&window).await;
    switches_keys_off(&window).await;
    window.ends().await;
}

/// A short table sorts in place, by numbers as numbers, both ways.
async fn sorts(window: &Window) {
    window.goes(DESIGN).await;
    window.press("#contrast > summary").await;
    let table = "#contrast table[data-sort]";
    let head = |at: usize| format!("{table} thead th:nth-child({at})");
    let numbers = async || -> Vec<f64> {
        window.column(table, 2).await.iter().map(|text| text.parse().unwrap()).collect()
    };
    let before = numbers().await;
    let mut sorted = before.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted != before && sorted[0] < 10.0 && sorted.last() > Some(&10.0), "{before:?}");
    let press = async |at: usize| window.press(&format!("{} button", head(at))).await;
    press(3).await;
    assert_eq!(numbers().await, sorted);
    assert!(window.holds(&format!("{}[aria-sort=ascending]", head(3))).await);
    press(3).await;
    sorted.reverse();
    assert_eq!(numbers().await, sorted);
    assert!(window.holds(&format!("{}[aria-sort=descending]", head(3))).await);
    press(1).await;
    let words = window.column(table, 0).await;
    assert!(words.is_sorted_by_key(|word| word.to_lowercase()), "{words:?}");
    assert!(window.holds(&format!("{}[aria-sort=ascending]", head(1))).await);
    assert!(!window.holds(&format!("{}[aria-sort]", head(3))).await, "sorted by one column");
}

/// Rows are chosen one by one or all together, and what to do with them shows only then.
async fn chooses(window: &Window) {
    window.goes(LIST).await;
    let (every, count) = ("[data-all] input", "[data-chosen]");
    let rows = window.column("[data-list] table", 0).await.len();
    assert!(rows > 2, "{rows} rows");
    assert!(!window.sees(".bulk").await, "nothing is chosen yet");

    window.press("tbody tr:nth-child(2) input[name=chosen]").await;
    assert!(window.sees(".bulk").await);
    assert_eq!(window.ask(count, "it.innerText").await, "1 chosen");
    assert_eq!(window.ask(every, "it.indeterminate").await, true, "some are chosen");
    window.press(every).await;
    assert_eq!(window.ask(count, "it.innerText").await, format!("{rows} chosen"));
    window.press(every).await;
    assert!(!window.sees(".bulk").await, "none is chosen");
    assert!(!window.holds("input[name=chosen]:checked").await);

    for row in [1, 3] {
        window.press(&format!("tbody tr:nth-child({row}) input[name=chosen]")).await;
    }
    assert_eq!(window.ask(every, "it.ariaLabel").await, "Choose all on this page");
    window.press(".bulk button[type=submit]").await;
    window.shows("2 rows were done.").await;
}

/// J and K go through the rows, X chooses, Enter opens.
async fn listens_to_keys(window: &Window) {
    window.goes(LIST).await;
    let link = |row: usize| format!("tbody tr:nth-child({row}) a");
    for (key, row) in [("k", 1), ("j", 2), ("j", 3), ("k", 2), ("k", 1), ("k", 1)] {
        window.session.keys(key).await;
        assert!(window.focused(&link(row)).await, "{key} leads to row {row}");
    }
    window.session.keys("jx").await;
    assert!(window.holds("tbody tr:nth-child(2) input[name=chosen]:checked").await);
    assert_eq!(window.ask("[data-chosen]", "it.innerText").await, "1 chosen");
    let to = window.ask(&link(2), "it.getAttribute('href')").await;
    window.session.keys(ENTER).await;
    let there = "return location.pathname + location.search === arguments[0];";
    window.until("the row", there, json!([to])).await;
}

/// `/` leads to the field that finds rows; keys that are typed into a field do nothing else.
async fn leaves_typing_alone(window: &Window) {
    window.goes(LIST).await;
    window.session.keys("/").await;
    assert!(window.focused("#list-q").await);
    window.session.keys("jxk/?").await;
    assert_eq!(window.ask("#list-q", "it.value").await, "jxk/?");
    assert!(window.focused("#list-q").await);
    assert!(!window.holds("input[name=chosen]:checked, details[open]").await);
    window.ask("#list-state", "it.focus()").await;
    window.session.keys("j").await;
    assert!(window.focused("#list-state").await, "a choice is searched by typing");
}

/// `?` explains the keys, and there they can be switched off, for later too.
async fn switches_keys_off(window: &Window) {
    window.goes(LIST).await;
    window.session.keys("?").await;
    assert!(window.focused("details[data-keys][open] summary").await);
    window.press("[data-keys] label").await;
    assert_eq!(window.ask("[data-keys] input", "it.checked").await, false);
    window.goes(LIST).await;
    window.session.keys("j").await;
    assert!(window.focused("body").await, "nothing listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_clocks_and_menus_do_their_part() {
    let site = Site::start();
    let window = Window::open(&site.origin).await;
    opens_the_menu(&window).await;
    copies(&window).await;
    sends_once(&window).await;
    sends_again_after_going_back(&window).await;
    counts_down(&window).await;
    window.ends().await;
}

/// On a phone the menu is behind a button, which has the focus again when it closes.
async fn opens_the_menu(window: &Window) {
    window.sized(Size::Phone).await;
    window.goes(DESIGN).await;
    let (button, link) = ("header button[popovertarget]", "#menu a");
    assert!(!window.sees(link).await);
    for close in [true, false] {
        window.press(".who button[popovertarget]").await;
        assert!(window.sees(link).await);
        if close {
            window.press("#menu button[popovertargetaction=hide]").await;
        } else {
            window.session.keys(ESCAPE).await;
        }
        assert!(!window.sees(link).await);
        assert!(window.focused(button).await, "the focus is back");
    }
    window.sized(Size::Desktop).await;
}

/// A number is copied, and the button says so for a moment; also when the browser refuses.
async fn copies(window: &Window) {
    let allowed = json!({
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
        "origin": window.origin,
    });
    window.session.chromium("Browser.grantPermissions", allowed).await;
    window.goes(DESIGN).await;
    let button = "[data-copy]";
    let label = window.ask(button, "it.innerHTML").await;
    let says = "return document.querySelector('[data-copy]').innerHTML === arguments[0];";

    window.press(button).await;
    window.until("Copied", says, json!(["Copied"])).await;
    let read =
        "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](`${error}`));";
    let copied = window.run_and_wait(read, json!([])).await;
    assert_eq!(copied, window.ask(button, "it.dataset.copy").await);
    window.until("its label", says, json!([label])).await;

    let refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('no'))";
    window.ask(button, refuse).await;
    window.press(button).await;
    window.until("Not copied", says, json!(["Not copied"])).await;
}

/// Who clicks twice sends once.
async fn sends_once(window: &Window) {
    window.goes(FORM).await;
    // Held back after the script has heard of it, so that the page stays.
    let hold = "const it = document.querySelector(arguments[0]); \
                it.form.noValidate = true; window.swallowed = []; \
                addEventListener('submit', (event) => { \
                    window.swallowed.push(event.defaultPrevented); event.preventDefault(); });";
    window.run(hold, json!([SEND])).await;
    let (swallowed, busy) = ("window.swallowed", "it.matches('.busy[aria-disabled=true]')");
    window.press(SEND).await;
    assert_eq!(window.ask(SEND, busy).await, true);
    window.press(SEND).await;
    assert_eq!(window.ask(SEND, swallowed).await, json!([false, true]));
    let back = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";
    window.ask(SEND, back).await;
    assert_eq!(window.ask(SEND, "it.matches('.busy, [aria-disabled]')").await, false);
    window.press(SEND).await;
    assert_eq!(window.ask(SEND, swallowed).await, json!([false, true, false]));
}

/// Who goes back from the answer finds a form that can be sent.
async fn sends_again_after_going_back(window: &Window) {
    window.goes(FORM).await;
    for _ in 0..2 {
        window.ask(SEND, "it.form.noValidate = true").await;
        window.press(SEND).await;
        window.until("the answer", "return document.title.startsWith('Error: ');", json!([])).await;
        window.session.ask("/back", json!({})).await.unwrap();
        let free = "return !document.title.startsWith('Error: ') && \
                    document.querySelector('form[data-sent], .busy') === null;";
        window.until("a form that waits for nothing", free, json!([])).await;
    }
}

/// Counts loads; has the clock of the first begin shortly before its end, and the next at it.
const NEAR_THE_END: &str = r"
    const loads = sessionStorage.loads = 1 + Number(sessionStorage.loads ?? 0);
    let clock;
    new MutationObserver(() => {
        if (clock && loads === 1) sessionStorage.told = `${sessionStorage.told ?? ''} ${clock.textContent}`;
        if (clock || !document.querySelector('.hold progress')) return;
        clock = document.querySelector('.hold [data-until]');
        clock.textContent = loads === 1 ? '0:03' : '0:00';
    }).observe(document, { subtree: true, childList: true });
";

/// A clock goes on from what the page said, and at its end the page is loaded again, once.
async fn counts_down(window: &Window) {
    let each = json!({ "source": NEAR_THE_END });
    let each = window.session.chromium("Page.addScriptToEvaluateOnNewDocument", each).await;
    window.goes(DESIGN).await;
    let over = "return document.readyState === 'complete' && sessionStorage.loads >= 2;";
    window.until("another load", over, json!([])).await;
    window.has("html[data-js]").await;
    // It would be on its way again by now: whatever runs here waits for that.
    assert_eq!(window.run("return sessionStorage.loads;", json!([])).await, "2", "loaded once");
    assert_eq!(window.ask(".hold [data-until]", "it.textContent").await, "0:00");
    let told = window.run("return sessionStorage.told;", json!([])).await;
    let mut told: Vec<_> = told.as_str().unwrap_or_default().split_whitespace().collect();
    told.dedup();
    assert!(told.len() > 2 && told.ends_with(&["0:00"]), "it ticked: {told:?}");
    let each = json!({ "identifier": each["identifier"] });
    window.session.chromium("Page.removeScriptToEvaluateOnNewDocument", each).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_later_finds_its_place() {
    let site = Site::start();
    let window = Window::open(&site.origin).await;
    sign_in(&window, Who::Admin).await;
    goes_on_in_place(&window).await;
    shows_what_is_due(&site, &window).await;
    window.session.end().await;
}

/// A page that asks again keeps what its reader opened, typed, and stands at.
async fn goes_on_in_place(window: &Window) {
    window.goes("/ops").await;
    window.ask("main", "window.still = true").await;
    window.press("#points summary").await;
    assert!(window.holds("#points[open]").await);
    comes_anew(window).await;
    assert!(window.holds("#points[open]").await, "what was opened stays open");
    assert!(window.focused("#points summary").await, "the focus stays");

    Hands::Pointer.fill(window, "#correlation", "abc").await;
    comes_anew(window).await;
    assert!(window.focused("#correlation").await, "the focus stays");
    window.session.keys("d").await;
    assert_eq!(window.ask("#correlation", "it.value").await, "abcd");
    assert_eq!(window.ask("main", "window.still").await, true, "the document is the same");
}

/// Waits until something else stands in the place of the page's matter.
async fn comes_anew(window: &Window) {
    window.ask("main .page", "it.dataset.old = ''").await;
    window.has("main .page:not([data-old])").await;
}

/// What waits for staff is counted in the menu, by whoever knows it.
async fn shows_what_is_due(site: &Site, window: &Window) {
    let (orders, members) =
        ("#menu a[href='/staff/commerce']", "#menu a[href='/staff/membership']");
    refunds_a_member(site).await;
    window.goes("/staff/commerce").await;
    window.has(&format!("{members} .count")).await;
    assert_eq!(window.ask(members, "it.textContent").await, "Members 1 due");
    answered(window, "/-/commerce/badge", 200).await;
    assert_eq!(window.ask(orders, "it.textContent").await, "Orders", "nothing is due");
    site.switch("membership", "stop").await;
    window.goes("/staff/commerce").await;
    answered(window, "/-/membership/badge", 503).await;
    answered(window, "/-/commerce/badge", 200).await;
    assert_eq!(window.ask(members, "it.textContent").await, "Members", "nobody knows");
}

/// Gives money back to a member who stays one: somebody has to see to that.
async fn refunds_a_member(site: &Site) {
    let bought = buys(site, "kim", "Kim Ito", Some("pay")).await;
    let order = bought.order.replace("/checkout/orders/", "/staff/commerce/orders/");
    let mut finance = site.signed_in("finance").await;
    let page = finance.get(&format!("{order}/refund")).await;
    let typed = [("amount", "10.00"), ("reason", "goodwill")];
    let asked = submit(&mut finance, &page, &format!("{order}/refund"), &typed).await;
    submit(&mut finance, &asked, &format!("{order}/refunds"), &[]).await.is(200);
    site.settle().await;
}

/// Waits until a path was answered with this, and what came of it is drawn.
async fn answered(window: &Window, path: &str, status: u16) {
    let came = "return performance.getEntriesByType('resource').some((one) => \
                one.name.endsWith(arguments[0]) && one.responseStatus === arguments[1]);";
    window.until(&format!("{status} of {path}"), came, json!([path, status])).await;
    let drawn =
        "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[0])));";
    window.run_and_wait(drawn, json!([])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_nothing_is_missing_and_nothing_dead() {
    let site = Site::start();
    let window = Window::open(&site.origin).await;
    window.without_scripts().await;
    window.go(DESIGN).await;
    assert!(!window.holds("html[data-js]").await, "no script runs");
    assert!(!window.sees("[data-copy]").await, "nothing could be copied");
    assert!(!window.holds("table[data-sort] thead button").await, "nothing could be sorted");
    assert!(window.sees(".hold [data-until]").await);
    let until = window.ask(".hold", "it.querySelector('h3').innerText").await;
    assert!(until.as_str().is_some_and(|text| text.starts_with("Held until ")), "{until}");

    for path in ["/", "/account/sign-in", FORM, LIST] {
        window.go(path).await;
        let dead = "return [...document.querySelectorAll('button')].filter((one) => \
                    one.checkVisibility() && !one.popoverTargetElement && \
                    !(one.form && one.type !== 'button')).map((one) => one.outerHTML);";
        assert_eq!(window.run(dead, json!([])).await, json!([]), "dead buttons on {path}");
    }
    assert!(window.sees(".bulk").await, "what can be done with rows is there");
    assert!(!window.sees("[data-keys]").await, "no keys are listened to");
    assert!(!window.holds("[data-all] input").await, "nothing could choose all");
    window.press("tbody tr:nth-child(2) input[name=chosen]").await;
    window.press(".bulk button[type=submit]").await;
    window.shows("1 row was done.").await;
    window.ends().await;
}
