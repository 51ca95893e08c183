// Events on their way to the collector: gathered, sealed into batches, sent one at a time, repeated until answered.
//
//   add -> gathered events --seal--> waiting batches --send--> one in flight --answered--> gone, or waiting again
//                                          `--leave--> gone by beacon
//
// A sealed batch never changes but for the time at which it is sent, so a repeat carries the same event ids. What is bounded:
// a batch by bytes and pages, everything together by `MAX_BYTES`; beyond that, new events are dropped.

import { config } from './config.js';
import { forgetCopy, keepCopy, stamped } from './copies.js';
import { json } from './json.js';
import { random } from './random.js';
import { beacon, post } from './send.js';
import { bytes } from './text.js';

// What a page tells in quick succession leaves together.
const FLUSH_AFTER_MS = 250;
// Browsers allow 64 KiB to requests that outlive the page, all together.
const MAX_BATCH_BYTES = 49152;
// What a batch holds besides pages and events, at most.
const HEADER_BYTES = 6144;
// What a page adds to its texts, and an event to its own: names, quotes, a longer title yet.
const PAGE_BYTES = 180;
const MAX_PAGES = 50;
const MAX_EVENTS = 200;
const MAX_BYTES = 262144;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60000;

let pages = [];
// Each as text, complete.
let events = [];
// The view that the last page is of.
let lastView;
let gathered = 0;
let flushAt = Infinity;
let waiting = [];
let inFlight;
let failures = 0;
let notBefore = 0;
// The collector has taken the last batch.
let trusted;

const batchOf = (body, isKept) => ({ body, size: bytes(body), isKept });

const held = () => waiting.reduce((sum, { size }) => sum + size, gathered + (inFlight ? inFlight.size : 0));

// Adds an event, as text without its end, to the page view that it belongs to. `seal` is called if there is no room before.
export const add = (now, { at, url, title, referrer }, text, seal) => {
  const size = bytes(text + url + title + referrer) + PAGE_BYTES;
  if (held() + size > MAX_BYTES || size + HEADER_BYTES > MAX_BATCH_BYTES) return;
  if (gathered + size + HEADER_BYTES > MAX_BATCH_BYTES || pages.length >= MAX_PAGES || events.length >= MAX_EVENTS) seal(now);
  const last = pages[pages.length - 1];
  if (!last || lastView !== at || last.url !== url) pages.push({ url, title, referrer });
  lastView = at;
  events.push(text + ',"page":' + (pages.length - 1) + '}');
  gathered += size;
  flushAt = Math.min(flushAt, now + FLUSH_AFTER_MS);
};

// The title of a page may come later than its first event.
export const retitle = ({ at, title }) => {
  if (pages.length && lastView === at) pages[pages.length - 1].title = title;
};

// Makes a batch of what has been gathered, with what all of it has in common.
export const seal = (now, common) => {
  if (events.length) {
    const head = json(Object.assign({ v: 1, site: config.site, sent: now }, common, { pages }));
    waiting.push(batchOf(head.slice(0, -1) + ',"events":[' + events.join(',') + ']}'));
  }
  pages = [];
  events = [];
  gathered = 0;
  flushAt = Infinity;
};

// Takes what an earlier page could not deliver.
export const resume = (bodies) => {
  for (const body of bodies) {
    const batch = batchOf(body, true);
    if (held() + batch.size <= MAX_BYTES) waiting.push(batch);
  }
};

// Nothing of all this is to leave.
export const forgetAll = () => {
  seal(0);
  waiting = [];
  inFlight = 0;
};

export const hasGathered = () => events.length > 0;

// What has been gathered is to leave now.
export const hurry = (now) => {
  if (hasGathered()) flushAt = Math.min(flushAt, now);
};

// Whether what has been gathered is to be sealed now.
export const isFlushDue = (now) => flushAt <= now;

export const send = (now) => {
  if (inFlight || now < notBefore || !waiting.length) return;
  inFlight = waiting.shift();
  inFlight.body = stamped(inFlight.body, now);
  post(inFlight.body);
};

// When something is to be done next without anything happening.
export const due = () => Math.min(flushAt, inFlight || !waiting.length ? Infinity : notBefore);

const keep = (batch) => {
  if (!batch.isKept) keepCopy(batch.body);
  batch.isKept = true;
};

// The collector answered the batch in flight; status 0 is a network error.
export const answered = (now, status) => {
  const batch = inFlight;
  if (!batch) return;
  inFlight = 0;
  trusted = status >= 200 && status < 300;
  if (!status || status === 408 || status === 429 || status >= 500) {
    const pause = Math.min(FIRST_PAUSE_MS << Math.min(failures++, 6), MAX_PAUSE_MS);
    // Half of it is random, so that pages do not return in step.
    notBefore = now + pause / 2 + ((random() >>> 0) % (pause / 2));
    keep(batch);
    waiting.unshift(batch);
  } else {
    // Taken, or refused for good.
    failures = notBefore = 0;
    if (batch.isKept) forgetCopy(batch.body);
  }
};

// The page may be about to end: what is not under way leaves by beacon. The browser keeps whatever it did not take, and
// everything while the collector is in trouble or has not answered yet; that is repeated should the page live on.
export const leave = (now) => {
  if (inFlight && !trusted) keep(inFlight);
  let room = MAX_BATCH_BYTES - (inFlight ? inFlight.size : 0);
  waiting = waiting.filter((batch) => {
    if (batch.isKept) return true;
    batch.body = stamped(batch.body, now);
    if (batch.size <= room && beacon(batch.body)) {
      room -= batch.size;
      if (trusted) return;
    }
    keep(batch);
    return true;
  });
};
