//! The hands of somebody at a window: a pointer, or nothing but a keyboard.

use serde_json::json;

use crate::window::Window;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";

/// Nobody tabs further than this.
const FARTHEST: usize = 150;

/// With what somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    Pointer,
    Keyboard,
}

/// What is wrong with the place the focus is at, for somebody who must see where it is.
const SEEN: &str = r"
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const name = at.outerHTML.slice(0, 120);
    const marked = (one) => {
        const style = getComputedStyle(one);
        const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
        return outline || style.boxShadow !== 'none';
    };
    const label = at.closest('label');
    if (!marked(at) && !(label && marked(label))) return 'the focus cannot be seen on ' + name;
    const box = (label ?? at).getBoundingClientRect();
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    if (right - left < 1 || bottom - top < 1) return 'the focus is out of sight on ' + name;
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const clear = hit && (at.contains(hit) || hit.contains(at) || label?.contains(hit));
    return clear ? null : 'something covers ' + name;
";

impl Hands {
    /// Follows a link, or presses a button.
    pub(crate) async fn press(self, window: &Window, css: &str) {
        match self {
            Self::Pointer => self.click(window, css).await,
            Self::Keyboard => {
                tab_to(window, css).await;
                window.session.keys(ENTER).await;
            }
        }
    }

    async fn click(self, window: &Window, css: &str) {
        let element = window.element(css).await;
        let clicked = window.session.click(&element).await;
        clicked.unwrap_or_else(|why| panic!("`{css}` cannot be clicked: {why}"));
    }

    /// Fills a field.
    pub(crate) async fn fill(self, window: &Window, css: &str, text: &str) {
        match self {
            Self::Pointer => {
                self.click(window, css).await;
                let element = window.element(css).await;
                window.session.write(&element, text).await.unwrap();
            }
            Self::Keyboard => {
                tab_to(window, css).await;
                window.session.keys(text).await;
            }
        }
        let value = "return document.querySelector(arguments[0]).value;";
        assert_eq!(window.run(value, json!([css])).await, text, "{css}");
    }

    /// Ticks a box.
    pub(crate) async fn tick(self, window: &Window, css: &str) {
        match self {
            Self::Pointer => self.click(window, &format!("label:has({css})")).await,
            Self::Keyboard => {
                tab_to(window, css).await;
                window.session.keys(" ").await;
            }
        }
        assert!(window.holds(&format!("{css}:checked")).await, "`{css}` is not ticked");
    }

    /// Chooses of several, shown as rows or as a list, the one whose text begins so.
    pub(crate) async fn choose(self, window: &Window, name: &str, text: &str) {
        let radios = format!("input[type=radio][name={name}]");
        if window.holds(&radios).await {
            self.choose_row(window, &radios, text).await;
        } else {
            self.choose_line(window, &format!("select[name={name}]"), text).await;
        }
    }

    async fn choose_row(self, window: &Window, radios: &str, text: &str) {
        let value = "const one = [...document.querySelectorAll(arguments[0])].find((one) => \
                     one.closest('label').innerText.trim().startsWith(arguments[1])); \
                     return one && one.value;";
        let value = window.run(value, json!([radios, text])).await;
        let value = value.as_str().unwrap_or_else(|| panic!("no choice {text}")).to_owned();
        let wanted = format!("{radios}[value='{value}']");
        match self {
            Self::Pointer => self.click(window, &format!("label:has({wanted})")).await,
            Self::Keyboard => {
                tab_to(window, radios).await;
                while !window.holds(&format!("{wanted}:focus")).await {
                    window.session.keys(DOWN).await;
                }
                window.session.keys(" ").await;
            }
        }
        assert!(window.holds(&format!("{wanted}:checked")).await, "`{text}` is not chosen");
    }

    async fn choose_line(self, window: &Window, select: &str, text: &str) {
        match self {
            Self::Pointer => {
                let value = "const one = [...document.querySelector(arguments[0]).options].find(\
                             (one) => one.text.startsWith(arguments[1])); return one && one.value;";
                let value = window.run(value, json!([select, text])).await;
                let value = value.as_str().unwrap_or_else(|| panic!("no choice {text}")).to_owned();
                let line = format!("{select} option[value='{value}']");
                let line = window.session.all(&line).await.unwrap().swap_remove(0);
                window.session.click(&line).await.unwrap();
            }
            Self::Keyboard => {
                tab_to(window, select).await;
                window.session.keys(text).await;
            }
        }
        let chosen = "return document.querySelector(arguments[0]).selectedOptions[0].text;";
        let chosen = window.run(chosen, json!([select])).await;
        assert!(chosen.as_str().unwrap_or_default().starts_with(text), "{chosen} and not {text}");
    }
}

/// Presses the tabulator once; what has the focus then must be seen to have it.
pub(crate) async fn tab(window: &Window) {
    window.session.keys(TAB).await;
    let unseen = window.run(SEEN, json!([])).await;
    assert!(unseen.is_null(), "{} on {}", unseen, window.path().await);
}

/// Presses the tabulator until what the selector finds has the focus.
async fn tab_to(window: &Window, css: &str) {
    window.has(css).await;
    for _ in 0..FARTHEST {
        let there = "return document.activeElement?.matches(arguments[0]) === true;";
        if window.run(there, json!([css])).await == true {
            return;
        }
        tab(window).await;
    }
    panic!("`{css}` cannot be reached by keyboard on {}", window.path().await);
}
