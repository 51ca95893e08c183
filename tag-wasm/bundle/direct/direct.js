// The tag without its listeners: a test says what happens. Everything behind that is what every page gets.

import { config } from './config.js';
import './core.js';
import { definePattern, enter, forget, hold, matchesPattern } from './dom.js';
import { happen } from './evaluate.js';
import { tell } from './lend.js';
import { adopt, tag } from './module.js';
import { offered } from './later.js';
import { start } from './parts.js';
import { leave, turnTo } from './recorder.js';
import { put } from './text.js';
import { imports } from './weir_tag.js';

config.parts(start);

window.weirDirect = {
  // Starts the module with a release, of a site with these settings for privacy and these states of consent.
  start(wasm, release, { privacy, states }) {
    config.privacy = privacy;
    offered.v3 = (category) =>
      category ? { true: 'granted', false: 'denied' }[states[category]] : Object.keys(states).filter((one) => states[one]);
    adopt(new WebAssembly.Instance(new WebAssembly.Module(wasm), imports).exports);
    return tag.start(put(release));
  },
  // A page view begins, of which nothing is told.
  view(now, url, referrer) {
    turnTo(now, url, referrer);
    tag.begin();
  },
  // Something happens, on an element or along the path of an event.
  happen(now, { kind, element, path, trigger, number, name, detail }) {
    tell(detail);
    happen(now, kind, { element: path ? enter(path) : hold(element), trigger: trigger - 1, number, name });
    forget();
  },
  // What has been recorded leaves by beacon.
  leave(now) {
    leave(now, true);
  },
  // How many events a click would send.
  count(element, byHand) {
    const events = tag.count(hold(element), byHand);
    forget();
    return events;
  },
  // Whether a pattern is found in a text.
  isFound(source, ignoreCase, text) {
    definePattern(0, source, ignoreCase);
    return matchesPattern(0, text);
  },
};
