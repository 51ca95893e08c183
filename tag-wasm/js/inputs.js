// The queue between the page and the wasm: what happens is kept in order, bounded, until the wasm is here and the document
// is whole, because rules read from it. Only one input is handled at a time, so the wasm is never entered from within. A
// wasm that trapped is never entered again.

import { forget } from './dom.js';
import { tell } from './lend.js';
import { tag } from './module.js';
import { sendRaw } from './raw.js';
import { bring } from './text.js';

const MAX_WAITING = 1000;

// Inputs: [call, raw record, reported], see `hear`.
let waiting = [];
// What is done with an input, once that is known.
let handle;
let failed;
let whole;
let busy;
let timer;

// Times never go back, whatever the page or the computer does to the clock; and when a timer has fired, its time has come,
// even if the page has stopped the clock.
let latest = 0;
let due = Infinity;
export const now = () => (latest = Math.max(latest, Date.now() || 0));

// `call` enters the wasm and returns after how many milliseconds that wants to be woken, or -1. `raw` is what can be told of
// the input without the wasm (`raw.js`), if anything. `reported` is 1 for a page view that has been told so, 2 for one that
// another wasm has handled.
export const hear = (call, raw, reported = 0) => {
  if (waiting.length < MAX_WAITING) {
    waiting.push([call, raw, reported]);
    work();
  }
};

// Whether an input is being handled, so that what happens in the page is the wasm's own doing.
export const isBusy = () => busy;

// The wasm has started. `view` is the page view that an earlier one, which trapped, was in; `trapped` is called if this one
// does.
export const ready = (trapped) => {
  failed = trapped;
  // Unless it is not wanted any more.
  handle = handle || enter;
  work();
};

// There is no wasm and never will be.
export const doWithout = () => {
  clearTimeout(timer);
  handle = raw;
  work();
};

// The document is whole, or will never be.
export const proceed = () => {
  whole = true;
  work();
};

// The page may end now. Who leaves before the wasm is here is counted all the same.
export const rescue = () => {
  if (handle) return;
  for (const item of waiting) {
    if (!item[2] && item[1] && item[1][0] === 'pageview' && sendRaw(item[1])) item[2] = 1;
  }
};

// Makes an input the next one.
export const first = (call, raw, reported) => waiting.unshift([call, raw, reported]);

const work = () => {
  if (busy || !whole) return;
  busy = true;
  while (handle && waiting.length) handle(waiting.shift());
  busy = false;
};

const raw = (item) => {
  if (item[1] && item[1][0] && !item[2]) sendRaw(item[1]);
};

const enter = (item) => {
  try {
    bring(item[1]);
    const wait = item[0](item[2]);
    // A timer that fires too early does no harm.
    if (wait >= 0 && latest + wait < due) {
      clearTimeout(timer);
      due = latest + wait;
      timer = setTimeout(wake, wait);
    }
  } catch (error) {
    handle = null;
    raw(item);
    failed();
  }
  forget();
  tell();
};

const wake = () => {
  latest = Math.max(latest, due);
  due = Infinity;
  hear(() => tag.wake(now()));
};
