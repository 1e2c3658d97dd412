//! What is asked of a page in a window: that axe finds nothing, that it fits, that it has its name,
//! that the browser complains of nothing.

use serde_json::{Value, json};

use crate::list::Entry;
use crate::node;
use crate::window::{Scheme, Size, Window};

/// What accessibility is asked for: WCAG 2.2 A and AA, and what is good practice besides.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/// What another scheme can change.
const OF_COLOUR: [&str; 2] = ["color-contrast", "link-in-text-block"];
/// Runs axe, and says where it found what.
const RUN: &str = r"
    const done = arguments[arguments.length - 1];
    // Which one of many rows it is does not matter.
    const place = (node) => node.target.flat(9).join(' ').replaceAll(/:nth-child\(\d+\)/g, '');
    const colours = (node) => node.any.map((check) => check.data).filter((data) => data?.fgColor)
        .map((data) => ` (${data.fgColor} on ${data.bgColor}: ${data.contrastRatio})`).join('');
    const told = (rule) => new Set(rule.nodes.map((node) =>
        `axe ${rule.id} · ${place(node)} · ${rule.help}${colours(node)}`));
    axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'], iframes: false }).then(
        (found) => done(found.violations.flatMap((rule) => [...told(rule)])),
        (error) => done([`axe did not run: ${error}`]));
";

/// The matter of the page that sticks out of its width.
const STICKS_OUT: &str = r"
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (one) => one && one !== document.body && one !== document.documentElement &&
        (getComputedStyle(one).overflowX !== 'visible' || scrolls(one.parentElement));
    const out = [...document.body.querySelectorAll('*')].filter((one) =>
        one.getBoundingClientRect().right > width + 1 && !scrolls(one.parentElement));
    const name = (one) => one.localName + (one.id ? '#' + one.id : '') +
        [...one.classList].map((word) => '.' + word).join('');
    return [`sticks out to ${document.documentElement.scrollWidth} px · ` +
        out.slice(0, 3).map(name).join(', ')];
";

/// Sends a form empty; the browser is not asked what is missing.
const SEND: &str = r"
    const form = document.querySelector(`main form[action^='${arguments[0]}'][method=post]`);
    if (!form) throw new Error(`no form ${arguments[0]} on ${location.pathname}`);
    window.sent = true;
    const typed = form.querySelectorAll('input:not([type=hidden], [type=radio], [type=checkbox]), textarea');
    for (const field of typed) field.value = '';
    form.noValidate = true;
    form.requestSubmit();
";

/// Whether a page has its name and its one first heading, and its links their ends.
const NAMED: &str = r"
    const faults = [];
    const heads = document.querySelectorAll('h1').length;
    if (heads !== 1) faults.push(`${heads} h1`);
    const title = document.title.trim();
    if (!title || title.startsWith('–')) faults.push('no title');
    if (title.startsWith('Error: ') !== arguments[0]) faults.push(`its title is ${title}`);
    const shown = document.body.innerText.match(/<\/?[a-z][a-z0-9]*[ >\/][^]{0,40}/);
    if (shown) faults.push(`it shows markup: ${shown[0]}`);
    const here = location.href.split('#')[0];
    for (const link of document.links) {
        const [to, part] = link.href.split('#');
        if (to === here && part && !document.getElementById(decodeURIComponent(part)))
            faults.push(`a link leads to #${part}, which is not there`);
    }
    return faults;
";

/// Prepares a window to look at pages.
pub(crate) async fn prepare(window: &Window) {
    let file = node().join("node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&file);
    let axe = axe.unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask browser` installs it", file.display())
    });
    let each = json!({ "source": axe });
    window.session.chromium("Page.addScriptToEvaluateOnNewDocument", each).await;
}

/// Opens a page and looks at it in light and dark, wide and narrow; gives what is wrong with it.
pub(crate) async fn inspect(
    window: &Window,
    entry: &Entry,
    source: &str,
    mut seen: impl AsyncFnMut(Size, Scheme),
) -> Vec<String> {
    let mut faults = Vec::new();
    window.sized(Size::Desktop).await;
    window.seen_in(Scheme::Light).await;
    if entry.is_mail() {
        // Where it is shown no script runs, ours neither.
        window.go("about:blank").await;
        window.run("document.write(arguments[0]); document.close();", json!([source])).await;
    } else {
        window.go(&entry.path).await;
        if let Some(action) = entry.sends {
            window.run(SEND, json!([action])).await;
            let refused = "return document.readyState === 'complete' && window.sent !== true;";
            window.until("the answer to a form", refused, json!([])).await;
        }
        faults.extend(strings(&window.run(NAMED, json!([entry.status >= 400])).await));
    }

    let everything = json!({ "type": "tag", "values": TAGS });
    let colours = json!({ "type": "rule", "values": OF_COLOUR });
    let looks = [
        (Size::Desktop, Scheme::Light, &everything),
        (Size::Desktop, Scheme::Dark, &colours),
        (Size::Phone, Scheme::Dark, &colours),
        (Size::Phone, Scheme::Light, &everything),
    ];
    for (size, scheme, rules) in looks {
        window.sized(size).await;
        window.seen_in(scheme).await;
        let mut found = strings(&window.run_and_wait(RUN, json!([rules])).await);
        found.extend(strings(&window.run(STICKS_OUT, json!([])).await));
        let variant = format!("{} {}", size.word(), scheme.word());
        faults.extend(found.into_iter().map(|fault| format!("{variant} · {fault}")));
        seen(size, scheme).await;
    }
    window.sized(Size::Narrowest).await;
    let out = strings(&window.run(STICKS_OUT, json!([])).await);
    faults.extend(out.into_iter().map(|fault| format!("320 · {fault}")));
    let complaints = window.complaints().await.into_iter();
    // That a page is refused is what it says itself.
    let own = format!("status of {}", entry.status);
    let told = |complaint: &String| entry.status >= 400 && complaint.contains(&own);
    faults.extend(complaints.filter(|one| !told(one)).map(|one| format!("the browser: {one}")));
    faults
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}
