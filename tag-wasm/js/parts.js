// Parts of the loader that only some sites need. The server puts them into the settings of a site whose rules do: each is a
// script that calls `weirPart` with a function, which gets what it may use of the loader, and what the rules want
// (`rules/src/loader.rs`).

import { config } from './config.js';
import { enter, findAll, hold, keyFor, readable } from './dom.js';
import { guard, on } from './guard.js';
import { hear, isBusy, now } from './inputs.js';
import { attribute, isPrivate, tell, walk } from './lend.js';
import { hooks, submitted } from './listen.js';
import { tag } from './module.js';
import { readCookie } from './store.js';
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

export const startParts = () => {
  if (!config.parts) return;
  // Whether something may be kept in the browser before consent is asked for.
  const isKept = config.raw && config.raw.keep;
  const lent = {
    attribute, commands, findAll, guard, hear, hold, hooks, isBusy, isKept, isPrivate, keyFor, now, occur, offer, on, readable, readCookie,
    site: config.site, submitted, tag, tidy, walk, wanted: config.wanted,
  };
  config.parts((part) => guard(part)(lent));
};
