// The loader of a draft, in a tab that a preview link has opened: the tag of the draft, with what it observes told to the panel
// and to the server, and nothing of it among real events. `guard.js`, `send.js` and `store.js` of this folder take the place
// of those that every page gets.

import { config } from './config.js';
import { guard, panel } from './guard.js';
import { end, observe, open, stream } from './observe.js';
import { run } from './run.js';
import { begin } from './start.js';
import { clear, readCookie } from './store.js';
import { drop, keep } from './token.js';
import { refuse } from './refuse.js';

guard(() => {
  const { preview, site } = config;
  // A second copy of the snippet stays silent.
  if (window.__weir && window.__weir[site]) return;
  keep(preview.token);
  if (location.origin !== preview.origin) return refuse(preview.wrongOrigin, preview.script);
  open();
  begin();
  if (readCookie('_weir_optout')) observe('{"kind":"optout","fired":[]}');
  // What the panel may use; it takes it when it is here.
  window.__weir_preview = {
    config,
    panel,
    stream,
    // The tab goes back to what is published.
    end() {
      end();
      drop();
      location.reload();
    },
    // As a visitor who has never been here.
    restart() {
      clear();
      location.reload();
    },
  };
  // Where the page does not let it in, the server still hears what happens.
  run(/[^/]*$/, 'panel.js').catch(() => observe('{"kind":"no_panel","fired":[]}'));
})();
