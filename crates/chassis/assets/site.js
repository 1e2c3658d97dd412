// What the site does better with a script. Every page is complete without: each part below adds to
// the HTML that is there, and leaves it alone where something it needs is missing.

const html = document.documentElement;
html.dataset.js = "";
const main = document.getElementById("main");
const all = (selector, from = main) => (from ? [...from.querySelectorAll(selector)] : []);
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const posts = (form) => form?.getAttribute("method")?.toLowerCase() === "post";

// One polite region for what a screen reader would not notice by itself.
const voice = make("div", { className: "hide" });
voice.setAttribute("role", "status");
document.body.append(voice);
// The same twice is said twice.
const say = (text) => { voice.textContent = text && voice.textContent === text ? `${text}\u00a0` : text; };

// Said at the top of the page, and aloud.
function tell(text) {
  const note = main.querySelector("[data-told]") ?? make("p", { className: "notice warn" });
  if (note.textContent === text) return;
  note.dataset.told = "";
  note.textContent = text;
  (main.querySelector(".page") ?? main).prepend(note);
  say(text);
}

// What was typed is never thrown away: what comes by itself waits for the reader then.
let typed = false;
main?.addEventListener("input", (event) => { typed ||= posts(event.target.form); });

// ---- Pending: a page that waits completes by itself ----
// <main data-live="/-/commerce/live">: a stream tells when the service took something in. Then the
// page is asked for again, and its matter put in place when it reads differently.
// <main data-again="5">: the page is asked for again every so many seconds.

let stream, timer, wait = 2000, failures = 0, asking = false, again = false, ended = false;

function follow() {
  if (ended || stream) return;
  if (main?.dataset.again) return later();
  if (!main?.dataset.live) return;
  stream = new EventSource(main.dataset.live);
  // Also on opening: something may have happened since the page was made.
  stream.onopen = () => { failures = 0; ask(); };
  stream.addEventListener("moved", ask);
  stream.onerror = () => {
    // The browser opens a broken stream again by itself; a refused one it gives up.
    failures += 1;
    if (stream.readyState !== EventSource.CLOSED && failures < 3) return;
    leave();
    later();
  };
}

function leave() {
  stream?.close();
  stream = undefined;
  clearTimeout(timer);
}

// Without a stream: as often as the page says, or less and less often.
function later() {
  const seconds = Number(main.dataset.again);
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await ask();
    if (!ended && !stream) later();
  }, seconds ? seconds * 1000 : wait);
  wait = Math.min(wait * 1.5, 10_000);
}

// One question at a time, at most two in a second, none while nobody looks.
async function ask() {
  again = asking || document.hidden;
  if (ended || again) return;
  asking = true;
  try {
    await take(await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" }));
  } catch {
    tell("There is no connection at the moment. This page goes on by itself when there is one.");
  }
  await new Promise((done) => setTimeout(done, 500));
  asking = false;
  if (again) ask();
}

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

async function take(answer) {
  const page = await parsed(answer);
  const next = page.getElementById("main");
  const to = new URL(answer.url);
  if (answer.redirected && to.pathname === "/account/sign-in") {
    return end("You are signed out. Load this page again to sign in and see how it went on.");
  }
  if (!answer.ok && !next?.dataset.again) {
    if (answer.status >= 500) return tell("This page cannot be brought up to date at the moment. It tries again.");
    return end("This page can no longer be brought up to date. Load it again.");
  }
  if (answer.redirected && to.pathname + to.search !== location.pathname + location.search) {
    end();
    return location.replace(answer.url);
  }
  if (!next) return;
  // What stood in for the page gives way to the page itself, its frame included.
  if (answer.ok && came?.responseStatus >= 400) {
    end();
    return location.reload();
  }
  await fill(next);
  const news = gist(next) !== shown;
  if (news && typed) return tell("There is news. What you typed is kept; load this page again to see it.");
  all("[data-told]").forEach((note) => note.remove());
  // Nobody's text is pulled away from under the pointer for the sake of a figure.
  if (next.dataset.again && !getSelection().isCollapsed) return;
  for (const name of ["live", "again"]) {
    if (name in next.dataset) main.dataset[name] = next.dataset[name];
    else delete main.dataset[name];
  }
  if (!main.dataset.live && !main.dataset.again) end();
  if (news) put(next, page.title);
}

function end(text) {
  ended = true;
  leave();
  if (text) tell(text);
}

// How a page reads: without what every answer makes anew, the tokens of forms and countdowns.
function gist(matter) {
  const copy = matter.cloneNode(true);
  all("input[type=hidden], [data-until]", copy).forEach((part) => part.remove());
  return copy.innerHTML;
}
const came = performance.getEntriesByType("navigation")[0];
let shown = main ? gist(main) : "";

// New matter, with the focus, the place and the opened details of the old.
function put(next, title) {
  const heard = () => (main.querySelector("[role=status]") ?? main.querySelector("h1"))?.textContent.replace(/\s+/g, " ").trim();
  const before = heard();
  const held = document.activeElement;
  const place = main.contains(held) ? all(held.localName).indexOf(held) : -1;
  const name = (details) => details.id || details.querySelector("summary")?.textContent;
  const open = new Map(all("details").map((details) => [name(details), details.open]));
  const aside = all(".scroll").map((region) => region.scrollLeft);
  // What is typed to find something; any other form has waited for the reader before it came to this.
  const finds = all("input[id]").filter((field) => field.value !== field.defaultValue);
  const [left, top] = [scrollX, scrollY];

  shown = gist(next);
  since = Date.now();
  document.title = title;
  main.replaceChildren(...next.childNodes);
  enhance();

  all("details").forEach((details) => { details.open = open.get(name(details)) ?? details.open; });
  all(".scroll").forEach((region, at) => { region.scrollLeft = aside[at] ?? 0; });
  finds.forEach((field) => document.getElementById(field.id)?.replaceWith(field));
  if (place >= 0) {
    const same = all(held.localName);
    const kept = same.find((one) => one.id === held.id && one.textContent === held.textContent);
    (kept ?? same[place] ?? main).focus({ preventScroll: true });
  }
  scrollTo({ left, top, behavior: "instant" });
  if (heard() !== before) say(heard() ?? "");
}

document.addEventListener("visibilitychange", () => { if (again) ask(); });
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => { if (event.persisted) follow(); });

// ---- Parts: <tbody data-part="/ops/commerce/card" data-slot="row">: what another process says ----
// Asked for where it runs, and put in place; what did not answer says so: <span data-else="…">.

async function fill(matter) {
  const places = all("[data-part]", matter);
  const urls = [...new Set(places.map((place) => place.dataset.part))];
  await Promise.all(urls.map(async (url) => {
    const page = await part(url);
    for (const place of places.filter((one) => one.dataset.part === url)) {
      const said = page?.querySelector(`[data-slot="${place.dataset.slot}"]`);
      if (said) place.replaceChildren(...said.childNodes);
      else all("[data-else]", place).forEach((note) => Object.assign(note, { className: "state bad", textContent: note.dataset.else }));
    }
  }));
}

async function part(url) {
  try {
    const asked = { headers: { accept: "text/html" }, redirect: "error", cache: "no-store", signal: AbortSignal.timeout(4000) };
    const answer = await fetch(url, asked);
    return answer.ok ? await parsed(answer) : undefined;
  } catch { return undefined; }
}

// ---- Badges: what is due behind a link of the navigation, asked after the page is there ----

async function badges() {
  const links = all("[data-badge]", document);
  for (const url of new Set(links.map((link) => link.dataset.badge))) {
    try {
      const answer = await fetch(url, { headers: { accept: "application/json" }, redirect: "error" });
      for (const { path, count } of answer.ok ? await answer.json() : []) {
        links.filter((link) => link.dataset.badge === url && link.getAttribute("href") === path && count > 0)
          .forEach((link) => link.append(" ", badge(count)));
      }
    } catch { /* its owner is away: no number, no harm */ }
  }
}

function badge(count) {
  const made = make("span", { className: "count", textContent: count > 99 ? "99+" : count });
  made.append(make("span", { className: "hide", textContent: " due" }));
  return made;
}

// ---- Tables: <table data-sort>, short and complete, sorts in place ----

const collator = new Intl.Collator(html.lang || "en", { numeric: true, sensitivity: "base" });
const moment = (text) => (/^\d{4}-\d\d/.test(text) ? Date.parse(text) : NaN);
const number = (text) => (/^[^\p{L}\d]*\d[\d,.\s]*%?$/u.test(text)
  ? Number(text.replace("−", "-").replace(/[^\d.-]/g, "")) : NaN);

function key(cell) {
  const text = cell?.dataset.value ?? cell?.querySelector("time[datetime]")?.dateTime ?? cell?.textContent;
  return (text ?? "").trim();
}

function sort(table, head) {
  const down = head.ariaSort === "ascending" ? -1 : 1;
  const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[head.cellIndex]), row]);
  const read = [moment, number].find((as) => rows.every(([text]) => !text || !Number.isNaN(as(text))));
  const compare = read ? (a, b) => read(a) - read(b) : collator.compare;
  // Empty cells stand last either way.
  rows.sort(([a], [b]) => (a && b ? down * compare(a, b) : !a - !b));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  all("thead th", table).forEach((other) => { other.ariaSort = null; });
  head.ariaSort = down > 0 ? "ascending" : "descending";
}

function sortable(table) {
  for (const head of all("thead th", table).filter((one) => one.textContent.trim())) {
    const button = make("button", { type: "button", onclick: () => sort(table, head) });
    button.append(...head.childNodes);
    head.append(button);
  }
}

// ---- Lists: <div data-list>: choosing rows ----

function choosing(list) {
  const boxes = all("input[name=chosen]", list);
  const bulk = list.querySelector(".bulk");
  if (!boxes.length || !bulk) return;
  const every = make("input", { type: "checkbox", ariaLabel: "Choose all on this page" });
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    every.checked = chosen === boxes.length;
    every.indeterminate = chosen > 0 && !every.checked;
    bulk.hidden = chosen === 0;
    all("[data-chosen]", bulk).forEach((number) => { number.textContent = `${chosen} chosen`; });
  };
  every.onchange = () => boxes.forEach((box) => { box.checked = every.checked; });
  list.querySelector("[data-all]")?.replaceChildren(every);
  list.addEventListener("change", count);
  // On the way back the browser ticks again what was ticked.
  addEventListener("pageshow", count);
  count();
}

// ---- Keys of lists; who does not want them switches them off ----

let keys = true;
try { keys = localStorage.getItem("keys") !== "off"; } catch { /* not remembered, then */ }

const acts = {
  __proto__: null,
  j: (list) => step(list, 1),
  k: (list) => step(list, -1),
  x: () => document.activeElement.closest("tr")?.querySelector("input[name=chosen]")?.click(),
  "/": () => {
    const field = main.querySelector("[data-find]") ?? document.querySelector(".site-search input");
    field?.focus();
    field?.select();
  },
  "?": () => {
    const help = main.querySelector("[data-keys]");
    if (help) help.open = true;
    help?.querySelector("summary")?.focus();
  },
};

function step(list, by) {
  const rows = all("tbody tr", list).map((row) => row.querySelector("a[href]")).filter(Boolean);
  const here = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  rows[here < 0 ? 0 : here + by]?.focus();
}

const types = (at) => at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox], [type=radio])");

document.addEventListener("keydown", (event) => {
  const list = main?.querySelector("[data-list]");
  const act = acts[event.key?.toLowerCase()];
  if (!list || !keys || !act || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
  event.preventDefault();
  act(list);
});

function help(keep) {
  const box = make("input", { type: "checkbox", checked: keys });
  box.onchange = () => {
    keys = box.checked;
    try { localStorage.setItem("keys", keys ? "on" : "off"); } catch { /* for this page only */ }
  };
  const label = make("label", { className: "choice bare" });
  label.append(box, make("span", { textContent: "Use these keys" }));
  keep.append(label);
  keep.hidden = false;
}

// ---- Countdowns: <span data-until="…">11:48</span>, kept until a moment ----

// When the text of a countdown was true: as the page left the server, as far as we know.
let since = performance.timeOrigin + (came?.responseStart ?? 0);

// The time left as the server wrote it counts; the clock of this computer may be wrong.
function until(clock) {
  const parts = clock.textContent.trim().split(":").map(Number);
  const seconds = parts.length > 1 ? parts.reduce((sum, part) => sum * 60 + part) : NaN;
  return Number.isNaN(seconds) ? Date.parse(clock.dataset.until) : since + seconds * 1000;
}

function countdown(clock) {
  const end = until(clock);
  const meter = clock.closest(".hold")?.querySelector("progress[value]");
  const two = (n) => String(n).padStart(2, "0");
  let before = 0;
  (function tick() {
    const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (!clock.isConnected || Number.isNaN(rest)) return;
    const minutes = Math.floor(rest / 60);
    const hours = Math.floor(minutes / 60);
    clock.textContent = `${hours ? `${hours}:${two(minutes % 60)}` : minutes}:${two(rest % 60)}`;
    if (meter) meter.value = rest;
    const passed = [1, 5, 10].find((mark) => before > mark * 60 && rest <= mark * 60);
    if (rest && passed) say(passed > 1 ? `${passed} minutes left` : "1 minute left");
    if (rest) setTimeout(tick, 1000 - (Date.now() % 1000));
    // A page that came with nothing left has nothing more to show.
    else if (before && typed) tell("The time is over. What you typed is kept; load this page again to see what follows.");
    else if (before) location.reload();
    before = rest;
  })();
}

// ---- Copying: <button data-copy="text" hidden> ----

const labels = new WeakMap();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const copying = navigator.clipboard.writeText(button.dataset.copy);
  const told = await copying.then(() => "Copied", () => "Not copied");
  if (!labels.has(button)) labels.set(button, [...button.childNodes]);
  button.textContent = told;
  say(told);
  setTimeout(() => button.replaceChildren(...labels.get(button)), 2000);
});

// ---- Forms: sent once ----

function free(form) {
  delete form.dataset.sent;
  all("[aria-disabled].busy", form).forEach((button) => {
    button.classList.remove("busy");
    button.ariaDisabled = null;
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !posts(form)) return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  typed = false;
  event.submitter?.classList.add("busy");
  event.submitter?.setAttribute("aria-disabled", "true");
  // What answers with a file leaves the page as it is; after a while one may send again.
  setTimeout(free, 20_000, form);
});
addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sent]", document).forEach(free); });

// ---- All of it: for the page as it came, and for what takes its place ----

function enhance() {
  all("table[data-sort]").forEach(sortable);
  all("[data-list]").forEach(choosing);
  all("[data-keys]").forEach(help);
  all("[data-until]").forEach(countdown);
  if (navigator.clipboard) all("[data-copy]").forEach((button) => { button.hidden = false; });
}

enhance();
if (all("[data-part]").length) fill(main).then(() => { shown = gist(main); follow(); });
else follow();
const idle = window.requestIdleCallback ?? setTimeout;
if (document.readyState === "complete") idle(badges);
else addEventListener("load", () => idle(badges));
