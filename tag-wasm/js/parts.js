// Parts of the tag that only some sites need. The server puts them into the settings of a site whose rules do: each is a script
// that calls `weirPart` with a function, which gets what it may use, and what the rules want (`rules/src/loader.rs`). Those that
// listen start with the loader; the others use what the core lends besides, and start with it.

import { config } from './config.js';
import { guard, on } from './guard.js';
import { hear, isBusy, now, rests } from './inputs.js';
import { readable } from './json.js';
import { core, offered } from './later.js';
import { hooks, submitted } from './listen.js';
import { isKept } from './store.js';

// What parts offer to the page: `weir(name, …)`.
export const commands = {};

// Tells the rules of something that only they are interested in. `kind`: the number of `EventKind`; `about`: the way of an event
// through the tree, or the element alone, as `path`; `number`, `trigger`, `name`, `detail`.
const occur = (kind, about) => {
  const time = now();
  hear(() => core.occur(time, kind, about || {}));
};

export const lent = {
  commands, config, guard, hear, hooks, isBusy, isKept, now, occur, on, readable, rests, site: config.site, submitted, wanted: config.wanted || {},
  offer: (functions) => Object.assign(offered, functions),
};

export const start = (part) => guard(part)(lent);
