// What the site keeps out of events: parameters of addresses, and personal data in texts. A part of the loader takes it out; if
// that cannot be done, nothing is left of the text.

import { config } from './config.js';
import { cut } from './json.js';
import { offered } from './later.js';

const attempt = (change, text, argument) => {
  try {
    return change(text, argument);
  } catch (error) {
    return '';
  }
};

export const withoutPersonalData = (text) => {
  const kinds = (config.privacy || [])[1];
  return kinds ? attempt(offered.t10, text, kinds) : text;
};

export const knownAddress = (url) => {
  const [queries] = config.privacy || [];
  return withoutPersonalData(queries == null ? cut(url) : attempt(offered.t11, cut(url), queries)) || '';
};
