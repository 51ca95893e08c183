// Parts of the loader that only some sites need. The server puts them into the settings of a site whose rules do: each is a
// script that calls `weirPart` with a function, which gets what it may use of the loader, and what the rules want
// (`rules/src/loader.rs`).

import { config } from './config.js';
import { enter, findAll, hold, keyFor, readable } from './dom.js';
import { guard, on } from './guard.js';
import { doWithout, hear, isBusy, now } from './inputs.js';
import { attribute, isPrivate, tell, walk } from './lend.js';
import { hooks, submitted } from './listen.js';
import { tag } from './module.js';
import { beacon } from './send.js';
import { isKept, memory, readCookie, setCookie } from './store.js';
import { tidy } from './text.js';

// What parts offer to the wasm, and as commands to the page: `weir(name, …)`.
export const offered = {};
export const commands = {};

const offer = (functions) => Object.assign(offered, functions);

// Tells the wasm of something that only rules are interested in. `kind`: the number of `EventKind`; `path`: the way of an
// event through the tree, or the element alone.
const occur = (kind, { path, number = 0, trigger = -1, name, detail } = {}) => {
  const time = now();
  hear(
    () => {
      tell(detail);
      return tag.occur(time, kind, path ? enter(path) : 0, number, trigger + 1);
    },
    [, , , , , name],
  );
};

// Returns what starts another.
export const startParts = (isOut) => {
  const lent = {
    attribute, beacon, commands, config, doWithout, findAll, guard, hear, hold, hooks, isBusy, isKept, isOut, isPrivate, keyFor, memory, now, occur, offer,
    on, readable, readCookie, setCookie, site: config.site, submitted, tag, tell, tidy, walk, wanted: config.wanted || {},
  };
  const start = (part) => guard(part)(lent);
  if (config.parts && !isOut) config.parts(start);
  return start;
};
