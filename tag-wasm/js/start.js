// How the tag starts: it listens at once, keeps what it hears in order, and hands everything over to the core as soon as that is
// here. The page must not notice it: nothing here throws, blocks or prevents.

import { address, config } from './config.js';
import { guard } from './guard.js';
import { listen } from './listen.js';
import { load } from './load.js';
import { commands, lent, start } from './parts.js';
import { run } from './run.js';
import { readCookie } from './store.js';

// The module is on its way while the core is. Where the page's policy forbids WebAssembly, that throws before anything is
// downloaded: these bytes are the empty module.
const fetchModule = guard(() => {
  new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  // The page's own downloads come first.
  const response = fetch(address(config.wasm), { credentials: 'omit', priority: 'low' });
  // Whoever needs it will see.
  response.catch(() => {});
  return response;
});

// `weir(name, …)`: what parts offer to the page; what few pages call is downloaded when they do. A snippet may have kept
// earlier calls in `weir.q`; another site's tag may be here already.
const takeCommands = () => {
  const before = window.weir;
  const early = before && before.q;
  let more;
  const call = guard(([name, ...given]) => {
    const command = () => commands[name] && (guard(commands[name])(...given), true);
    if (command()) return;
    const unknown = () => command() || guard(commands.unknown)(name);
    // Some commands come with the core.
    load().then(() => {
      if (!command()) (more = more || run(/[^/]*$/, config.site + '.calls.js')).then(unknown, () => {});
    }, () => {});
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
  // Starts another part.
  running[config.site] = start;
  // For who has opted out, the tag is here only to be called back: `weir('optout', false)`.
  lent.isOut = readCookie('_weir_optout');
  if (!lent.isOut) {
    listen();
    if (config.parts) config.parts(start);
  }
  takeCommands();
  if (!lent.isOut) {
    lent.module = fetchModule();
    load().catch(() => {});
  }
});
