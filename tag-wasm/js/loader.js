// The loader: the first and only script that a page names. In a tab that was opened by a preview link it leaves everything to
// the script of the draft (`preview/loader.js`); should that not come, it starts as ever.

import { config } from './config.js';
import { guard } from './guard.js';
import { run } from './run.js';
import { begin } from './start.js';
import { readCookie } from './store.js';

// The link has it behind its `#`, the tab keeps it; what may follow it, the server passes over. A cookie says that there is
// something to ask the tab for: each kind of storage that a page asks for the first time makes it wait for another process.
const token = guard(
  () => (location.hash + (readCookie('_weir_p') && sessionStorage._weir_p)).split('weir_preview=' + config.site + '.')[1],
)();

if (token) run(/[^/]*$/, config.site + '.' + token + '/tag.js').catch(begin);
else begin();
