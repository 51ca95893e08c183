// One request to the collector. The page may have replaced `fetch` or `sendBeacon` by something that throws.

import { address, config } from './config.js';
import { guard } from './guard.js';
import { isKept } from './store.js';

const collect = address(config.collect);

// A view of the web inside another app loses beacons.
export const byBeacon = guard((body) => !/; wv\)/.test(navigator.userAgent) && navigator.sendBeacon(collect, body));

// What a page has put in place of `fetch` throws: nobody sees the answer to a beacon.
export const request = (body, keepalive) => {
  try {
    return fetch(collect, { method: 'POST', body, keepalive, credentials: isKept() ? 'include' : 'omit' });
  } catch (error) {
    return Promise.resolve({ status: byBeacon(body) ? 202 : 0 });
  }
};
