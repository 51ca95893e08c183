// The core: visitor, session and outbox, the module with the rules, and what the rules read of the page. All sites share it; the
// loader downloads it (`load.js`) and hands over what it has heard.

import { config } from './config.js';
import { concerns, elementAt, enter, forget, hold } from './dom.js';
import { turn } from './engagement.js';
import { begin, dropModule, happen, move, onTrap, reportTime, settle } from './evaluate.js';
import { guard } from './guard.js';
import { rests, setOpen } from './inputs.js';
import { json } from './json.js';
import { core } from './later.js';
import { attribute, isPrivate, tell, walk } from './lend.js';
import { adopt, tag } from './module.js';
import { hasGathered, hurry } from './outbox.js';
import { lent, start } from './parts.js';
import { ask, consentTo, during, end, identify, leave, rename, sessionId, view, viewNow } from './recorder.js';
import { run } from './run.js';
import { beacon, woken } from './send.js';
import { hashOf } from './session.js';
import { kept, memory, readCookie, save, setCookie } from './store.js';
import { put, tidy } from './text.js';
import { imports } from './weir_tag.js';

// Numbers of `EventKind`.
const CLICK = 1;
const FORM_SUBMIT = 2;

// What may lead away from the page: what is heard of it must leave before.
const leads = guard((node) => node.href || node.form);

// What the loader tells, each while an input is handled.
Object.assign(core, {
  begin,
  move,
  turn,
  woken,
  rename,
  click(time, path) {
    const element = enter(path);
    const isIdle = tag.happen && !concerns(element);
    if (element && !isIdle) happen(time, CLICK, { element, raw: 'raw_click', target: elementAt(element) });
    const isLate = hasGathered() && path.some(leads);
    if (isLate) hurry(time);
    return isIdle && !isLate;
  },
  submit(time, form) {
    if (form) happen(time, FORM_SUBMIT, { element: hold(form) });
    hurry(time);
  },
  occur(time, kind, { path, number, trigger, name, detail }) {
    tell(detail);
    happen(time, kind, { element: path ? enter(path) : 0, number, trigger, name });
  },
  leave(time, isFinal) {
    if (!view.at) return;
    reportTime(time);
    leave(time, isFinal);
  },
  // What the input was about.
  forget() {
    forget();
    tell();
  },
});

Object.assign(lent, {
  ask, attribute, beacon, consentTo, during, happen, hashOf, hold, identify, isPrivate, json, kept, memory, readCookie, save, sessionId, setCookie, tell, tidy,
  viewNow, walk,
  hasModule: () => !!tag.happen,
  // There is no module any more and never will be.
  doWithout() {
    end();
    dropModule();
    setOpen(true);
  },
});

// What the loader has asked for already.
const asWasm = () =>
  lent.module
    .then((response) =>
      // Streaming refuses any other type; a proxy in between may have lost it.
      /^application\/wasm/.test(response.headers.get('content-type')) && WebAssembly.instantiateStreaming
        ? WebAssembly.instantiateStreaming(response, imports)
        : response.arrayBuffer().then((bytes) => WebAssembly.instantiate(bytes, imports)),
    )
    .then(({ instance }) => instance.exports);

const asScript = () => run(/wasm$/, 'js').then(() => window.__weir_module(imports));

const ways = [asWasm, asScript];

// Where the browser cannot do it, a loop: it runs once, before the browser has made anything of it, and a call for each byte takes
// four times as long.
const unpacked = (release) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(release);
  const text = atob(release);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
};

// Lets the browser do what it has waiting: a slow one would be busy for a tenth of a second with all of the start at once, and not
// hear the visitor. Timers would wait for a second in a tab in the background; a message does not.
const pause = (value) =>
  new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(value);
    port2.postMessage(0);
  });

// Each way that fails, at once or later, is followed by the next.
const startModule = () => {
  const way = ways.shift();
  if (!way) return setOpen(true);
  new Promise((done) => done(way()))
    .then(pause)
    .then((offered) => {
      adopt(offered);
      if (!tag.start(put(unpacked(config.release)))) throw 0;
    })
    .then(pause)
    .then(() => setOpen(true))
    .catch(() => {
      dropModule();
      startModule();
    });
};

// For who has opted out, it only lends.
export const startCore = () => {
  if (lent.isOut) return;
  if (config.later) config.later(start);
  rests.push(settle);
  onTrap(startModule);
  startModule();
};
