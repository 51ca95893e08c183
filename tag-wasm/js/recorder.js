// Everything between what fires and the network: visitor, session, page view, outbox, and what of them the browser keeps.

import { config } from './config.js';
import { copies } from './copies.js';
import { reportDue, takeEngaged } from './engagement.js';
import * as outbox from './outbox.js';
import { cut, json } from './json.js';
import { offered } from './later.js';
import { knownAddress, withoutPersonalData } from './privacy.js';
import { uuid } from './random.js';
import { begin, isLive, merge, place, read, takesIn, write } from './session.js';
import { kept, save, saveCookie } from './store.js';
import { SESSION_KEY, VISITOR_COOKIE, recognise } from './visitor.js';

// How long the session in memory may differ from what other tabs have stored.
const SESSION_FRESH_MS = 100;
// The category without which nothing is measured.
const ANALYTICS = 'analytics';
// As long as nobody speaks of consent. Sites that do have a part for it.
const STATES = { analytics: 'granted', marketing: 'denied' };

// The present page view. `at` counts them.
export let view = { at: 0, url: '', title: '', referrer: '' };
let visitor;
let session;
// The page view that the session began with.
let sessionView;
let sessionReadAt = 0;
let user;
let granted = [];
let isOver;

// Half of who visits: 32 of the 64 bits.
export const visitorBits = (half) => parseInt(visitor.slice(8 * half, 8 * half + 8), 16);

// `granted` or `denied`; nothing if there is no answer yet, or no such category.
export const consentTo = (category) =>
  (offered.v3 ? offered.v3(category) : STATES.hasOwnProperty(category) && STATES[category]) || null;

const grantedNow = () => (offered.v3 ? offered.v3('') : [ANALYTICS]);

export const mayMeasure = () => granted.includes(ANALYTICS);

const readSession = (now) => {
  sessionReadAt = now;
  const stored = read(kept(SESSION_KEY));
  // A batch belongs to one session.
  if (session && stored && session.id !== stored.id) seal(now);
  session = merge(session, stored);
};

const writeSession = () => save(SESSION_KEY, write(session));

const beginSession = (now) => {
  sessionView = view.at;
  seal(now);
  session = begin(session, now, view);
  writeSession();
  // Each session makes the cookie last anew.
  saveCookie(VISITOR_COOKIE, visitor);
};

const meet = (now) => {
  visitor = recognise();
  outbox.resume(copies(now));
};

const refreshTitle = () => {
  view.title = withoutPersonalData(cut(document.title)) || '';
  outbox.retitle(view);
};

export const seal = (now) => {
  refreshTitle();
  if (!session) return;
  const { id, number, url, referrer } = session;
  outbox.seal(now, {
    visitor,
    session: { id, number, entry: { url, referrer } },
    release: config.version,
    user,
    consent: granted,
  });
  writeSession();
};

// A page view begins. The first one recognises the visitor: a page that is only prerendered reads and stores nothing.
export const turnTo = (now, url, referrer) => {
  if (!visitor) {
    granted = grantedNow();
    meet(now);
  }
  refreshTitle();
  view = { at: view.at + 1, url: knownAddress(url), title: '', referrer: knownAddress(referrer) };
  readSession(now);
  if (!session || !isLive(session, now) || !takesIn(session, view.url)) beginSession(now);
};

// The address changed without being another view.
export const rename = (url) => {
  if (view.at) view.url = knownAddress(url);
};

// Puts an event into the outbox: as JSON without what is said here, and without its braces.
export const record = (now, event, isMeasured) => {
  if (isOver) return;
  if (now >= sessionReadAt + SESSION_FRESH_MS) readSession(now);
  if (!session || !isLive(session, now)) {
    // Time spent on a page that was left open for hours is no new session.
    if (isMeasured) return;
    beginSession(now);
  }
  const ts = place(session, now);
  outbox.add(now, view, '{"id":"' + uuid(ts) + '","ts":' + ts + ',"seq":' + session.seq + ',' + event, seal);
};

// What is told of where no rule can be asked: the module is not here yet and the page ends, or it never will be.
export const recordRaw = (now, name, element) => {
  if (config.may) record(now, json({ name, element, props: { raw: true } }).slice(1, -1));
};

export const reportEngagement = (now, isAsked) => {
  if (!mayMeasure()) return;
  const engaged = takeEngaged(now);
  if (engaged && isAsked) record(now, '"name":"engagement","engaged_ms":' + engaged, true);
};

// The page says who its user is. What was recorded before is not theirs.
export const identify = (now, next) => {
  seal(now);
  user = next;
  if (mayMeasure() && user) record(now, '"name":"identify"');
};

// There are new answers about consent. What was recorded before goes under the old ones. With the consent to measure begins or
// ends what the browser may know of the visitor and the session.
export const ask = (now) => {
  if (!visitor) return;
  // Time spent without consent is nobody's business.
  if (consentTo(ANALYTICS) === 'denied') takeEngaged(now);
  seal(now);
  const could = mayMeasure();
  granted = grantedNow();
  if (mayMeasure() === could) return;
  if (could) outbox.forgetAll();
  session = null;
  meet(now);
  saveCookie(VISITOR_COOKIE, visitor);
  readSession(now);
};

// The page view that something happened in, as it looks now.
export const viewNow = () => {
  refreshTitle();
  return Object.assign({}, view);
};

// Does something on a page view of before, as it was then.
export const during = (earlier, work) => {
  const present = view;
  view = earlier;
  work();
  view = present;
};

// The visitor wants no part in this.
export const end = () => {
  isOver = true;
  granted = [];
  outbox.forgetAll();
};

// What rules read of the session.
export const sessionValue = (key) => {
  if (!session) return;
  if (key === 'number') return session.number;
  if (key === 'is_new') return sessionView === view.at;
  return key === 'referrer' ? session.referrer : session.url;
};

export const sessionId = () => (session ? session.id : '');

// Sends what is due; when something is next.
export const rest = (now, isAsked) => {
  if (mayMeasure() && reportDue() <= now) reportEngagement(now, isAsked);
  if (outbox.isFlushDue(now)) seal(now);
  outbox.send(now);
  return Math.min(outbox.due(), mayMeasure() ? reportDue() : Infinity);
};

// The page may be about to end. If it need not, a request whose answer can be seen is better than a beacon.
export const leave = (now, isFinal) => {
  seal(now);
  if (!isFinal) outbox.send(now);
  outbox.leave(now);
};
