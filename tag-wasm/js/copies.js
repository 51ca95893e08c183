// Batches that the browser keeps from one page to the next because the collector did not answer: one text, a body a line, the
// oldest first. Bounded: the oldest go first. Several tabs may send the same body; the collector knows the events by their
// ids.

import { config } from './config.js';
import { kept, save } from './store.js';

const MAX_CHARS = 196608;
// Older ones are not sent any more: the collector would take them for having happened now.
const MAX_AGE_MS = 518400000;
const KEY = '_weir_q.' + config.site;

// The time of sending: the third value of a body.
const SENT = /"sent":(\d+)/;

// The body with another time of sending: the collector corrects the sender's clock by it.
export const stamped = (body, now) => body.replace(SENT, '"sent":' + now);

const all = () => kept(KEY).split('\n').filter((body) => /^\{.*\}$/.test(body));

const others = (body) => all().filter((one) => stamped(one) !== stamped(body));

const keepAll = (bodies) => {
  while (bodies.join('\n').length > MAX_CHARS) bodies.shift();
  save(KEY, bodies.join('\n'));
};

// Those that are worth sending.
export const copies = (now) => all().filter((body) => +(SENT.exec(body) || '')[1] + MAX_AGE_MS > now);

export const keepCopy = (body) => keepAll(others(body).concat(body));

export const forgetCopy = (body) => keepAll(others(body));
