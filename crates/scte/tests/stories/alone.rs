//! A request never leaves its service: with all other processes killed, every page of the one that
//! lives is answered.

use ::cluster::Cluster;

use crate::browser::Browser;
use crate::many;
use crate::world::{Engine, PASSWORD, SCTE, World, note, ran};

/// Which service answers a path.
fn owner(path: &str) -> &str {
    let below = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.split('/').next());
    if let Some(named) = ["/staff/", "/api/", "/-/"].into_iter().find_map(below) {
        return named;
    }
    match path.split('/').nth(1).unwrap_or_default() {
        "account" | "oidc" | ".well-known" => "identity",
        "membership" | "companies" => "membership",
        "checkout" | "billing" => "commerce",
        "notifications" => "outreach",
        "ops" => "ops",
        _ => "content",
    }
}

/// The pages that can be asked for without knowing the id of anything, as `scte routes` lists them.
async fn pages() -> Vec<String> {
    let mut routes = tokio::process::Command::new(SCTE);
    routes.arg("routes");
    let (code, said) = ran(routes).await;
    assert_eq!(code, 0, "{said}");
    let read = said.lines().filter_map(|line| line.strip_prefix("GET\t"));
    let paths = read.filter_map(|line| line.split('\t').next());
    // What never ends is no page.
    let pages = paths.filter(|path| !path.contains('{') && !path.ends_with("/live"));
    let pages: Vec<String> = pages.map(str::to_owned).collect();
    assert!(pages.len() > 40, "the routes were not found: {said}");
    pages
}

async fn are_answered(service: &str, pages: &[String], browsers: [Browser; 2]) -> usize {
    let own: Vec<&String> = pages.iter().filter(|path| owner(path) == service).collect();
    for mut browser in browsers {
        for path in &own {
            let shown = browser.ask("GET", path).await;
            // A door may be shut, and a page may send on; nobody is missed.
            assert!(shown.status < 500, "{service} alone: {path}: {} {}", shown.status, shown.text);
            shown.lacks("away for a moment").lacks("Another process answers this");
        }
    }
    own.len()
}

async fn kill(cluster: &mut Cluster, service: &str) {
    for part in cluster.parts_of(service) {
        cluster.kill(&part).await.unwrap_or_else(|why| panic!("{why}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_answered_while_all_other_services_are_dead() {
    let mut world = World::on(Engine::Apart).await;
    let pages = pages().await;
    let admin = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    world.settle().await;
    let services = contracts::catalogue::SERVICES;
    for service in &services[1..] {
        kill(world.cluster(), service).await;
    }

    for (at, service) in services.iter().enumerate() {
        if at > 0 {
            // It starts alone too: the one before is killed first.
            kill(world.cluster(), services[at - 1]).await;
            many::start(world.cluster(), service).await;
        }
        let answered = are_answered(service, &pages, [admin.clone(), world.browser()]).await;
        assert!(answered > 0, "{service} has no page");
        note(&format!("{service} alone answered {answered} pages"));
    }
}
