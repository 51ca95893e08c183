// How texts are changed. `rules/src/page/transform.rs` does the same for a page without a browser.

import { patternAt, readable } from './dom.js';
import { guard } from './guard.js';
import { local } from './lend.js';
import { keepQuery, redact } from './privacy.js';
import { give } from './text.js';

const CYRILLIC = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў';
const LATIN = 'a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g u'.split(' ');

const slug = (text) =>
  text
    .toLowerCase()
    .normalize()
    .replace(/[а-яёіїєґў]/g, (letter) => LATIN[CYRILLIC.indexOf(letter)])
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize()
    .replace(/[^\p{Alphabetic}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

// SHA-256. Its constants are the first bits behind the point of the roots of the first primes.
const hash = (text) => {
  const bytes = new TextEncoder().encode(text);
  const words = [];
  bytes.forEach((byte, at) => (words[at >> 2] |= byte << (24 - (at % 4) * 8)));
  words[bytes.length >> 2] |= 128 << (24 - (bytes.length % 4) * 8);
  const length = ((bytes.length + 8) >> 6) * 16 + 16;
  words[length - 1] = bytes.length * 8;
  const bits = (number) => ((number % 1) * 4294967296) | 0;
  const keys = [];
  let state = [];
  for (let prime = 2; keys.length < 64; prime++) {
    let factor = 2;
    while (prime % factor) factor++;
    if (factor === prime) {
      if (state.length < 8) state.push(bits(Math.sqrt(prime)));
      keys.push(bits(Math.cbrt(prime)));
    }
  }
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  for (let from = 0; from < length; from += 16) {
    const mixed = [];
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 64; at++) {
      const early = mixed[at - 15];
      const late = mixed[at - 2];
      mixed[at] =
        at < 16
          ? words[from + at] | 0
          : (mixed[at - 16] +
              (turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)) +
              mixed[at - 7] +
              (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10))) |
            0;
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + keys[at] + mixed[at];
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
    }
    state = [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]) | 0);
  }
  return state.map((word) => ('0000000' + (word >>> 0).toString(16)).slice(-8)).join('');
};

const MONTHS = ['jan|янв', 'feb|фев', 'mar|мар', 'apr|апр', 'may|ма', 'jun|июн', 'jul|июл', 'aug|авг', 'sep|сен', 'oct|окт', 'nov|ноя', 'dec|дек'];

// Day, month and year in one of the orders, then perhaps a time, then perhaps where it is that time.
const DATE =
  /^(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)\.(\d\d?)\.(\d{4})|(\d\d?)\.? ([a-zа-я]{3,})\.?,? (\d{4})|([a-zа-я]{3,})\.? (\d\d?),? (\d{4}))(?:[t, ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)? ?(?:(z)|([+-])(\d\d):?(\d\d))?)?$/;

// The day, or the day and the time, that a text names, in a time zone.
const date = (text, zone) => {
  const tidy = text.toLowerCase().replace(/\s+/g, ' ').trim();
  if (/^\d{10}(\d{3})?$/.test(tidy)) return local(+tidy * (tidy.length > 10 ? 1 : 1000), zone);
  const found = DATE.exec(tidy);
  const name = found[8] || found[10];
  const month = name ? MONTHS.findIndex((names) => RegExp('^(' + names + ')').test(name)) + 1 : found[2] || found[5];
  const day = found[3] || found[4] || found[7] || found[11];
  const year = found[1] || found[6] || found[9] || found[12];
  const time = Date.UTC(year, month - 1, day, found[13] || 0, found[14] || 0, found[15] || 0);
  const iso = new Date(time).toISOString();
  // A day or an hour that does not exist would have become another.
  if (+iso.slice(8, 10) !== +day || +iso.slice(5, 7) !== +month || +iso.slice(0, 4) !== +year || found[14] > 59 || found[15] > 59) return;
  if (!found[13]) return iso.slice(0, 10);
  if (!found[16] && !found[17]) return iso.slice(0, 19);
  const ahead = (found[17] + 1) * ((found[18] || 0) * 60 + +(found[19] || 0));
  return local(time - (ahead || 0) * 60000, zone);
};

const part = (text, wanted) => {
  const url = new URL(text.trim(), document.baseURI);
  const [name, key] = wanted.split(/ (.*)/);
  const path = readable(url.pathname);
  const file = path.split('/').pop();
  if (key) return url.searchParams.get(key);
  return {
    scheme: url.protocol.slice(0, -1),
    origin: url.origin,
    host: url.hostname,
    path,
    file,
    extension: /\./.test(file) ? file.split('.').pop().toLowerCase() : null,
    query: url.search.slice(1),
    fragment: url.hash.slice(1),
    url: url.href,
  }[name];
};

const expand = (template, found) =>
  found && template.replace(/\$([$\d])/g, (sign, key) => (key === '$' ? key : found[key] || ''));

// At the positions of `Transform` in `rules/src/host.rs`.
const transforms = [
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.trim(),
  (text) => text.replace(/[^0-9]/g, ''),
  slug,
  hash,
  date,
  part,
  (text, template, pattern) => expand(template, pattern.exec(text)),
  (text, template, pattern) =>
    text.replace(RegExp(pattern.source, pattern.flags + 'g'), (...found) => expand(template, found)),
  redact,
  keepQuery,
];

export const transform = guard((how, pattern, argument, text) =>
  give(transforms[how](text, argument, patternAt(pattern))),
);
