// Passkeys: asks the browser for one, and sends the answer with the form of the page. Without this
// script the form goes without an answer, and the server says so.
// <div data-passkey="get|create" data-options="{…}" data-offered>: in a form with a field `credential`.

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
function why(error) {
  switch (error.name) {
    case "NotAllowedError": return "Nothing was done: the passkey was not given. Try again when you like.";
    case "InvalidStateError": return "This device has a passkey for your account already.";
    case "SecurityError": return "Passkeys do not work at this address of the site.";
    default: return "The browser could not do it. Try another browser or device.";
  }
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
  const said = form.querySelector("[data-passkey-said]");
  const say = (text) => { said.textContent = text; };
  const field = form.elements.namedItem("credential");
  const wanted = JSON.parse(place.dataset.options).publicKey;
  const home = wanted.rpId ?? wanted.rp.id;
  if (!window.PublicKeyCredential) {
    button.disabled = true;
    return say("This browser knows no passkeys, or the connection to this site is not secure.");
  }
  if (location.hostname !== home && !location.hostname.endsWith(`.${home}`)) {
    button.disabled = true;
    const port = location.port ? `:${location.port}` : "";
    return say(`Passkeys work here when you open the site as ${location.protocol}//${home}${port}`);
  }
  const send = (credential) => {
    field.value = answered(credential);
    form.requestSubmit(button);
  };
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    say("");
    ask(place).then(send, (error) => { if (error.name !== "AbortError") say(why(error)); });
  });
  // Coming back with the browser's button: an answer works once.
  addEventListener("pageshow", (event) => { if (event.persisted) field.value = ""; });
  if ("offered" in place.dataset) offer(place, send);
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
