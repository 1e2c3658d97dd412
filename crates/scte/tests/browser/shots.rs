//! Pictures of the main pages for the README, and of every page for whoever looks at them.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::reader::Browser;
use crate::site::Site;
use crate::stage::{Stage, Who, buys, links, sign_in};
use crate::window::{Scheme, Size, Window};
use crate::{note, set};

/// Where the pictures go.
const FOLDER: &str = "SCTE_TEST_SHOTS";

/// The whole page as it is seen now, down to its end.
pub(crate) async fn whole(window: &Window, file: &Path) {
    let how = json!({ "format": "png", "captureBeyondViewport": true });
    take(window, how, &file.with_extension("png")).await;
}

async fn take(window: &Window, how: Value, file: &Path) {
    let picture = window.session.chromium("Page.captureScreenshot", how).await;
    let picture = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, picture).unwrap();
}

/// Whoever bought besides, so that lists are lists.
const BUYERS: [(&str, &str, &str); 8] = [
    ("robin", "Robin Adeyemi", "pay"),
    ("noor", "Noor Haddad", "pay"),
    ("theo", "Theo Lindqvist", "decline"),
    ("mara", "Mara Petrov", "pay"),
    ("eli", "Eli Navarro", "pay"),
    ("june", "June Castillo", "late"),
    ("omar", "Omar Reyes", "pay"),
    ("ida", "Ida Bergstrom", "pay"),
];

/// A picture: its name, whose page, where, how it is seen.
struct Shot<'a>(&'a str, Who, &'a str, Size, Scheme);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes the pictures of the README; `cargo xtask browser` runs it"]
async fn the_main_pages_have_their_pictures() {
    let folder = PathBuf::from(set(FOLDER).expect("SCTE_TEST_SHOTS says where pictures go"));
    let site = Site::start();
    let stage = Stage::set(&site).await;
    for (who, name, how) in BUYERS {
        buys(&site, who, name, Some(how)).await;
    }
    let mut finance = site.signed_in("finance").await;
    let order = first(&mut finance, "/staff/commerce", "/staff/commerce/orders/").await;
    let receipt = stage.paid.order.replace("/checkout/orders/", "/billing/receipts/");
    let article = first(&mut Browser::new(&site.origin), "/news", "/news/").await;

    let shots = [
        Shot("home", Who::Stranger, "/", Size::Desktop, Scheme::Light),
        Shot("home-dark", Who::Stranger, "/", Size::Desktop, Scheme::Dark),
        Shot("home-phone", Who::Stranger, "/", Size::Phone, Scheme::Light),
        Shot("join", Who::Stranger, "/join", Size::Desktop, Scheme::Light),
        Shot("article", Who::Stranger, &article, Size::Desktop, Scheme::Light),
        Shot("design", Who::Stranger, "/ops/design", Size::Desktop, Scheme::Light),
        Shot("member", Who::Kim, "/membership", Size::Desktop, Scheme::Light),
        Shot("member-phone", Who::Kim, "/membership", Size::Phone, Scheme::Dark),
        Shot("receipt", Who::Kim, &receipt, Size::Desktop, Scheme::Light),
        Shot("checkout", Who::Pat, &stage.pending.order, Size::Desktop, Scheme::Light),
        Shot("staff-list", Who::Finance, "/staff/commerce", Size::Desktop, Scheme::Light),
        Shot("staff-order", Who::Finance, &order, Size::Desktop, Scheme::Light),
        Shot("operations", Who::Admin, "/ops", Size::Desktop, Scheme::Light),
        Shot("operations-dark", Who::Admin, "/ops", Size::Desktop, Scheme::Dark),
    ];
    let window = Window::open(&site.origin).await;
    let mut here = Who::Stranger;
    for Shot(name, who, path, size, scheme) in shots {
        if who != here {
            window.sized(Size::Desktop).await;
            sign_in(&window, who).await;
            here = who;
        }
        window.sized(size).await;
        window.seen_in(scheme).await;
        window.go(path).await;
        take(&window, json!({ "format": "png" }), &folder.join(name).with_extension("png")).await;
    }
    note(&format!("pictures are in {}", folder.display()));
    window.session.end().await;
}

/// The first link of a page into a part of the site.
async fn first(reader: &mut Browser, page: &str, part: &str) -> String {
    let page = reader.get(page).await;
    let found = links(&page).find(|link| link.starts_with(part));
    found.unwrap_or_else(|| panic!("no link to {part} on {}", page.path))
}
