// The tag without its listeners: a test says what happens. Everything behind that is what every page gets.

import { definePattern, enter, forget, hold, matchesPattern } from './dom.js';
import { tell } from './lend.js';
import { adopt, tag } from './module.js';
import { offered, startParts } from './parts.js';
import { bring, put } from './text.js';
import { imports } from './weir_tag.js';

const input = (texts, call) => {
  bring([0, 0, ...texts]);
  call();
  forget();
};

startParts();
// Nothing is watched: the test says what was seen.
Object.assign(offered, { watch() {}, rewatch() {}, elementInView: () => 0 });

window.weirDirect = {
  // Starts the module with a release.
  start(wasm, release) {
    adopt(new WebAssembly.Instance(new WebAssembly.Module(wasm), imports).exports);
    return tag.start(put(release));
  },
  // A page view begins, of which nothing is told.
  view(now, url, referrer) {
    input([url, referrer], () => tag.begin_silently(now));
  },
  // Something happens, on an element or along the path of an event.
  happen(now, { kind, element, path, trigger, number, name, detail }) {
    tell(detail);
    input([name], () => tag.happen(now, kind, path ? enter(path) : hold(element), trigger, number));
  },
  // What has been recorded leaves by beacon.
  leave(now) {
    input([], () => tag.leave(now, true));
  },
  // How many events a click would send.
  count(element, byHand) {
    let events;
    input([], () => (events = tag.count(0, hold(element), byHand)));
    return events;
  },
  // Whether a pattern is found in a text.
  isFound(source, ignoreCase, text) {
    definePattern(0, source, ignoreCase);
    return matchesPattern(0, text);
  },
};
