// Nothing of a preview goes where events go. What parts would send besides is observed: calls of the page that cannot be
// understood.

import { guard } from './guard.js';
import { observe } from './observe.js';

export const woken = () => {};
export const post = () => {};

export const beacon = guard((body) => {
  for (const { problem, given } of JSON.parse(body).events) {
    if (problem) observe(JSON.stringify({ kind: 'problem', name: problem, element: given, fired: [] }));
  }
  return true;
});
