//! ID-12: whoever signs out everywhere is signed out at every system that they signed in to by us,
//! within seconds; a system that is away hears of it when it is back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ::cluster::Plan;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::browser::Browser;
use crate::many;
use crate::signing_on::soon;
use crate::world::{Engine, PASSWORD, World, in_every_shape, note};

in_every_shape! {
    signing_out_everywhere_reaches_every_system_soon,
    a_system_that_was_away_hears_of_it_when_it_is_back,
}

const SECRET: &str = "the secret of a club in a test, 32";
const BACK: &str = "http://127.0.0.1:9/back";
const JO: &str = "jo@demo.scte.test";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The tokens that a system was told.
type Told = Arc<Mutex<Vec<String>>>;

/// Another system, as far as it is told of ended sign-ins.
struct Club {
    address: SocketAddr,
    told: Told,
    serving: Option<JoinHandle<()>>,
}

impl Club {
    async fn opens() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut club = Self { address, told: Told::default(), serving: None };
        club.serve(listener);
        club
    }

    /// Nobody listens there any more.
    async fn goes_away(&mut self) {
        let serving = self.serving.take().unwrap();
        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
    }

    async fn is_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    #[expect(clippy::disallowed_methods, reason = "it ends with the club, which aborts it")]
    fn serve(&mut self, listener: TcpListener) {
        let routes = Router::new().route("/out", post(hear)).with_state(self.told.clone());
        let serving = async move { axum::serve(listener, routes).await.unwrap() };
        self.serving = Some(tokio::spawn(serving));
    }

    /// What it was told, in order.
    fn told(&self) -> Vec<Value> {
        self.told.lock().unwrap().iter().map(|token| claims(token)).collect()
    }

    fn was_told_of(&self, sid: &str) -> bool {
        self.told().iter().any(|told| told["sid"] == sid)
    }
}

impl Drop for Club {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn hear(State(told): State<Told>, form: String) {
    let token = form.strip_prefix("logout_token=").expect("a form with a token");
    told.lock().unwrap().push(token.to_owned());
}

/// What a JWT claims.
fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// A world in which an operator wrote the club down.
async fn world(engine: Engine, club: &Club) -> World {
    let client = format!(
        "[[identity.clients]]\nid = \"club\"\nname = \"The club\"\nkind = \"confidential\"\n\
         secret = \"{SECRET}\"\nredirect_uris = [\"{BACK}\"]\nscopes = [\"openid\", \"email\"]\n\
         trusted = true\nback_channel = \"http://{}/out\"\n",
        club.address
    );
    let add = |plan: &mut Plan| plan.settings.push_str(&client);
    if let Some(shape) = many::shape(engine) {
        return Box::pin(World::of_many(shape, false, add)).await;
    }
    let mut world = World::on(engine).await;
    world.end().await;
    let config = world.beside("scte.toml");
    let known = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{known}{client}")).unwrap();
    world.start().await;
    world
}

/// Signs in to the club as whoever uses the browser; gives the sign-in that it was told of.
async fn goes_to_the_club(world: &mut World, browser: &mut Browser) -> String {
    let asked = format!(
        "/oidc/authorize?client_id=club&response_type=code&scope=openid&state=s&nonce=n\
         &code_challenge={CHALLENGE}&code_challenge_method=S256\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback"
    );
    let sent = world.get(browser, &asked).await;
    let (_, code) = sent.is(303).header("location").split_once("code=").expect("it has a code");
    let code = code.split('&').next().unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id=club&code={code}&code_verifier={VERIFIER}\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&client_secret={}",
        SECRET.replace(' ', "+").replace(',', "%2C")
    );
    let kind = "application/x-www-form-urlencoded";
    let given = world.browser().send("/oidc/token", kind, &form).await;
    let given: Value = serde_json::from_str(&given.is(200).text).unwrap();
    claims(given["id_token"].as_str().unwrap())["sid"].as_str().unwrap().to_owned()
}

async fn signs_out_everywhere(world: &mut World, browser: &mut Browser) {
    let page = world.get(browser, "/account/sign-ins").await;
    let out = world.submit(browser, &page, "/account/sign-out-everywhere", &[]).await;
    out.is(200).shows("signed out everywhere");
}

async fn signing_out_everywhere_reaches_every_system_soon(engine: Engine) {
    let club = Club::opens().await;
    let mut world = world(engine, &club).await;
    let mut lost = world.signed_in(JO, PASSWORD).await;
    let mut here = world.signed_in(JO, PASSWORD).await;
    let mut other = world.signed_in("sam@demo.scte.test", PASSWORD).await;
    let by_lost = goes_to_the_club(&mut world, &mut lost).await;
    let by_here = goes_to_the_club(&mut world, &mut here).await;
    let by_other = goes_to_the_club(&mut world, &mut other).await;

    signs_out_everywhere(&mut world, &mut here).await;
    let heard = async || club.was_told_of(&by_lost) && club.was_told_of(&by_here);
    let took = soon("the club", heard).await;
    note(&format!("the club knows after {} ms", took.as_millis()));

    world.settle().await;
    let told = club.told();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(!club.was_told_of(&by_other), "somebody else was not meant");
    for said in &told {
        assert_eq!(said["iss"], json!(world.origin));
        assert!(said["aud"] == "club" || said["aud"] == json!(["club"]), "{said}");
        assert_eq!(said["sub"], "01900000-0000-7000-8000-000000000005");
        assert!(said["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    }
    goes_to_the_club(&mut world, &mut other).await;
}

async fn a_system_that_was_away_hears_of_it_when_it_is_back(engine: Engine) {
    let mut club = Club::opens().await;
    let mut world = world(engine, &club).await;
    let mut here = world.signed_in(JO, PASSWORD).await;
    let sid = goes_to_the_club(&mut world, &mut here).await;
    club.goes_away().await;

    signs_out_everywhere(&mut world, &mut here).await;
    world.settle().await;
    // For the person it is done, whoever else is away.
    assert!(world.get(&mut here, "/account").await.path.starts_with("/account/sign-in"));
    assert!(club.told().is_empty());

    club.is_back().await;
    let told = world.looked(async |_: &mut World| club.was_told_of(&sid).then_some(())).await;
    assert!(told.is_some(), "the club was never told");
    assert_eq!(club.told().len(), 1, "{:?}", club.told());
}
