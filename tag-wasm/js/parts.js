// Parts of the loader that only some sites need. The server puts them into the settings of a site whose rules do: each is a
// script that calls `weirPart` with a function, which gets what it may use of the loader.

import { config } from './config.js';
import { findAll, hold, keyFor, readable } from './dom.js';
import { guard } from './guard.js';
import { hear, now } from './inputs.js';
import { attribute, isPrivate, walk } from './lend.js';
import { tag } from './module.js';
import { readCookie } from './store.js';

// What parts offer to the wasm.
export const offered = {};

const offer = (functions) => Object.assign(offered, functions);

export const startParts = () => {
  if (config.parts) {
    const lent = { attribute, findAll, guard, hear, hold, isPrivate, keyFor, now, offer, readable, readCookie, tag, walk };
    config.parts((part) => guard(part)(lent));
  }
};
