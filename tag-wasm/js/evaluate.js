// The rules: asks the module what fires, and does it. What happens where there is none is told raw.

import { config } from './config.js';
import { around } from './dom.js';
import { guard } from './guard.js';
import { setOpen } from './inputs.js';
import { adopt, tag } from './module.js';
import { offered } from './later.js';
import { record, recordRaw, reportEngagement, rest, turnTo, view } from './recorder.js';
import { give } from './text.js';

// The number of `EventKind`.
const PAGEVIEW = 0;

// What to do, as `page.rs` numbers it: an event of a tag, one that is sent without any rule.
const EVENT = 0;
const AUTOMATIC = 4;

// What the page is told between two categories.
const SEPARATOR = '\x1f';

let present;
let isTold;
let eventName;
let failed = () => {};

export const given = () => give(eventName);

// What is called when the module has trapped: it is never entered again.
export const onTrap = (call) => {
  failed = call;
};

export const dropModule = () => adopt({});

// Something happens, of a kind, on an element (0: none), for one trigger (-1: whichever) … `raw`: what can be told of it
// without the rules, if anything; `told`: that has been done.
export const happen = (time, kind, { element = 0, number = 0, trigger = -1, name, raw, target, told } = {}) => {
  if (!view.at) return;
  present = time;
  isTold = told;
  eventName = name;
  if (tag.happen) {
    try {
      return tag.happen(time, kind, element, number, trigger + 1);
    } catch (error) {
      dropModule();
      setOpen(false);
      failed();
    }
  }
  if (raw && !told) recordRaw(time, raw, target && (around(target, 'a,button,input,select,label') || target).localName);
};

// The module calls this for each tag that fires: what to do, JSON for it, and the categories of consent that it waits for.
export const fire = guard((kind, text, waitsFor) => {
  if (isTold && kind === AUTOMATIC) return;
  const time = present;
  const act = () => (kind === EVENT || kind === AUTOMATIC ? record(time, text) : offered['a' + kind](JSON.parse(text)));
  if (waitsFor) offered.hold(waitsFor.split(SEPARATOR), act);
  else act();
});

export const first = (period, tag, day) => offered.first(period, tag, day);

const isAsked = () => tag.happen && !config.quiet;

// A page was loaded, came back from the browser's memory or changed its address. `told`: that has been told of (`rescue.js`).
export const begin = (time, url, referrer, told) => {
  turnTo(time, url, referrer);
  if (tag.begin) tag.begin();
  happen(time, PAGEVIEW, { raw: 'pageview', told });
  if (offered.rewatch) offered.rewatch();
};

export const move = (time, url, told) => {
  if (!view.at) return;
  reportEngagement(time, isAsked());
  begin(time, url, view.url, told);
};

export const reportTime = (time) => reportEngagement(time, isAsked());

// Looks after what is due; returns when something is next.
export const settle = (time) => rest(time, isAsked());
