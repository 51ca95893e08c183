// The first page: asks the server again and again, and hands the answers to the parts.
//
// The parts of a site are built when the site, its container or the language changes; between that they are updated,
// so that nothing jumps and nothing loses the focus. When the server is gone, what is known stays on the page.

import { get } from "./api.js";
import { h } from "./elements.js";
import { recall, remember } from "./memory.js";
import { bottom, top } from "./parts/frame.js";
import { funnel, noFunnel } from "./parts/funnel.js";
import { head } from "./parts/head.js";
import { install } from "./parts/install.js";
import { live } from "./parts/live.js";
import { noSites } from "./parts/nosites.js";
import { collectorWarnings, failureBox, loading, refusedBox, refusedHosts, warningBox } from "./parts/notice.js";
import { problems } from "./parts/problems.js";
import { sql } from "./parts/sql.js";
import { language, switchLanguage, words } from "./words.js";

const LIVE_MS = 2000;
const SITES_MS = 4000;
const FUNNELS_MS = 5000;
/** What was still open may have become too late, even when nothing comes. */
const FUNNELS_AT_LEAST_MS = 60_000;
const STATUS_MS = 5000;
const SECOND_MS = 1000;
const CHOSEN = "weir.site";

const place = {
  top: document.querySelector("#top"),
  notice: document.querySelector("#notice"),
  main: document.querySelector("#main"),
  bottom: document.querySelector("#bottom"),
};

let sites = null;
let status = null;
/** What went wrong with the last question of each kind, and what was said about it. */
const trouble = { sites: null, live: null, said: "" };
/** Site ids are `[a-z0-9_]`: they stand in the address as they are. */
let chosen = location.hash.slice(1) || recall(CHOSEN);
/** What the page was last built from, to see whether it must be built anew. */
let built = "";
let builtTop = "";
let parts = noParts();
/** Last answers by site and funnel. */
const knownFunnels = new Map();
let funnelsAsked = { news: null, at: 0 };
let lastLive = { data: null, failure: null, offsetMs: 0 };

function noParts() {
  return { head: null, live: null, columns: null, funnels: new Map() };
}

const site = () => sites?.find((one) => one.id === chosen) ?? null;
/** The server's clock, so that "3 s ago" is right where the browser's is wrong. */
const clock = () => Date.now() + lastLive.offsetMs;

function buildTop() {
  const facts = JSON.stringify([language(), chosen, sites?.map(({ id }) => id)]);
  if (facts === builtTop) return;
  builtTop = facts;
  document.documentElement.lang = language();
  document.title = site() ? `${chosen} – Weir` : "Weir";
  place.top.replaceChildren(...top(sites ?? [], chosen, { choose, otherLanguage }));
}

/** Builds what has changed since the last time; says whether the parts are new and want their first answers. */
function build() {
  buildTop();
  const one = site();
  // Hosts that are refused are told above: their numbers change all the time.
  const facts = JSON.stringify([language(), one && { ...one, refused_hosts: null }, status?.sql, sites === null, sites === null && trouble.sites]);
  if (facts === built) return false;
  built = facts;
  parts = noParts();
  if (one) place.main.replaceChildren(...buildSite(one));
  else if (sites) place.main.replaceChildren(noSites());
  else place.main.replaceChildren(...(trouble.sites ? [] : [loading()]));
  return one !== null;
}

function buildSite(one) {
  parts.head = head(one);
  parts.live = live(one);
  parts.funnels = new Map(one.funnels.map((name) => [name, funnel(name, one.sample)]));
  const drawn = [...parts.funnels.values()].map((part) => part.root);
  parts.columns = h("div", { class: "columns" },
    h("div", {}, parts.live.root, drawn.length > 0 ? drawn : noFunnel()),
    h("div", {}, install(one), status ? sql(one, status.sql) : null));
  showKnown(one);
  return [parts.head.root, problems(one), parts.columns].filter(Boolean);
}

/** New parts begin with the last answers, should there be no newer ones. */
function showKnown(one) {
  parts.head.update(lastLive.data, lastLive.failure, clock());
  if (lastLive.data) parts.live.update({ data: lastLive.data }, clock(), status?.demo === true);
  for (const [name, part] of parts.funnels) {
    const data = knownFunnels.get(`${one.id}/${name}`);
    if (data) part.update({ data });
  }
}

/** Notes how a question went, and shows the worst of what is in the way now; is quiet when nothing has changed. */
function tell(part, failure) {
  trouble[part] = failure ?? null;
  const worst = [trouble.sites, trouble.live].find((one) => one?.kind === "gone") ?? trouble.sites ?? trouble.live;
  const warnings = collectorWarnings(status?.collector);
  const refused = refusedHosts(site(), clock());
  const said = JSON.stringify([worst, warnings, refused, language()]);
  if (said === trouble.said) return;
  trouble.said = said;
  place.notice.replaceChildren(...(worst ? [failureBox(worst)] : []), ...warnings.map(warningBox),
    ...(refused ? [refusedBox(refused)] : []));
}

async function askSites() {
  const { data, failure } = await get("sites");
  if (data) {
    sites = data;
    if (!site()) chosen = (data.find((one) => !one.sample) ?? data[0])?.id ?? "";
  }
  tell("sites", failure);
  if (build()) askNumbers();
}

async function askStatus() {
  const { data } = await get("status");
  if (!data) return;
  status = data;
  place.bottom.replaceChildren(...bottom(status));
  tell("live", trouble.live);
  if (build()) askNumbers();
}

async function askLive() {
  const one = site();
  if (!one) return;
  const answer = await get("sites", one.id, "live");
  if (chosen !== one.id) return;
  tell("live", answer.failure);
  lastLive = answer.data
    ? { data: answer.data, failure: null, offsetMs: answer.data.now - Date.now() }
    : { ...lastLive, failure: answer.failure };
  parts.live?.update(answer, clock(), status?.demo === true);
  parts.head?.update(lastLive.data, lastLive.failure, clock());
  parts.columns?.classList.toggle("waiting", lastLive.data?.last_event_at === null && !one.sample);
}

/** A funnel is the dearest question: it is asked again when something has come, and now and then anyway. */
async function askFunnelsIfNew() {
  const news = lastLive.data?.last_event_at ?? null;
  if (news === funnelsAsked.news && Date.now() - funnelsAsked.at < FUNNELS_AT_LEAST_MS) return;
  await askFunnels();
}

async function askFunnels() {
  const one = site();
  funnelsAsked = { news: lastLive.data?.last_event_at ?? null, at: Date.now() };
  for (const [name, part] of parts.funnels) {
    const answer = await get("sites", one.id, "funnels", name);
    if (answer.data) knownFunnels.set(`${one.id}/${name}`, answer.data);
    else funnelsAsked.at = 0;
    if (parts.funnels.get(name) === part) part.update(answer);
  }
}

function choose(id) {
  chosen = id;
  remember(CHOSEN, id);
  history.replaceState(null, "", `#${id}`);
  lastLive = { data: null, failure: null, offsetMs: lastLive.offsetMs };
  build();
  tell("live", trouble.live);
  askNumbers();
}

function otherLanguage() {
  switchLanguage();
  build();
  tell("live", trouble.live);
  askNumbers();
  // Messages of the rule checker come in the language that was asked for.
  askSites();
  document.querySelector("#top button").focus();
}

/** New parts do not wait for the next turn. */
function askNumbers() {
  askLive();
  askFunnels();
}

/** Asks, waits, asks again; rests while nobody looks. */
async function repeat(ask, everyMs) {
  for (;;) {
    if (document.visibilityState === "visible") await ask();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

setInterval(() => {
  parts.head?.update(lastLive.data, lastLive.failure, clock());
  parts.live?.tick(clock());
}, SECOND_MS);

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && askNumbers());
window.addEventListener("hashchange", () => choose(location.hash.slice(1)));

build();
await Promise.all([askSites(), askStatus()]);
repeat(askSites, SITES_MS);
repeat(askStatus, STATUS_MS);
repeat(askLive, LIVE_MS);
repeat(askFunnelsIfNew, FUNNELS_MS);
