//! Another website signs our members in, and a machine reads who they are, by the stock OpenID
//! Connect client of another language.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::browser::{Browser, Shown};
use crate::feeds::packages;
use crate::world::{Engine, PASSWORD, World};

const SECRET: &str = "the secret of a club in a test, 32";
const BACK: &str = "http://127.0.0.1:9/back";
const OUT: &str = "http://127.0.0.1:9/out";

/// The clients of the story, as an operator writes them down.
fn clients() -> String {
    let one = |id: &str, kind: &str, secret: &str| {
        format!(
            "[[identity.clients]]\nid = \"{id}\"\nname = \"The {id}\"\nkind = \"{kind}\"\n{secret}\
             redirect_uris = [\"{BACK}\"]\nsign_out_uris = [\"{OUT}\"]\n\
             scopes = [\"openid\", \"email\", \"profile\", \"membership\"]\n"
        )
    };
    let robot = format!(
        "[[identity.clients]]\nid = \"robot\"\nname = \"The robot\"\nkind = \"machine\"\n\
         secret = \"{SECRET}\"\nscopes = [\"members:read\"]\n"
    );
    let club = one("club", "confidential", &format!("secret = \"{SECRET}\"\n"));
    [club, one("app", "public", ""), robot].concat()
}

/// A society that knows the clients.
async fn a_world() -> World {
    let mut world = World::on(Engine::Sqlite).await;
    world.end().await;
    let config = world.beside("scte.toml");
    let known = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{known}{}", clients())).unwrap();
    world.start().await;
    world
}

/// The other website, at work.
struct Website {
    _process: Child,
    says: Lines<BufReader<ChildStdout>>,
    hears: ChildStdin,
}

impl Website {
    fn start(world: &World, id: &str, secret: &str) -> Self {
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/openid.mjs"))
            .arg(packages("openid-client"))
            .args([world.origin.as_str(), id, secret, BACK, OUT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let hears = process.stdin.take().unwrap();
        Self { _process: process, says, hears }
    }

    /// What it says next.
    async fn says(&mut self) -> Value {
        let line = self.says.next_line().await.unwrap();
        serde_json::from_str(&line.expect("the website gave up; it said why above")).unwrap()
    }

    /// Where it sends the browser, as a path of ours.
    async fn sends(&mut self, world: &World) -> String {
        let said = self.says().await;
        let url = said["go"].as_str().unwrap_or_else(|| panic!("{said}"));
        url.strip_prefix(&world.origin).expect("it sends the browser to us").to_owned()
    }

    /// The browser comes back to it.
    async fn receives(&mut self, shown: &Shown) {
        let url = shown.is(303).header("location");
        assert!(url.starts_with("http://127.0.0.1:9/"), "{url}");
        self.hears.write_all(format!("{url}\n").as_bytes()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_client_signs_a_member_in_and_out() {
    let mut world = a_world().await;

    for (id, secret) in [("club", SECRET), ("app", "")] {
        let mut website = Website::start(&world, id, secret);
        let mut jo = world.browser();
        let asked = website.sends(&world).await;
        website.receives(&signs_in(&mut world, &mut jo, &asked, id).await).await;

        let told = website.says().await;
        is_jo(&told["claims"]);
        is_jo(&told["again"]);
        assert_eq!((&told["same"], &told["info"]["scte_member"]), (&json!(true), &json!(true)));
        assert_eq!(told["info"]["email"], "jo@demo.scte.test");
        assert!(told["mixedUp"].is_string(), "{told}");

        let leaves = website.sends(&world).await;
        let left = world.get(&mut jo, &leaves).await;
        website.receives(&left).await;
        let told = website.says().await;
        assert_eq!(told["left"], true, "{told}");
        assert_eq!(told["info"], "invalid_token");
        assert_eq!(
            (&told["refresh"], &told["code"]),
            (&json!("invalid_grant"), &json!("invalid_grant"))
        );
        let page = world.get(&mut jo, "/account").await;
        assert!(page.path.starts_with("/account/sign-in"), "{}", page.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_client_reads_the_members_as_a_machine() {
    let world = a_world().await;
    let asks = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/openid_machine.mjs"))
        .arg(packages("openid-client"))
        .args([world.origin.as_str(), "robot", SECRET])
        .stderr(Stdio::inherit())
        .output();
    let told = asks.await.unwrap().stdout;
    let told: Value =
        serde_json::from_slice(&told).expect("the machine gave up; it said why above");

    let members = told["members"].as_array().unwrap();
    assert!(members.contains(&json!("Jo Alvarez")), "{told}");
    assert_eq!(told["lasts"], 600, "{told}");
    // What the scope does not say stays closed; given back, it opens nothing more.
    assert_eq!((&told["other"], &told["after"]), (&json!(403), &json!(401)), "{told}");
}

/// Goes where the website wants it, signs in and says yes; gives the last page before it is back.
async fn signs_in(world: &mut World, jo: &mut Browser, asked: &str, id: &str) -> Shown {
    let page = world.get(jo, asked).await;
    assert!(page.path.starts_with("/account/sign-in"), "{}", page.path);
    let typed = [("address", "jo@demo.scte.test"), ("password", PASSWORD)];
    let page = world.submit(jo, &page, "/account/sign-in", &typed).await;
    page.is(200).shows(&format!("Sign in to The {id}")).shows("jo@demo.scte.test");
    world.submit(jo, &page, "/oidc/consent\"", &[]).await
}

fn is_jo(claims: &Value) {
    assert_eq!(claims["sub"], "01900000-0000-7000-8000-000000000005", "{claims}");
    assert_eq!(claims["name"], "Jo Alvarez", "{claims}");
    assert_eq!((&claims["scte_member"], &claims["email_verified"]), (&json!(true), &json!(true)));
}
