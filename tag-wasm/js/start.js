// How the tag starts: it listens at once, keeps what it hears in order, starts the wasm and hands everything over. The page
// must not notice it: nothing here throws, blocks or prevents.

import { address, config, script } from './config.js';
import { dropModule, onTrap, settle } from './evaluate.js';
import { guard } from './guard.js';
import { rests, setOpen } from './inputs.js';
import { listen } from './listen.js';
import { adopt, tag } from './module.js';
import { commands, startParts } from './parts.js';
import { readCookie } from './store.js';
import { put } from './text.js';
import { imports } from './weir_tag.js';

const asWasm = () => {
  // Where the page's policy forbids it, that throws before anything is downloaded. These bytes are the empty module.
  new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  // The page's own downloads come first.
  return fetch(address(config.wasm), { credentials: 'omit', priority: 'low' })
    .then((response) =>
      // Streaming refuses any other type; a proxy in between may have lost it.
      /^application\/wasm/.test(response.headers.get('content-type')) && WebAssembly.instantiateStreaming
        ? WebAssembly.instantiateStreaming(response, imports)
        : response.arrayBuffer().then((bytes) => WebAssembly.instantiate(bytes, imports)),
    )
    .then(({ instance }) => instance.exports);
};

// Runs the file that stands beside the module under another name.
export const run = (rest, name) =>
  new Promise((done, fail) => {
    const element = document.createElement('script');
    element.src = address(config.wasm).replace(rest, name);
    element.nonce = script && script.nonce;
    element.onerror = fail;
    element.onload = () => {
      element.remove();
      done();
    };
    document.documentElement.append(element);
  });

const asScript = () => run(/wasm$/, 'js').then(() => window.__weir_module(imports));

const ways = [asWasm, asScript];

// Each way that fails, at once or later, is followed by the next.
const start = () => {
  const way = ways.shift();
  if (!way) return setOpen(true);
  new Promise((done) => done(way()))
    .then((offered) => {
      adopt(offered);
      const release = Uint8Array.from(atob(config.release), (char) => char.charCodeAt(0));
      if (!tag.start(put(release))) throw 0;
      setOpen(true);
    })
    .catch(() => {
      dropModule();
      start();
    });
};

// `weir(name, …)`: what parts offer to the page; what few pages call is downloaded when they do. A snippet may have kept
// earlier calls in `weir.q`; another site's tag may be here already.
const takeCommands = () => {
  const before = window.weir;
  const early = before && before.q;
  let more;
  const call = guard(([name, ...given]) => {
    const command = guard(() => (commands[name] ? commands[name](...given) : commands.unknown(name)));
    if (commands[name]) command();
    else (more = more || run(/[^/]*$/, config.site + '.calls.js')).then(command, () => {});
  });
  window.weir = function () {
    if (before && !early) before.apply(this, arguments);
    call(arguments);
  };
  if (early) [].forEach.call(early, call);
};

export const begin = guard(() => {
  // A second copy of the snippet for the same site stays silent.
  const running = (window.__weir = window.__weir || {});
  if (running[config.site]) return;
  // For who has opted out, the tag is here only to be called back: `weir('optout', false)`.
  const isOut = readCookie('_weir_optout');
  rests.push(settle);
  onTrap(start);
  if (!isOut) listen();
  running[config.site] = startParts(isOut);
  takeCommands();
  if (!isOut) start();
});
