// Sessions: where one ends and the next begins.
//
// 30 minutes without an event end a session, 24 hours at most, and so does a page view that comes from a paid click or a
// campaign the session did not come from. Midnight does not. The state is kept by the browser and shared by its tabs:
//
//   1.<id>.<started ms>.<last ms>.<last ts>.<number>.<seq>.<campaign> <entry address> <entry referrer>
//
// Numbers are decimal, id and campaign hexadecimal. What cannot be read is as if it were not there.

import { hex, random } from './random.js';

const IDLE_MS = 1800000;
const LONGEST_MS = 86400000;
// A clock that was set back: a session that is further ahead is not believed.
const AHEAD_MS = 300000;
// What waited so long, for consent, keeps its own time.
const WAITED_MS = 1000;

// Parameters that advertising systems add to each paid click, and those that name a campaign.
const CAMPAIGN =
  /^(gclid|gbraid|wbraid|dclid|yclid|ymclid|msclkid|fbclid|ttclid|twclid|li_fat_id|rb_clickid|roistat|utm_campaign|utm_id)=./;
const STORED = /^1\.([\da-f]+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.([\da-f]+) (\S*) (\S*)$/;

// FNV-1a, of 32 bits.
export const hashOf = (text) => {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hex(hash);
};

// What stands for the campaign of an address; 0 if it has none.
const campaignOf = (url) => {
  const query = url.split('#')[0].split('?').slice(1).join('?');
  const pairs = query.split('&').filter((pair) => CAMPAIGN.test(pair));
  return pairs.length ? hashOf(pairs.join('&')) : '0';
};

// Begins one with the page view `url`, `referrer`. `before`: the one before, if anything is known of it.
export const begin = (before, now, { url, referrer }) => ({
  // The upper half is the second it begins, the lower is random.
  id: hex(now / 1000) + hex(random()),
  number: before ? before.number + 1 : 1,
  started: now,
  last: now,
  lastTs: 0,
  seq: 0,
  campaign: campaignOf(url),
  url,
  referrer,
});

export const isLive = (session, now) =>
  now < session.last + IDLE_MS && now < session.started + LONGEST_MS && session.last < now + AHEAD_MS;

// Whether a page view at this address goes on with the session.
export const takesIn = (session, url) => {
  const campaign = campaignOf(url);
  return campaign === '0' || campaign === session.campaign;
};

// The time of the next event, whose position is `seq` then. Times strictly increase, even if the clock does not.
export const place = (session, now) => {
  session.last = Math.max(session.last, now);
  session.seq++;
  return now + WAITED_MS < session.lastTs ? now : (session.lastTs = Math.max(now, session.lastTs + 1));
};

// What another tab has stored meanwhile: the same session further on, or a newer one.
export const merge = (here, there) => {
  if (!here || !there) return here || there;
  if (here.id !== there.id) return there.number > here.number || there.started > here.started ? there : here;
  for (const key of ['last', 'lastTs', 'seq']) here[key] = Math.max(here[key], there[key]);
  return here;
};

export const write = ({ id, started, last, lastTs, number, seq, campaign, url, referrer }) =>
  [[1, id, started, last, lastTs, number, seq, campaign].join('.'), url, referrer].join(' ');

export const read = (text) => {
  const found = STORED.exec(text);
  if (!found) return;
  const [, id, started, last, lastTs, number, seq, campaign, url, referrer] = found;
  return { id, started: +started, last: +last, lastTs: +lastTs, number: +number, seq: +seq, campaign, url, referrer };
};
