// The way to the collector. `text/plain` needs no preflight; `keepalive` lets a request outlive the page.
// The page may have replaced `fetch` or `sendBeacon` by something that throws.

import { address, config } from './config.js';
import { guard } from './guard.js';
import { hear, now } from './inputs.js';
import * as tag from './weir_tag.js';

const collect = address(config.collect);

const request = (body) =>
  fetch(collect, { method: 'POST', body, keepalive: true, credentials: 'omit' });

// Sends a batch and reports the answer: its status, or 0 if there was none.
export const post = (body) => {
  const answered = (status) => hear(() => tag.answered(now(), status));
  try {
    request(body).then(
      (response) => answered(response.status),
      () => answered(0),
    );
  } catch (error) {
    answered(0);
  }
};

const byBeacon = guard((body) => navigator.sendBeacon(collect, body));

const byRequest = guard((body) => {
  request(body).catch(() => {});
  return true;
});

// Sends a batch whose answer nobody will see. Returns whether the browser has taken it.
export const beacon = (body) => byBeacon(body) || byRequest(body);
