// The queue between the page and the wasm: what happens is kept in order, bounded, until the wasm is here and the document
// is whole, because rules read from it. Only one input is handled at a time, so the wasm is never entered from within. A
// wasm that trapped is never entered again.

import { forget } from './dom.js';
import * as tag from './weir_tag.js';

const MAX_WAITING = 1000;

let waiting = [];
let started;
let whole;
let busy;
let timer;

// Times never go back, whatever the page or the computer does to the clock; and when a timer has fired, its time has come,
// even if the page has stopped the clock.
let latest = 0;
let due = Infinity;
export const now = () => (latest = Math.max(latest, Date.now() || 0));

// `input` calls the wasm and returns after how many milliseconds that wants to be woken, or -1.
export const hear = (input) => {
  if (waiting && waiting.length < MAX_WAITING) {
    waiting.push(input);
    work();
  }
};

// The wasm has started.
export const ready = () => {
  started = true;
  work();
};

// The document is whole, or will never be.
export const proceed = () => {
  whole = true;
  work();
};

export const stop = () => {
  waiting = started = null;
  clearTimeout(timer);
};

const work = () => {
  if (!started || !whole || busy) return;
  busy = true;
  try {
    while (waiting.length) {
      const wait = waiting.shift()();
      forget();
      // A timer that fires too early does no harm.
      if (wait >= 0 && latest + wait < due) {
        clearTimeout(timer);
        due = latest + wait;
        timer = setTimeout(wake, wait);
      }
    }
  } catch (error) {
    stop();
  }
  busy = false;
};

const wake = () => {
  latest = Math.max(latest, due);
  due = Infinity;
  hear(() => tag.wake(now()));
};
