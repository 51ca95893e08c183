// The loader: the first and only script that a page names. It listens at once, keeps what it hears in order, starts the
// wasm and hands everything over. The page must not notice it: nothing here throws, blocks or prevents.

import { address, config } from './config.js';
import { guard } from './guard.js';
import { ready, stop } from './inputs.js';
import { listen } from './listen.js';
import * as tag from './weir_tag.js';

const start = async () => {
  try {
    // The page's own downloads come first.
    const response = await fetch(address(config.wasm), { credentials: 'omit', priority: 'low' });
    if (!response.ok) return stop();
    // Streaming refuses any other type; a proxy in between may have lost it.
    const streams = /^application\/wasm/.test(response.headers.get('content-type'));
    const module = await (streams && WebAssembly.compileStreaming
      ? WebAssembly.compileStreaming(response)
      : WebAssembly.compile(await response.arrayBuffer()));
    tag.initSync({ module });
    const release = Uint8Array.from(atob(config.release), (char) => char.charCodeAt(0));
    if (tag.start(release)) ready();
    else stop();
  } catch (error) {
    stop();
  }
};

guard(() => {
  if (typeof window.weir !== 'function') window.weir = () => {};
  // A second copy of the snippet for the same site stays silent.
  const running = (window.__weir = window.__weir || {});
  if (running[config.site]) return;
  running[config.site] = true;
  listen();
  start();
})();
