//! Somebody with an authenticator app, recovery codes and a passkey, as they set them up in a window.

use serde_json::{Value, json};

use crate::hands::Hands;
use crate::site::Site;
use crate::stage::{Who, sign_in};
use crate::window::Window;

/// The code that an app shows now: what it scans is on the page, to be typed too.
const CODE: &str = r"
    const done = arguments[arguments.length - 1];
    const letters = document.querySelector('details code').textContent.replaceAll(' ', '');
    const bits = [...letters].map((letter) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const secret = Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
    const step = new DataView(new ArrayBuffer(8));
    step.setBigUint64(0, BigInt(Math.floor(Date.now() / 30000)));
    const shown = async () => {
        const hmac = { name: 'HMAC', hash: 'SHA-1' };
        const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
        const signed = new DataView(await crypto.subtle.sign('HMAC', key, step));
        const part = signed.getUint32(signed.getUint8(19) & 15) & 0x7fffffff;
        return String(part % 1000000).padStart(6, '0');
    };
    shown().then(done);
";

/// A device that makes passkeys, and asks its owner for nothing.
fn device() -> Value {
    json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true,
    })
}

const APP: &str = "/account/factors/authenticator";
const SHOWN: &str = "/account/factors/codes/shown";
const PASSKEY: &str = "/account/factors/passkey";

/// Sets all of it up; gives the recovery codes.
pub(crate) async fn sets_up(site: &Site, who: Who) -> Vec<String> {
    // A passkey is a site's with a name.
    let window = Window::open(&site.origin.replace("127.0.0.1", "localhost")).await;
    let at = "return location.pathname === arguments[0];";
    let press = async |action: &str, then: &str| {
        let button = format!("main form[action='{action}'] button[type=submit]");
        Hands::Pointer.press(&window, &button).await;
        window.until(then, at, json!([then])).await;
    };
    sign_in(&window, who).await;
    window.go(APP).await;
    let code = window.run_and_wait(CODE, json!([])).await;
    let field = format!("main form[action='{APP}'] input[name=code]");
    Hands::Pointer.fill(&window, &field, code.as_str().unwrap()).await;
    press(APP, SHOWN).await;
    let codes =
        "return [...document.querySelectorAll('main li code')].map((one) => one.textContent);";
    let codes: Vec<String> = serde_json::from_value(window.run(codes, json!([])).await).unwrap();
    assert_eq!(codes.len(), 10, "{codes:?}");
    press("/account/factors/codes/kept", "/account/factors").await;

    window.session.ask("/webauthn/authenticator", device()).await.unwrap();
    window.go(PASSKEY).await;
    press(PASSKEY, "/account/factors").await;
    window.session.end().await;
    codes
}
