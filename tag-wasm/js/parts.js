// Parts of the loader that only some sites need. The server puts them into the settings of a site whose rules do: each is a
// script that calls `weirPart` with a function, which gets what it may use of the loader.

import { config } from './config.js';
import { findAll, hold, keyFor } from './dom.js';
import { guard } from './guard.js';
import { hear, now } from './inputs.js';
import { tag } from './module.js';

// What parts offer to the wasm.
export const offered = {};

const offer = (functions) => Object.assign(offered, functions);

export const startParts = () => {
  if (config.parts) {
    config.parts((part) => guard(part)({ findAll, guard, hear, hold, keyFor, now, offer, tag }));
  }
};
