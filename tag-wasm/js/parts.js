// Parts of the loader that only some sites need. The server puts them into the settings of a site whose rules do: each is a
// script that calls `weirPart` with a function, which gets what it may use of the loader, and what the rules want
// (`rules/src/loader.rs`).

import { config } from './config.js';
import { enter, hold, readable } from './dom.js';
import { dropModule, happen } from './evaluate.js';
import { guard, on } from './guard.js';
import { hear, isBusy, now, rests, setOpen } from './inputs.js';
import { attribute, isPrivate, tell, walk } from './lend.js';
import { hooks, submitted } from './listen.js';
import { tag } from './module.js';
import { ask, consentTo, during, end, identify, sessionId, viewNow } from './recorder.js';
import { beacon } from './send.js';
import { hashOf } from './session.js';
import { isKept, kept, memory, readCookie, save, setCookie } from './store.js';
import { json, tidy } from './text.js';

// What parts offer to the rules, and as commands to the page: `weir(name, …)`.
export const offered = {};
export const commands = {};

const offer = (functions) => Object.assign(offered, functions);

// Tells the rules of something that only they are interested in. `kind`: the number of `EventKind`; `path`: the way of an
// event through the tree, or the element alone.
const occur = (kind, { path, number, trigger, name, detail } = {}) => {
  const time = now();
  hear(() => {
    tell(detail);
    happen(time, kind, { element: path ? enter(path) : 0, number, trigger, name });
  });
};

// There is no module any more and never will be.
const doWithout = () => {
  end();
  dropModule();
  setOpen(true);
};

const hasModule = () => !!tag.happen;

// Returns what starts another.
export const startParts = (isOut) => {
  const lent = {
    ask, attribute, beacon, commands, config, consentTo, doWithout, during, guard, happen, hasModule, hashOf, hear, hold, hooks, identify, isBusy, isKept,
    isOut, isPrivate, json, kept, memory, now, occur, offer, on, readable, readCookie, rests, save, sessionId, setCookie, site: config.site, submitted, tell, tidy,
    viewNow, walk, wanted: config.wanted || {},
  };
  const start = (part) => guard(part)(lent);
  if (config.parts && !isOut) config.parts(start);
  return start;
};
