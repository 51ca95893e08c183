// The way to the collector. `text/plain` needs no preflight; `keepalive` lets a request outlive the page, within what the
// browser allows all such requests together.

import { guard } from './guard.js';
import { hear, now } from './inputs.js';
import { json } from './json.js';
import * as outbox from './outbox.js';
import { byBeacon, request } from './request.js';

// A body of so many characters is worth compressing. The collector knows it by its first bytes: a header that says so would
// cost a preflight.
const PACK_ABOVE = 4096;
// A request that nobody has answered by then never will be.
const ANSWER_WITHIN_MS = 30000;
// A body below is not cut in halves to find room.
const SMALL = 8192;

// The number of the request whose answer is awaited.
let awaited = 0;

// A second answer to a request is not heard, nor one to an older request.
const answered = (number, status) => {
  if (number !== awaited) return;
  awaited++;
  hear(() => outbox.answered(now(), status));
};

// What was under way has been lost with the page's sleep.
export const woken = () => answered(awaited, 0);

const pack = (body) =>
  body.length > PACK_ABOVE && window.CompressionStream
    ? new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).blob()
    : body;

// Sends a batch and reports the answer: its status, or 0 if there was none.
export const post = (body) => {
  const number = ++awaited;
  const answer = (status) => answered(number, status);
  setTimeout(answer, ANSWER_WITHIN_MS, 0);
  new Promise((done) => done(pack(body)))
    // Others may have left no room for a request that outlives the page.
    .then((packed) => request(packed, true).catch(() => request(packed)))
    .then(
      (response) => answer(response.status),
      () => answer(0),
    );
};

// Sends a batch whose answer nobody will see. Returns whether the browser has taken it for sure. Where there is no room for
// the whole, there may be for halves; a repeat of any of it is known by its ids.
export const beacon = guard((body) => {
  if (byBeacon(body)) return true;
  const batch = JSON.parse(body);
  const events = batch.events;
  if (body.length < SMALL || !events[1]) {
    request(body, true).catch(() => request(body)).catch(() => {});
    return false;
  }
  const part = (from, to) => {
    batch.events = events.slice(from, to);
    return beacon(json(batch));
  };
  const middle = events.length >> 1;
  return !!(part(0, middle) & part(middle));
});
