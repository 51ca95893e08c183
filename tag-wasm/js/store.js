// What the browser keeps for the site: one cookie and a few texts. Any of it may be forbidden, full or gone; then the tag
// goes on without.

import { config } from './config.js';
import { guard } from './guard.js';

// 13 months, the longest that European authorities accept.
const MAX_AGE_S = 34128000;

// Where nothing may be kept, for now or ever, it is for the time of the page.
export const memory = {};
export const isKept = () => config.may && config.may.keep;

const find = guard((key) => (isKept() ? localStorage.getItem(key) : memory[key]));

// A page may have put something else than texts there.
export const kept = (key) => '' + (find(key) || '');

export const save = guard((key, text) => {
  if (!isKept()) memory[key] = text;
  else if (text) localStorage.setItem(key, text);
  else localStorage.removeItem(key);
});

export const readCookie = guard((name) => {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
  return found && found.slice(name.length + 1);
});

export const keptCookie = (name) => (isKept() ? readCookie(name) : memory[name]);

export const saveCookie = (name, value) => {
  if (isKept()) setCookie(name, value, MAX_AGE_S);
  else memory[name] = value;
};

// Domains that this host lies in, as settings of a cookie, the widest first: `shop.example`, then `www.shop.example`; nobody may
// have the last label alone. At last none, which is what `localhost` and addresses want.
const domains = () => {
  const labels = location.hostname.replace(/.*\.\d+$/, '').split('.');
  return labels.slice(1).map((label, at) => '; domain=' + labels.slice(-2 - at).join('.')).concat('');
};

const write = (name, value, age, domain) => {
  document.cookie =
    name + '=' + value + '; path=/; SameSite=Lax; max-age=' + age + (location.protocol === 'https:' ? '; Secure' : '') + domain;
};

// The widest that the browser accepts. Its own domain a host may always have, a wider one has to be tried. That takes a cookie of
// its own, because one that is there already does not tell whether it was set anew, and a good part of the time that a page's
// start takes: the browser keeps the answer.
const DOMAIN_KEY = '_weir_d.' + config.site;
const widest = () => {
  const wider = domains();
  wider.pop();
  const own = wider.pop() || '';
  const known = wider.length ? kept(DOMAIN_KEY) : own;
  if (known || !wider.length) return known;
  const found =
    wider.find((domain) => {
      write(DOMAIN_KEY, 1, 9, domain);
      const isTaken = readCookie(DOMAIN_KEY);
      write(DOMAIN_KEY, '', 0, domain);
      return isTaken;
    }) || own;
  save(DOMAIN_KEY, found);
  return found;
};

// Nothing for no time: it is taken away.
export const setCookie = guard((name, value, age) => {
  if (age) write(name, value, age, widest());
  else domains().forEach((domain) => write(name, value, age, domain));
});
