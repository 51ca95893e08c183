// Who visits: 64 bits, which the browser keeps where it may.

import { config } from './config.js';
import { hex, random } from './random.js';
import { keptCookie } from './store.js';

export const VISITOR_COOKIE = '_weir_v';
export const SESSION_KEY = '_weir_s.' + config.site;

export const recognise = () => {
  const known = keptCookie(VISITOR_COOKIE);
  return /^(?!0{16})[\da-f]{16}$/.test(known) ? known : hex(random()) + hex(random() | 1);
};
