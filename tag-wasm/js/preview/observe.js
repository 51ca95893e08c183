// What happens on a previewed page: kept for the panel, and sent to the server, which answers with why tags fired or did not,
// in words. Bounded on both ways; a server that is away is tried again.

import { address, config } from './config.js';
import { guard } from './guard.js';
import { offered } from './later.js';
import { random } from './random.js';
import { consentTo, viewNow } from './recorder.js';
import { drop } from './token.js';

const SEND_AFTER_MS = 100;
const TRY_AGAIN_MS = [1000, 3000, 10000, 30000];
const MAX_KEPT = 300;
const MAX_WAITING = 200;
const MAX_AT_ONCE = 25;
// What outlives the page may take, at most, in characters.
const MAX_LAST = 50000;

// `events`: what was observed, with what the server says of it as `told`. `state`: `open`, `away`, or what ended it.
export const stream = { events: [], state: 'open', refusal: null, changed: () => {} };

const path = () => address(config.wasm).replace(/[^/]*$/, 'events');
// Reports are counted by page load.
const load = Math.abs(random()) + '' + Math.abs(random());

let waiting = [];
let last = 0;
let timer;
let tries = 0;
// What is on its way.
let sent = [];
let ask;

const body = (events) => JSON.stringify({ v: 1, load, events: events.map(({ report, no }) => ({ no, ...report })) });

// Should the page end meanwhile, it still arrives, if it is not too large for that.
const post = (events) => {
  const text = body(events);
  return ask(path(), { method: 'POST', body: text, keepalive: text.length < MAX_LAST, credentials: 'omit' });
};

const refuse = (state, refusal) => {
  stream.state = state;
  stream.refusal = refusal;
  waiting = [];
  // From the next page on, the tab is a visitor's again.
  drop();
  stream.changed();
};

const away = () => {
  stream.state = 'away';
  stream.changed();
  timer = setTimeout(send, TRY_AGAIN_MS[Math.min(tries++, TRY_AGAIN_MS.length - 1)]);
};

const heard = (batch, status, answer) => {
  if (status === 200) {
    tries = 0;
    stream.state = 'open';
    waiting = waiting.filter((event) => !batch.includes(event));
    for (const told of answer.events) {
      const event = batch.find(({ no }) => no === told.no);
      if (event) event.told = told;
    }
    stream.changed();
    if (waiting.length) soon();
  } else if (status >= 500 || status === 429) away();
  else refuse('ended', answer.error);
};

const send = guard(() => {
  timer = 0;
  if (sent.length || !waiting.length || stream.refusal) return;
  const batch = (sent = waiting.slice(0, MAX_AT_ONCE));
  const done = (work) => (answer) => {
    sent = [];
    guard(work)(answer);
  };
  new Promise((asked) => asked(post(batch)))
    .then((response) => response.json().then((answer) => ({ status: response.status, answer })))
    .then(
      done(({ status, answer }) => heard(batch, status, answer)),
      done(away),
    );
});

const soon = () => {
  if (!timer) timer = setTimeout(send, SEND_AFTER_MS);
};

// Events that the rules are about to make, by tag and name.
let expected = [];

// Whether an event is one of those.
export const takeExpected = (tag, event) => {
  const at = expected.findIndex((one) => one.tag === tag && one.event === event);
  if (at >= 0) expected.splice(at, 1);
  return at >= 0;
};

// What rules saw on the page, without what the site keeps out of events.
const tidied = guard((report) => {
  const kinds = (config.privacy || [])[1];
  if (!kinds) return;
  const clean = (text) => (text ? offered.t10(text, kinds) : text);
  report.element = clean(report.element);
  for (const step of report.steps || []) if (step[0] === 'v' && step.length > 3) step[3] = clean(step[3]);
});

const granted = () => {
  const { consent } = config.wanted || {};
  return Object.keys((consent && consent.states) || { analytics: 1, marketing: 1 }).filter((category) => consentTo(category) === 'granted');
};

export const observe = guard((text) => {
  if (stream.refusal) return;
  const report = JSON.parse(text);
  if (report.steps) expected = report.fired.filter(({ kind, waits }) => kind === 'event' && !waits);
  tidied(report);
  const { url, title } = viewNow();
  const event = { no: ++last, report: Object.assign({ at: Date.now(), url, title, consent: granted() }, report) };
  stream.events.push(event);
  if (stream.events.length > MAX_KEPT) stream.events.shift();
  waiting.push(event);
  if (waiting.length > MAX_WAITING) waiting.shift();
  soon();
  stream.changed();
});

export const open = () => {
  // The page may put something else in its place later.
  ask = window.fetch.bind(window);
  const leave = guard(() => {
    const events = waiting.filter((event) => !sent.includes(event)).slice(-MAX_AT_ONCE);
    while (events.length && body(events).length >= MAX_LAST) events.shift();
    if (events.length) post(events).catch(() => {});
  });
  window.addEventListener('pagehide', leave, true);
};

export const end = () => {
  waiting = [];
  clearTimeout(timer);
};
