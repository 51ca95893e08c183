// The queue between the page and the wasm: what happens is kept in order, bounded, until the wasm can take it. Only one
// input is handled at a time, so the wasm is never entered from within. A wasm that trapped is never entered again.

import { forget } from './dom.js';

const MAX_WAITING = 1000;

let waiting = [];
let tag;
let busy;
let timer;

// Times never go back, whatever the page or the computer does to the clock.
let latest = 0;
export const now = () => (latest = Math.max(latest, Date.now()));

// `input` is given the wasm's tag and returns after how many milliseconds it wants to be woken, if at all.
export const hear = (input) => {
  if (waiting && waiting.length < MAX_WAITING) {
    waiting.push(input);
    work();
  }
};

export const ready = (started) => {
  tag = started;
  work();
};

export const stop = () => {
  waiting = tag = null;
  clearTimeout(timer);
};

const work = () => {
  if (!tag || busy) return;
  busy = true;
  try {
    while (waiting.length) {
      const wait = waiting.shift()(tag);
      forget();
      clearTimeout(timer);
      if (wait >= 0) timer = setTimeout(wake, wait);
    }
  } catch (error) {
    stop();
  }
  busy = false;
};

const wake = () => hear((tag) => tag.wake(now()));
