// Reads a feed as anybody does who has the stock CloudEvents client:
//   node feed.mjs FOLDER_OF_NODE_MODULES URL TOKEN LAST_EVENT_ID SECONDS_TO_WAIT UNTIL_TYPE
// Asks again and again with the id of the last event it has, until an event of the type UNTIL_TYPE
// came, or, when that is empty, until there was nothing new. Prints what it read as one line of JSON.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [packages, url, token, from, seconds, untilType] = process.argv.slice(2);
const { HTTP, CloudEvent } = createRequire(resolve(packages, 'package.json'))('cloudevents');

const read = [];
let last = from;
let requests = 0;
for (let waiting = true; waiting;) {
  const query = new URLSearchParams({ lastEventId: last, timeout: seconds, max: '50' });
  const answer = await fetch(`${url}?${query}`, { headers: { authorization: `Bearer ${token}` } });
  requests += 1;
  if (answer.status !== 200) {
    console.log(JSON.stringify({ status: answer.status, problem: await answer.json() }));
    process.exit(0);
  }
  const message = { headers: Object.fromEntries(answer.headers), body: await answer.text() };
  const events = HTTP.toEvent(message);
  for (const event of events) {
    // Again, strictly: what the specification does not allow throws here.
    const strict = new CloudEvent({ ...event }, true);
    strict.validate();
    read.push({
      id: strict.id,
      type: strict.type,
      source: strict.source,
      subject: strict.subject,
      sequence: strict.sequence,
      entityversion: strict.entityversion,
      partitionkey: strict.partitionkey,
      correlation: strict.correlation,
      data: strict.data,
    });
    last = strict.id;
  }
  waiting = untilType ? !read.some((event) => event.type === untilType) : events.length > 0;
}
console.log(JSON.stringify({ status: 200, requests, events: read }));
