// The document, lent to the wasm. Elements go to the wasm as numbers that are good until the present input is handled.
// Methods are taken from the prototypes, because a field named `closest` or `id` hides the form's own.

import { guard } from './guard.js';

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

// Takes the path of an event and holds its innermost element. The path itself matters where it crosses shadow roots, or
// where the page has taken the element out of the document meanwhile.
export const enter = (nodes) => {
  const elements = nodes.filter((node) => node.nodeType === 1);
  if (elements[0] && (!elements[0].isConnected || nodes.some((node) => node.nodeType === FRAGMENT))) path = elements;
  return hold(elements[0]);
};

export const defineSelector = (selector) => {
  selectors.push(selector);
};

export const definePattern = (source, ignoreCase) => {
  let pattern = null;
  try {
    pattern = new RegExp(source, ignoreCase ? 'iu' : 'u');
  } catch (error) {
    // The server has checked it; an old browser may still not know it. It matches nothing.
  }
  patterns.push(pattern);
};

export const matchesPattern = (index, text) => !!patterns[index] && patterns[index].test(text);

export const closest = (handle, index) => {
  const selector = selectors[index];
  let element = held[handle];
  try {
    const start = path ? path.indexOf(element) : -1;
    if (start >= 0) return hold(path.slice(start, start + MAX_DEPTH).find((node) => matchesOf.call(node, selector)));
    for (let depth = 0; element && depth < MAX_DEPTH; depth++) {
      const found = closestOf.call(element, selector);
      if (found) return hold(found);
      const root = rootOf.call(element);
      element = root.nodeType === FRAGMENT && root.host;
    }
  } catch (error) {
    // A selector that this browser does not know matches nothing.
  }
  return 0;
};

export const find = (handle, index) => {
  try {
    return hold((held[handle] || document).querySelector(selectors[index]));
  } catch (error) {
    return 0;
  }
};

export const findAll = (index) => {
  try {
    return document.querySelectorAll(selectors[index]);
  } catch (error) {
    return [];
  }
};

export const count = (handle, index) => {
  try {
    return (held[handle] || document).querySelectorAll(selectors[index]).length;
  } catch (error) {
    return 0;
  }
};

export const formOf = (handle) => {
  const element = held[handle];
  if (element.localName === 'form') return handle;
  const form = element.form;
  return form && form.nodeType === 1 ? hold(form) : hold(closestOf.call(element, 'form'));
};

export const tagName = (handle) => String(held[handle].localName);

export const attribute = (handle, name) => attributeOf.call(held[handle], name);

export const addressIn = guard((handle, name) => new URL(attribute(handle, name), document.baseURI).href);

// The text as written, without scripts and styles; not much more of it than a rule may look at.
export const text = (handle) => {
  const walker = document.createTreeWalker(held[handle], NodeFilter.SHOW_TEXT);
  let text = '';
  for (let steps = 0; steps < MAX_TEXT && text.length < MAX_TEXT && walker.nextNode(); steps++) {
    const node = walker.currentNode;
    if (!/^(script|style|noscript|template)$/i.test(node.parentNode.nodeName)) text += node.data;
  }
  return text;
};

export const elementKey = (handle) => keyFor(held[handle]);

export const keyFor = (element) => {
  if (!keyOf.has(element)) keyOf.set(element, ++keys);
  return keyOf.get(element);
};

export const lowercase = (text) => text.toLowerCase();

export const title = () => String(document.title);

export const pageField = (field) =>
  [
    () => location.hostname,
    () => location.pathname,
    () => location.hash.slice(1),
    () => document.documentElement.lang || navigator.language || '',
  ][field]();

export const query = (name) => new URLSearchParams(location.search).get(name);
