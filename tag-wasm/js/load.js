// The core comes as a file of its own, which all sites share and browsers keep for a year: the loader, which is asked for again on
// each page, stays small, and hears from its first line on.

import { config } from './config.js';
import { hear, now, rests, setOpen } from './inputs.js';
import { cut, json, readable } from './json.js';
import { core, offered } from './later.js';
import { lent, start } from './parts.js';
import { knownAddress, withoutPersonalData } from './privacy.js';
import { random, uuid } from './random.js';
import { byBeacon, request } from './request.js';
import { run } from './run.js';
import { begin, hashOf, isLive, merge, place, read, takesIn, write } from './session.js';
import { kept, memory, readCookie, save, saveCookie, setCookie } from './store.js';
import { SESSION_KEY, VISITOR_COOKIE, recognise } from './visitor.js';

// What both files use is in the loader, and the core gets it, in this order (`core/lent.js`): names would weigh more.
const shared = [
  SESSION_KEY, VISITOR_COOKIE, begin, byBeacon, config, core, cut, hashOf, hear, isLive, json, kept, knownAddress, lent, memory,
  merge, now, offered, place, random, read, readCookie, readable, recognise, request, rests, run, save, saveCookie, setCookie,
  setOpen, start, takesIn, uuid, withoutPersonalData, write,
];

let coming;
export const load = () => (coming = coming || run(/wasm$/, 'core.js').then(() => window.__weir_core(shared)));
