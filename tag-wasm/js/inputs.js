// The queue between the page and the rules: what happens is kept in order, bounded, until the module is here and the document
// is whole, because rules read from it. Only one input is handled at a time, so the module is never entered from within.

import { guard } from './guard.js';
import { core } from './later.js';

const MAX_WAITING = 1000;

// Inputs: [work, early], see `hear`.
let waiting = [];
let open;
let whole;
let busy;
let timer;

// Times never go back, whatever the page or the computer does to the clock; and when a timer has fired, its time has come,
// even if the page has stopped the clock.
let latest = 0;
let due = Infinity;
export const now = () => (latest = Math.max(latest, Date.now() || 0));

// What is looked after when an input has been handled: each is given the time, and returns when it wants to be called again.
export const rests = [];

// `work` returns true if nothing came of it. `early` does what can be done of it if the page ends before the module is here.
export const hear = (work, early) => {
  if (waiting.length < MAX_WAITING) {
    waiting.push([work, early]);
    proceed();
  }
};

// Whether an input is being handled, so that what happens in the page is the rules' own doing.
export const isBusy = () => busy;

// The module has started, or never will. It is waited for again once it has trapped.
export const setOpen = (isOpen) => {
  open = isOpen;
  proceed();
};

// The document is whole, or will never be.
export const setWhole = () => {
  whole = true;
  proceed();
};

// The page may end now. Who leaves before the module is here is counted all the same.
export const tellEarly = () => !open && waiting.forEach(([, early]) => early && early());

const proceed = () => {
  if (busy || !whole) return;
  busy = true;
  while (open && waiting.length) {
    if (handle(waiting.shift()[0]) !== true) rest();
    core.forget();
  }
  busy = false;
};

const handle = guard((work) => work());

const rest = guard(() => {
  const time = now();
  const next = rests.reduce((next, one) => Math.min(next, guard(one)(time) || Infinity), Infinity);
  // A timer that fires too early does no harm.
  if (next < due) {
    clearTimeout(timer);
    due = next;
    timer = setTimeout(guard(wake), Math.max(next - time, 0));
  }
});

const wake = () => {
  latest = Math.max(latest, due);
  due = Infinity;
  hear(() => {});
};
