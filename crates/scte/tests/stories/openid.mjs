// Signs somebody in as any website does that has the stock client `openid-client`:
//   node openid.mjs FOLDER_OF_NODE_MODULES ISSUER CLIENT_ID SECRET REDIRECT_URI SIGNED_OUT_URI
// Without a secret it is a public client. Says one line of JSON after the other; where a browser is
// needed, it says where to go and waits for a line with the address that the browser came back to.
import { webcrypto } from 'node:crypto';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// Node.js 18 keeps it in a module of its own.
globalThis.crypto ??= webcrypto;
const [packages, issuer, id, secret, back, out] = process.argv.slice(2);
const entry = resolve(packages, 'node_modules/openid-client/build/index.js');
const client = await import(pathToFileURL(entry));

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => console.log(JSON.stringify(what));
const browserGoes = async (url) => {
  say({ go: url.href });
  return (await lines.next()).value;
};
// How a call failed: by the words of the protocol.
const failure = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return error.error ?? error.cause?.[0]?.parameters?.error ?? error.code ?? error.message;
  }
};

const how = secret ? client.ClientSecretPost(secret) : client.None();
const options = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), id, undefined, how, options);

const verifier = client.randomPKCECodeVerifier();
const [nonce, state] = [client.randomNonce(), client.randomState()];
const asked = client.buildAuthorizationUrl(config, {
  redirect_uri: back,
  scope: 'openid email profile membership',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  nonce,
  state,
});
const came = await browserGoes(asked);
const checks = {
  pkceCodeVerifier: verifier,
  expectedNonce: nonce,
  expectedState: state,
  idTokenExpected: true,
};

// The answer of another provider, slipped in (mix-up), is noticed by the client alone.
const mixed = new URL(came);
mixed.searchParams.set('iss', 'https://other.example');
const mixedUp = await failure(() => client.authorizationCodeGrant(config, mixed, checks));

const first = await client.authorizationCodeGrant(config, new URL(came), checks);
const claims = first.claims();
const info = await client.fetchUserInfo(config, first.access_token, claims.sub);
const second = await client.refreshTokenGrant(config, first.refresh_token);
const renewed = await client.fetchUserInfo(config, second.access_token, claims.sub);
say({ claims, info, mixedUp, same: renewed.sub === claims.sub, again: second.claims() });

const leave = client.buildEndSessionUrl(config, {
  id_token_hint: second.id_token,
  post_logout_redirect_uri: out,
  state,
});
const left = await browserGoes(leave);
say({
  left: new URL(left).searchParams.get('state') === state,
  info: await failure(() => client.fetchUserInfo(config, second.access_token, claims.sub)),
  refresh: await failure(() => client.refreshTokenGrant(config, second.refresh_token)),
  code: await failure(() => client.authorizationCodeGrant(config, new URL(came), checks)),
});
process.exit(0);
