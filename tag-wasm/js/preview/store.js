// What the tag of a draft keeps: for the tab only, apart from what the browser keeps of its real visitor. Nothing more and
// nothing longer than the site may keep (`store.js` of every page decides the same way).

import { config } from './config.js';
import { guard } from './guard.js';

const VISITOR = '_weir_v';
const PREFIX = '_weir_p.';

export const memory = {};
export const isKept = () => config.may && config.may.keep;

const find = guard((key) => (isKept() ? sessionStorage.getItem(PREFIX + key) : memory[key]));

export const kept = (key) => '' + (find(key) || '');

export const save = guard((key, text) => {
  if (!isKept()) memory[key] = text;
  else if (text) sessionStorage.setItem(PREFIX + key, text);
  else sessionStorage.removeItem(PREFIX + key);
});

// The visitor of this browser is nobody here.
export const readCookie = guard((name) => {
  const found = name !== VISITOR && document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
  return found ? found.slice(name.length + 1) : undefined;
});

export const keptCookie = kept;
export const saveCookie = save;

// `weir('optout')` is meant for good, in a preview too.
export const setCookie = guard((name, value, age) => {
  if (name === VISITOR) {
    if (!value) sessionStorage.removeItem(PREFIX + name);
    return;
  }
  const labels = location.hostname.split('.');
  const settings = '; path=/; SameSite=Lax; max-age=' + age + (location.protocol === 'https:' ? '; Secure' : '');
  for (let from = labels.length - 1; from >= -1; from--) {
    const domain = from >= 0 ? '; domain=' + labels.slice(from).join('.') : '';
    document.cookie = name + '=' + value + settings + domain;
    if (readCookie(name) === value) return;
  }
});

export const clear = guard(() => {
  Object.keys(sessionStorage)
    .filter((key) => key.startsWith(PREFIX))
    .forEach((key) => sessionStorage.removeItem(key));
});
