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

// For the widest domain that the browser accepts: `shop.example` before `www.shop.example`. At last for none, which is what
// `localhost` wants.
export const setCookie = guard((name, value, age) => {
  const labels = location.hostname.split('.');
  const settings = '; path=/; SameSite=Lax; max-age=' + age + (location.protocol === 'https:' ? '; Secure' : '');
  for (let from = labels.length - 1; from >= -1; from--) {
    const domain = from >= 0 ? '; domain=' + labels.slice(from).join('.') : '';
    document.cookie = name + '=' + value + settings + domain;
    if (readCookie(name) === value) return;
  }
});
