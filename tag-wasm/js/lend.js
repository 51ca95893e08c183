// What rules read while they are evaluated. `rules/src/page/lend.rs` does the same for a page without a browser.
//
// Nothing is lent of an element that opted out, nor what was typed into a password, payment, one-time-code or hidden field.

import { around, elementAt, readable, wayTo } from './dom.js';
import { guard } from './guard.js';
import { offered } from './parts.js';
import { readCookie } from './store.js';
import { giveValue } from './text.js';

const MAX_TEXT = 4096;
const MAX_STEPS = 6;
const MAX_CLASSES = 2;

const { closest: closestOf, getAttribute: attributeOf } = Element.prototype;

const OPT_OUT = '[data-weir-ignore]';
// Texts that nobody reads on the page.
const SILENT = 'script,style,noscript,template,' + OPT_OUT;

const PRIVATE_KIND = /^\s*(password|hidden)\s*$/i;
const PRIVATE_USE = /(^|\s)(cc-|one-time-code|current-password|new-password)/i;
// Names of fields that no `autocomplete` speaks for.
const PRIVATE_NAME = /passw|cvv|cvc|^csc|card(num|no|exp)|cc(num|no|exp)|^otp|otp$|onetimecode|securitycode/;

// What the present event says about itself: { scroll: { percent } }, { event: … } and so on.
let detail;

export const tell = (about) => {
  detail = about;
};

export const lend = guard((what, key, handle) => {
  const element = elementAt(handle);
  const silent = element && lenders[what] !== nameOf && around(element, OPT_OUT);
  return silent ? 0 : giveValue(lenders[what](key, element));
});

// What follows the names between the points of a path. Elements of the page are no values: a field could be one.
const walk = (value, path) => {
  for (const name of path.split('.')) {
    if (Object(value) !== value || value.nodeType) return;
    value = value[name];
  }
  return value;
};

const newest = (path) => {
  const pushed = window.dataLayer;
  for (let at = pushed.length; at--; ) {
    const value = walk(pushed[at], path);
    if (value !== undefined) return value;
  }
};

const cookie = (name) => {
  const value = readCookie(name);
  try {
    return value && decodeURIComponent(value);
  } catch (error) {
    return value;
  }
};

// The same words that the collector goes by.
const device = () => {
  const agent = navigator.userAgent;
  if (/Smart-?\s?TV|(Android|Google|Apple|Hbb) ?TV|BRAVIA|Web0S|NetCast|AFT[BTM]|CrKey|Roku|VIDAA|PlayStation|Xbox/i.test(agent)) return 'tv';
  if (/iPad|Tablet|PlayBook|Kindle|Silk\/|KFAPWI/i.test(agent)) return 'tablet';
  if (/Mobi|iPhone|iPod|Opera Mini|Windows Phone|KAIOS/.test(agent)) return 'mobile';
  return /Android/.test(agent) ? 'tablet' : 'desktop';
};

// The time somewhere, as if it were that time at Greenwich. Swedes write times as computers do.
export const local = (time, timeZone) => new Date(time).toLocaleString('sv', { timeZone }).replace(' ', 'T');

const clock = (key) => {
  const [part, zone] = key.split(' ');
  const now = Math.floor(Date.now() / 1000) * 1000;
  const text = local(now, zone);
  const there = new Date(text + 'Z');
  if (part === 'hour') return there.getUTCHours();
  if (part === 'weekday') return there.getUTCDay() || 7;
  const minutes = (there - now) / 60000;
  const two = (number) => ('0' + Math.floor(number)).slice(-2);
  const ahead = Math.abs(minutes);
  return text + (minutes < 0 ? '-' : '+') + two(ahead / 60) + ':' + two(ahead % 60);
};

// The text as written; not much more of it than a rule may look at.
const textOf = (key, element) => {
  if (!element.childElementCount) return element.textContent;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let text = '';
  for (let steps = 0; steps < MAX_TEXT && text.length < MAX_TEXT && walker.nextNode(); steps++) {
    const node = walker.currentNode;
    if (!closestOf.call(node.parentNode, SILENT)) text += node.data;
  }
  return text;
};

const attribute = (name, element) => attributeOf.call(element, name);

const isPrivate = (element) => {
  const is = (pattern, name) => pattern.test(attribute(name, element) || '');
  const plain = (name) => (attribute(name, element) || '').toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    is(PRIVATE_KIND, 'type') || is(PRIVATE_USE, 'autocomplete') || PRIVATE_NAME.test(plain('name')) || PRIVATE_NAME.test(plain('id'))
  );
};

// A box that is not ticked has no value.
const fieldOf = (key, element) => {
  if (!/^(input|select|textarea)$/.test(element.localName) || isPrivate(element)) return;
  const kind = element.type;
  if (kind !== 'file' && (!/^(checkbox|radio)$/.test(kind) || element.checked)) return element.value;
};

const elementsOf = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements').get;

const fieldIn = (name, form) => {
  const fields = [...elementsOf.call(form)].filter((field) => attribute('name', field) === name);
  if (fields.some(isPrivate)) return;
  return fields.map((field) => fieldOf(0, field)).find((value) => value != null);
};

const nameOf = (key, element) => element.localName;

// At the positions of `Lent` in `rules/src/host.rs`. The first four the wasm knows itself.
const lenders = [
  ,
  ,
  ,
  ,
  () => location.hostname,
  () => readable(location.pathname),
  () => location.hash.slice(1) || null,
  () => document.title,
  () => document.documentElement.lang || navigator.language,
  (key) => new URLSearchParams(location.search).get(key),
  cookie,
  (key) => localStorage.getItem(key),
  (key) => sessionStorage.getItem(key),
  newest,
  (key) => walk(window, key),
  (key) => walk(detail, key),
  (key) => (key === 'type' ? device() : screen[key]),
  clock,
  () => Math.round(Math.random() * 999999) / 1000000,
  textOf,
  (name, element) => (/^value$/i.test(name) && isPrivate(element) ? null : attribute(name, element)),
  (name, element) => new URL(attribute(name, element), document.baseURI).href,
  fieldOf,
  fieldIn,
  (key, element) => wayTo(element, MAX_STEPS, MAX_CLASSES),
  nameOf,
  (key) => offered.ecommerce && Object(offered.ecommerce(Object(walk(detail, 'event'))))[key],
];
