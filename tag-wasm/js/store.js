// What the browser keeps for the site: one cookie and a few texts. Any of it may be forbidden, full or gone; then the wasm
// goes on without.

import { guard } from './guard.js';

// 13 months, the longest that European authorities accept.
const MAX_AGE_S = 34128000;

export const load = guard((key) => localStorage.getItem(key));

export const save = guard((key, text) => {
  if (text) localStorage.setItem(key, text);
  else localStorage.removeItem(key);
});

export const loadCookie = guard((name) => {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
  return found && found.slice(name.length + 1);
});

// For the widest domain that the browser accepts: `shop.example` before `www.shop.example`.
export const saveCookie = guard((name, value) => {
  const labels = location.hostname.split('.');
  for (let from = labels.length - 1; from >= 0; from--) {
    const domain = from || labels.length > 1 ? '; domain=' + labels.slice(from).join('.') : '';
    document.cookie =
      name + '=' + value + domain + '; path=/; max-age=' + MAX_AGE_S + '; SameSite=Lax' +
      (location.protocol === 'https:' ? '; Secure' : '');
    if (loadCookie(name) === value) return;
  }
  document.cookie = name + '=' + value + '; path=/; max-age=' + MAX_AGE_S + '; SameSite=Lax';
});

export const random = () => {
  try {
    return crypto.getRandomValues(new Uint32Array(1))[0];
  } catch (error) {
    return Math.random() * 4294967296;
  }
};
