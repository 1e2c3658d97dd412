// Solves the puzzle on a form: a number is wanted that makes the SHA-256 of "<nonce>.<number>" begin
// with so many zero bits. In small steps, so that the page stays alive; the form waits for it.
// Written out here, because browsers hash by themselves on https only.

const K = [];
const START = [];
// The constants of the standard: fractions of the roots of the first primes.
for (let n = 2; K.length < 64; n += 1) {
  let prime = true;
  for (let by = 2; by * by <= n; by += 1) prime &&= n % by !== 0;
  if (!prime) continue;
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  if (START.length < 8) START.push(fraction(Math.sqrt(n)));
  K.push(fraction(Math.cbrt(n)));
}

const w = new Int32Array(64);
const turn = (x, by) => (x >>> by) | (x << (32 - by));

// The first 32 bits of the hash of a text that fits into one block (55 letters of ASCII).
function first(text) {
  w.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) w[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8);
  w[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  w[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15], y = w[i - 2];
    const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16] + low + w[i - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  return (START[0] + a) | 0;
}

async function solve(nonce, bits) {
  for (let number = 0; ; number += 1) {
    if (Math.clz32(first(`${nonce}.${number}`)) >= bits) return number;
    if (number % 5000 === 4999) await new Promise((go) => setTimeout(go));
  }
}

for (const field of document.querySelectorAll("input[data-work]")) {
  const { work, nonce, bits } = field.dataset;
  const says = field.form.querySelector("[data-work-says]");
  let waiting;
  const wait = (event) => {
    if (field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter ?? true;
    says.textContent = field.dataset.moment;
  };
  addEventListener("submit", (event) => { if (event.target === field.form) wait(event); }, true);
  field.value = "";
  solve(nonce, Number(bits)).then((number) => {
    field.value = `${work}.${number}`;
    says.textContent = field.dataset.solved;
    if (waiting) field.form.requestSubmit(waiting === true ? undefined : waiting);
  });
}
