// The way to the collector. `text/plain` needs no preflight; `keepalive` lets a request outlive the page.
// The page may have replaced `fetch` or `sendBeacon` by something that throws.

import { address, config } from './config.js';
import { hear, now } from './inputs.js';

const collect = address(config.collect);

const request = (body) =>
  fetch(collect, { method: 'POST', body, keepalive: true, credentials: 'omit', mode: 'cors' });

// Sends a batch and reports the answer: its status, or 0 if there was none.
export const post = (body) => {
  const answered = (status) => hear((tag) => tag.answered(now(), status));
  try {
    request(body).then(
      (response) => answered(response.status),
      () => answered(0),
    );
  } catch (error) {
    answered(0);
  }
};

// Sends a batch whose answer nobody will see. False if the browser did not take it.
export const beacon = (body) => {
  try {
    if (navigator.sendBeacon(collect, body)) return true;
  } catch (error) {
    // Try the other way.
  }
  try {
    request(body).catch(() => {});
    return true;
  } catch (error) {
    return false;
  }
};
