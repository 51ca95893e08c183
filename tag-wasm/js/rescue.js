// Who leaves before the rules are here is counted all the same: a page view, of which nothing else is known, leaves by beacon, in
// the visitor's session.

import { config } from './config.js';
import { cut, json } from './json.js';
import { offered } from './later.js';
import { now } from './inputs.js';
import { knownAddress, withoutPersonalData } from './privacy.js';
import { uuid } from './random.js';
import { byBeacon, request } from './request.js';
import { begin, isLive, place, read, takesIn, write } from './session.js';
import { kept, save, saveCookie } from './store.js';
import { SESSION_KEY, VISITOR_COOKIE, recognise } from './visitor.js';

// Whether it has been told of.
export const rescue = (time, url, referrer) => {
  if (!(config.may = config.may || (offered.may && offered.may()))) return;
  const page = { url: knownAddress(url), title: withoutPersonalData(cut(document.title)) || '', referrer: knownAddress(referrer) };
  const visitor = recognise();
  const before = read(kept(SESSION_KEY));
  const session = before && isLive(before, time) && takesIn(before, page.url) ? before : begin(before, time, page);
  const ts = place(session, time);
  const { id, number, seq } = session;
  save(SESSION_KEY, write(session));
  saveCookie(VISITOR_COOKIE, visitor);
  const body = json({
    v: 1,
    site: config.site,
    sent: now(),
    visitor,
    session: { id, number, entry: { url: session.url, referrer: session.referrer } },
    release: config.version,
    consent: ['analytics'],
    pages: [page],
    events: [{ id: uuid(ts), ts, seq, name: 'pageview', props: { raw: true }, page: 0 }],
  });
  if (!byBeacon(body)) request(body, true).catch(() => {});
  return true;
};
