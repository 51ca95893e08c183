// In place of the outbox: whatever would be sent is only looked at. What a rule has made was observed when it was evaluated;
// what is told without rules, and what has waited for consent, is observed here.

import { guard } from './guard.js';
import { observe, takeExpected } from './observe.js';

const OTHER = ['engagement', 'identify'];

export const add = guard((now, view, text) => {
  const { name, tag, trigger, element, props, engaged_ms } = JSON.parse(text + '}');
  const fired = { kind: 'event', tag, trigger, event: name, element, with: props || (engaged_ms ? { engaged_ms } : {}) };
  let kind;
  if (props && props.raw) kind = 'raw';
  else if (!tag && OTHER.includes(name)) kind = name;
  else if (!takeExpected(tag || '', name)) kind = 'consent';
  if (kind) observe(JSON.stringify({ kind, at: now, element: kind === 'raw' ? element : '', fired: [fired] }));
});

export const retitle = () => {};
export const seal = () => {};
export const resume = () => {};
export const forgetAll = () => {};
export const hasGathered = () => false;
export const hurry = () => {};
export const isFlushDue = () => false;
export const send = () => {};
export const due = () => Infinity;
export const answered = () => {};
export const leave = () => {};
