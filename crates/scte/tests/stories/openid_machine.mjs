// Reads the members as any machine does that has the stock client `openid-client`:
//   node openid_machine.mjs FOLDER_OF_NODE_MODULES ISSUER CLIENT_ID SECRET
// Says one line of JSON.
import { webcrypto } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Node.js 18 keeps it in a module of its own.
globalThis.crypto ??= webcrypto;
const [packages, issuer, id, secret] = process.argv.slice(2);
const entry = resolve(packages, 'node_modules/openid-client/build/index.js');
const client = await import(pathToFileURL(entry));

const options = { execute: [client.allowInsecureRequests] };
const how = client.ClientSecretBasic(secret);
const config = await client.discovery(new URL(issuer), id, undefined, how, options);
const given = await client.clientCredentialsGrant(config, { scope: 'members:read' });

// The stock client throws when it is challenged; either way the status counts.
const read = async (path) => {
  try {
    return await client.fetchProtectedResource(
      config, given.access_token, new URL(path, issuer), 'GET');
  } catch (error) {
    if (error.status === undefined) throw error;
    return { status: error.status };
  }
};
const members = await (await read('/api/membership/members')).json();
const other = (await read('/api/membership/me')).status;

await client.tokenRevocation(config, given.access_token);
// Another service hears of it by a message: within seconds, as is promised.
const began = Date.now();
let after = 200;
while (after === 200 && Date.now() - began < 5000) {
  after = (await read('/api/membership/members')).status;
}
console.log(JSON.stringify({
  members: members.members.map((one) => one.name),
  lasts: given.expires_in,
  other,
  after,
}));
