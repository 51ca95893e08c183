// The document, lent to the wasm. Elements go to the wasm as numbers that are good until the present input is handled.
// Methods are taken from the prototypes, because a field named `closest` or `id` hides the form's own.

import { guard } from './guard.js';
import { give } from './text.js';

const MAX_DEPTH = 1000;
const MAX_TEXT = 4096;

const { closest: closestOf, matches: matchesOf, getAttribute: attributeOf } = Element.prototype;
const rootOf = Node.prototype.getRootNode;

// A node that is a shadow root or a piece of a document.
const FRAGMENT = 11;

const selectors = [];
const patterns = [];
let held = [null];
// The way of the present event through the tree, from the inside out, if `closest` would not find it.
let path;
let keys = 0;
const keyOf = new WeakMap();

export const hold = (element) => (element ? held.push(element) - 1 : 0);

export const forget = () => {
  held = [null];
  path = null;
};

// Holds the innermost element of the path of an event. The path itself matters where it crosses shadow roots, or where the
// page has taken the element out of the document meanwhile.
export const enter = (nodes) => {
  const target = nodes.find(isElement);
  if (target && (!target.isConnected || nodes.some(isFragment))) path = nodes.filter(isElement);
  return hold(target);
};

const isElement = (node) => node.nodeType === 1;
const isFragment = (node) => node.nodeType === FRAGMENT;

export const defineSelector = (selector) => {
  selectors.push(selector);
};

// A pattern that an old browser does not know matches nothing.
export const definePattern = guard((source, ignoreCase) => {
  patterns.push(null);
  patterns[patterns.length - 1] = new RegExp(source, ignoreCase ? 'iu' : 'u');
});

export const matchesPattern = guard((index, text) => patterns[index].test(text));

// What fails finds nothing: a selector that the server has checked may still be new to an old browser, and an element may
// lie about itself.

export const closest = guard((handle, index) => {
  const selector = selectors[index];
  let element = held[handle];
  const start = path ? path.indexOf(element) : -1;
  if (start >= 0) return hold(path.slice(start, start + MAX_DEPTH).find((node) => matchesOf.call(node, selector)));
  for (let depth = 0; element && depth < MAX_DEPTH; depth++) {
    const found = closestOf.call(element, selector);
    if (found) return hold(found);
    const root = rootOf.call(element);
    element = root.nodeType === FRAGMENT && root.host;
  }
});

export const findAll = guard((handle, index) => (held[handle] || document).querySelectorAll(selectors[index]));

export const find = guard((handle, index) => hold((held[handle] || document).querySelector(selectors[index])));

export const count = guard((handle, index) => findAll(handle, index).length);

export const formOf = guard((handle) => {
  const element = held[handle];
  if (element.localName === 'form') return handle;
  const form = element.form;
  return hold(form && form.nodeType === 1 ? form : closestOf.call(element, 'form'));
});

export const tagName = guard((handle) => give(held[handle].localName));

export const attribute = guard((handle, name) => give(attributeOf.call(held[handle], name)));

export const addressIn = guard((handle, name) =>
  give(new URL(attributeOf.call(held[handle], name), document.baseURI).href),
);

// The text as written, without scripts and styles; not much more of it than a rule may look at.
export const text = guard((handle) => {
  const element = held[handle];
  if (!element.childElementCount) return give(element.textContent);
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let text = '';
  for (let steps = 0; steps < MAX_TEXT && text.length < MAX_TEXT && walker.nextNode(); steps++) {
    const node = walker.currentNode;
    if (!/^(script|style|noscript|template)$/i.test(node.parentNode.nodeName)) text += node.data;
  }
  return give(text);
});

export const elementKey = (handle) => keyFor(held[handle]);

export const keyFor = (element) => {
  if (!keyOf.has(element)) keyOf.set(element, ++keys);
  return keyOf.get(element);
};

export const lowercase = (text) => give(text.toLowerCase());

// As people write it: rules compare it with that, and reports show it.
const readable = (path) => {
  try {
    return decodeURI(path);
  } catch (error) {
    return path;
  }
};

// At the positions of `Field` in `page.rs`.
export const pageField = guard((field) =>
  give(
    [
      () => document.title,
      () => location.hostname,
      () => readable(location.pathname),
      () => location.hash.slice(1),
      () => document.documentElement.lang || navigator.language,
    ][field](),
  ),
);

export const query = guard((name) => give(new URLSearchParams(location.search).get(name)));
