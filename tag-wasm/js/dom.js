// The document, lent to the wasm. Elements go to the wasm as numbers that are good until the present input is handled.
// Methods are taken from the prototypes, because a field named `closest` or `id` hides the form's own.

import { guard } from './guard.js';

const MAX_DEPTH = 1000;
const MAX_ANCESTORS = 10000;
const MAX_MET = 500;

const {
  closest: closestOf,
  matches: matchesOf,
  getAttribute: attributeOf,
  getAttributeNames: namesOf,
} = Element.prototype;
const rootOf = Node.prototype.getRootNode;
const parentOf = Object.getOwnPropertyDescriptor(Node.prototype, 'parentNode').get;
export const localNameOf = Object.getOwnPropertyDescriptor(Element.prototype, 'localName').get;

// What a node is. A fragment: a shadow root, or a piece of a document.
const ELEMENT = 1;
const FRAGMENT = 11;

const selectors = [];
const patterns = [];
let held = [null];
// The way of the present event through the tree, from the inside out; `path`: its elements, if `closest` would not find them.
let trail = [];
let path;
let keys = 0;
const keyOf = new WeakMap();

export const elementAt = (handle) => held[handle];

export const hold = (element) => (element ? held.push(element) - 1 : 0);

export const forget = () => {
  held = [null];
  trail = [];
  path = foundAt = null;
};

// Holds the innermost element of the path of an event. The path itself matters where it crosses shadow roots, or where the
// page has taken the element out of the document meanwhile.
export const enter = (nodes) => {
  trail = nodes;
  let target;
  let isOdd;
  // A loop: this runs for each click.
  for (let at = 0; at < nodes.length; at++) {
    const type = nodes[at].nodeType;
    if (type === ELEMENT) target = target || nodes[at];
    else if (type === FRAGMENT) isOdd = true;
  }
  if (target && (isOdd || !target.isConnected)) path = nodes.filter(isElement);
  return hold(target);
};

const isElement = (node) => node.nodeType === ELEMENT;

export const defineSelector = (index, selector) => {
  selectors[index] = selector;
};

// A pattern that an old browser does not know matches nothing.
export const definePattern = guard((index, source, ignoreCase) => {
  patterns[index] = new RegExp(source, ignoreCase ? 'iu' : 'u');
});

export const patternAt = (index) => patterns[index];

export const matchesPattern = guard((index, text) => patterns[index].test(text));

// What fails finds nothing: a selector that the server has checked may still be new to an old browser, and an element may
// lie about itself.

export const closest = guard((handle, index) => hold(around(held[handle], selectors[index])));

// The nearest match around an element, itself included, across the borders of shadow roots.
export const around = (element, selector) => {
  const start = path ? path.indexOf(element) : -1;
  if (start >= 0) return path.slice(start, start + MAX_DEPTH).find((node) => matchesOf.call(node, selector));
  for (let depth = 0; element && depth < MAX_DEPTH; depth++) {
    const found = closestOf.call(element, selector);
    if (found) return found;
    const root = rootOf.call(element);
    element = root.nodeType === FRAGMENT && root.host;
  }
};

// Rules about clicks, by something that the elements have which they are about: `#id`, `.class`, `[attribute`, `tag`, in
// ASCII lower case, because some documents do not tell case; empty: anything; `*`: the rules are to be asked whatever was clicked.
// Of a thousand rules, a click concerns those few of which something around it has a key. An element is asked only for what there
// are keys of: by the first character, then by the rest. What was found for a text is kept: pages repeat theirs.
const keyed = [];
let always = [];
let isAsked;

export const defineKeys = (trigger, keys) => {
  for (const key of keys.split('\0')) {
    const [kind] = /^[#.[*]?/.exec(key);
    if (kind === '*') isAsked = true;
    else if (!key) always.push(trigger);
    else {
      let known = keyed.find((one) => one.kind === kind);
      if (!known) keyed.push((known = { kind, read: textOf[kind], by: new Map(), met: new Map() }));
      const rest = key.slice(kind.length);
      known.by.set(rest, (known.by.get(rest) || NONE).concat(trigger));
    }
  }
};

// Which they are, for the element that was clicked last.
let found;
let foundAt;

// Loops: these run for each click, and for each element around it.
const lookAround = (element) => {
  found = always;
  foundAt = element;
  const start = trail.indexOf(element);
  if (start >= 0) {
    const end = Math.min(trail.length, start + MAX_ANCESTORS);
    for (let at = start; at < end; at++) if (isElement(trail[at])) lookUp(trail[at]);
  } else {
    for (let depth = 0; element && depth < MAX_ANCESTORS; depth++) {
      lookUp(element);
      const parent = parentOf.call(element);
      element = parent && (isElement(parent) ? parent : parent.host);
    }
  }
};

// Whether the rules have to be asked about a click.
export const concerns = guard((handle) => {
  lookAround(held[handle]);
  return isAsked || found.length > 0;
});

// The next rule that may be about something around an element, plus one.
export const near = guard((handle, at) => {
  if (!at && foundAt !== held[handle]) lookAround(held[handle]);
  return found[at] + 1;
});

const NONE = [];
const textOf = {
  '': (element) => localNameOf.call(element),
  '#': (element) => attributeOf.call(element, 'id'),
  '.': (element) => attributeOf.call(element, 'class'),
  '[': (element) => namesOf.call(element).join(' '),
};

const both = (some, others) => [...new Set(some.concat(others))];

const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const lookUp = (element) => {
  for (const { kind, read, by, met } of keyed) {
    const text = read(element);
    if (!text) continue;
    let triggers = met.get(text);
    if (!triggers) {
      const names = kind === '#' ? [text] : text.match(/[^\t\n\f\r ]+/g) || NONE;
      triggers = both(NONE, names.flatMap((name) => by.get(lower(name)) || NONE));
      if (met.size > MAX_MET) met.clear();
      met.set(text, triggers);
    }
    if (triggers.length) found = found.length ? both(found, triggers) : triggers;
  }
};

export const find = guard((handle, index) => hold((held[handle] || document).querySelector(selectors[index])));

export const count = guard((handle, index) => (held[handle] || document).querySelectorAll(selectors[index]).length);

export const formOf = guard((handle) => {
  const element = held[handle];
  if (element.localName === 'form') return handle;
  const form = element.form;
  return hold(form && form.nodeType === 1 ? form : closestOf.call(element, 'form'));
});

export const elementKey = (handle) => {
  const element = held[handle];
  if (!keyOf.has(element)) keyOf.set(element, ++keys);
  return keyOf.get(element);
};
