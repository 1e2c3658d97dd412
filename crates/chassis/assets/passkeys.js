// Passkeys: asks the browser for one, and sends the answer with the form of the page. Without this
// script the form goes without an answer, and the server says so.
// <div data-passkey="get|create" data-options="{…}" data-says="{…}" data-offered>: in a form with a
// field `credential`; `data-says` has the sentences, in the language of the page.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// The options as they came, with bytes where the browser wants bytes.
function asked(text) {
  const options = JSON.parse(text).publicKey;
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const one of list ?? []) one.id = toBytes(one.id);
  }
  return options;
}

// The answer as the server reads it.
function answered(credential) {
  const { response } = credential;
  const told = { clientDataJSON: toText(response.clientDataJSON) };
  if (response.attestationObject) {
    told.attestationObject = toText(response.attestationObject);
  } else {
    told.authenticatorData = toText(response.authenticatorData);
    told.signature = toText(response.signature);
    told.userHandle = response.userHandle ? toText(response.userHandle) : null;
  }
  const rawId = toText(credential.rawId);
  return JSON.stringify({ id: rawId, rawId, type: credential.type, response: told });
}

// What to do, in the words of whoever sits there.
function why(error, says) {
  switch (error.name) {
    case "NotAllowedError": return says.denied;
    case "InvalidStateError": return says.there;
    case "SecurityError": return says.place;
    default: return says.failed;
  }
}

// Why no passkey can be asked here; nothing when it can.
function barred(home, says) {
  if (!window.PublicKeyCredential) return [says.unknown];
  if (location.hostname === home || location.hostname.endsWith(`.${home}`)) return undefined;
  const there = document.createElement("a");
  const port = location.port ? `:${location.port}` : "";
  there.href = `${location.protocol}//${home}${port}${location.pathname}${location.search}`;
  there.textContent = `${location.protocol}//${home}${port}`;
  return [`${says.elsewhere} `, there];
}

// Only one question may be open in a page.
let open;

async function ask(place, more = {}) {
  open?.abort();
  const own = new AbortController();
  open = own;
  const publicKey = asked(place.dataset.options);
  const question = { publicKey, signal: own.signal, ...more };
  return place.dataset.passkey === "create"
    ? navigator.credentials.create(question)
    : navigator.credentials.get(question);
}

function prepare(place) {
  const form = place.closest("form");
  const button = place.querySelector("button");
  const says = JSON.parse(place.dataset.says);
  const said = form.querySelector("[data-passkey-said]");
  const say = (...parts) => said.replaceChildren(...parts);
  const field = form.elements.namedItem("credential");
  const wanted = JSON.parse(place.dataset.options).publicKey;
  const home = wanted.rpId ?? wanted.rp.id;
  const reason = barred(home, says);
  const send = (credential) => {
    field.value = answered(credential);
    form.requestSubmit(button);
  };
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    // Said when it is asked for: what says so by itself moves the page under whoever reads it.
    if (reason) return say(...reason);
    say();
    ask(place).then(send, (error) => { if (error.name !== "AbortError") say(why(error, says)); });
  });
  // Coming back with the browser's button: an answer works once.
  addEventListener("pageshow", (event) => { if (event.persisted) field.value = ""; });
  if ("offered" in place.dataset && !reason) offer(place, send);
}

// The passkey is offered in the field of the address; whoever types there is not disturbed.
async function offer(place, send) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  ask(place, { mediation: "conditional" }).then(send, () => {});
}

for (const place of document.querySelectorAll("[data-passkey]")) {
  // A page with two buttons has two scripts that are one.
  if (!("ready" in place.dataset)) {
    place.dataset.ready = "";
    prepare(place);
  }
}
