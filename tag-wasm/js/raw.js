// What is told of a page view or a click where no rule can be asked: the module is not here yet and the page ends, or it
// never will be. Without rules nothing is known of what the owner wants to hide, so of an address only the path and the names
// of campaigns are told, without what may be somebody's, and of an element its name. `config.raw` says what the site's privacy
// allows; without it, consent must be asked for first, and nothing is told.

import { config } from './config.js';
import { guard } from './guard.js';
import { now } from './inputs.js';
import { random } from './random.js';
import { beacon } from './send.js';
import { kept, keptCookie, save, saveCookie } from './store.js';

const IDLE_MS = 1800000;
const LONGEST_MS = 86400000;

let seen;
const hex = (number) => ((number >>> 0) + 4294967296).toString(16).slice(1);

const bare = (url) => {
  const [whole, query] = url.split('#')[0].split('?');
  // What holds a mail address or a long number.
  const address = whole.replace(/[^/]*(@|%40|\d{7})[^/]*/gi, (part, sign, at) => (at > 8 ? '-' : part));
  const campaign = ((config.raw.query && query) || '').split('&').filter((pair) => /^(utm_\w+|\w*clid)=/.test(pair));
  return campaign.length ? address + '?' + campaign.join('&') : address;
};

// The session as `session.rs` stores it, with one more event; begun anew if it is over.
const session = (time, url, referrer) => {
  const key = '_weir_s.' + config.site;
  let [head, entry, entryReferrer] = (kept(key) || '').split(' ');
  let [version, id, started, last, lastTime, number, seq] = head.split('.');
  if (version !== '1' || !(time < +last + IDLE_MS && time < +started + LONGEST_MS)) {
    id = hex(time / 1000) + hex(random());
    started = time;
    lastTime = seq = 0;
    number = ~~number + 1;
    entry = url;
    entryReferrer = referrer;
  }
  lastTime = Math.max(time, +lastTime + 1);
  head = [1, id, started, time, lastTime, number, ++seq, '0000000000000000'].join('.');
  save(key, [head, entry, entryReferrer].join(' '));
  return { id, number: +number, entry: { url: entry, referrer: entryReferrer }, seq: +seq, ts: lastTime };
};

// `record`: name, time, address, the page before, element. Returns whether it has left.
export const sendRaw = guard(([name, time, url, referrer, element]) => {
  if (!config.raw) return;
  url = bare(url);
  if (name === 'moved') {
    // Only another path is another page view.
    if (url.split('?')[0] === (seen || '').split('?')[0]) return;
    name = 'pageview';
    referrer = seen;
  }
  seen = url;
  const visitor = keptCookie('_weir_v') || hex(random()) + hex(random());
  saveCookie('_weir_v', visitor);
  referrer = bare(referrer || '');
  const { id, number, entry, seq, ts } = session(time, url, referrer);
  const target = element && (element.closest('a,button,input,select,label') || element);
  beacon(
    JSON.stringify({
      v: 1,
      site: config.site,
      sent: now(),
      visitor,
      session: { id, number, entry },
      release: config.version,
      consent: ['analytics'],
      pages: [{ url, title: config.raw.title ? document.title : '', referrer }],
      events: [
        {
          id: id + '.' + seq + hex(random()),
          name,
          ts,
          seq,
          page: 0,
          props: { raw: true },
          element: target && target.localName,
        },
      ],
    }),
  );
  return true;
});
