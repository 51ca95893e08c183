// Selectors for an element that will still find it when the site is built anew: by what people have named, not by what tools
// have generated, nor by where it happens to stand.

const NAMED = ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy', 'data-action', 'data-role', 'data-name', 'data-id', 'data-sku'];
const MAX_LEVELS = 5;
const MAX_CANDIDATES = 6;
const MAX_LENGTH = 60;

// What build tools, style libraries and frameworks write.
const GENERATED = [
  /\d{3,}/,
  /^(css|sc|jsx|jss|emotion|svelte|astro|ng|ember|radix|headlessui|mui|chakra|tw|_ngcontent|v|react-aria|:r)[-_:]?[\w:]*\d/i,
  /^(css|sc|jss|jsx)-/i,
  /^(ng|ember|v)-/i,
  /(^|[-_])(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{5,}$/i,
  /__[\w-]*[A-Z][\w-]*|_{2,}\w{5,}$/,
  /[A-Z].*\d|\d.*[A-Z]/,
  /^[^a-z]/i,
];
// What an element is only at the moment.
const STATE = /^(is|has|was)-|(^|[-_])(active|hover|focus(ed)?|open(ed)?|close[d]?|selected|checked|disabled|enabled|visible|hidden|show(n)?|collapsed?|expanded|loading|loaded|current|animated?|invalid|valid|dirty|pristine|touched|sticky|fixed)$/i;
// Utilities that say how something looks, and will change with that.
const UTILITY = /^(-?[mp][xytrbl]?-|[wh]-|(min|max)-[wh]-|text-|bg-|border(-|$)|rounded(-|$)|flex(-|$)|grid(-|$)|gap-|space-|font-|leading-|tracking-|justify-|items-|self-|inline(-|$)|block$|absolute$|relative$|fixed$|z-|top-|left-|right-|bottom-|shadow(-|$)|opacity-|transition(-|$)|duration-|ease-|cursor-|overflow-|col-|row-|d-|order-|float-|hidden$|sm$|md$|lg$|xl$)/;

const isStable = (name) => name.length > 1 && name.length <= MAX_LENGTH && !GENERATED.some((pattern) => pattern.test(name));
const isClass = (name) => isStable(name) && !STATE.test(name) && !UTILITY.test(name) && /^[\w-]+$/.test(name);

const quoted = (text) => '"' + text.replace(/["\\]/g, '\\$&') + '"';
const attribute = (element, name) => Element.prototype.getAttribute.call(element, name);

const byAttribute = (element, name) => {
  const value = attribute(element, name);
  if (value == null || value.length > MAX_LENGTH || /[\n\r\f]/.test(value)) return;
  // A value that was generated, or differs from one to the next: that it is there says enough.
  return isStable(value) || /^[a-z]{2,}$/i.test(value) ? '[' + name + '=' + quoted(value) + ']' : '[' + name + ']';
};

// What an element is called, the best first.
const namesOf = (element) => {
  const tag = CSS.escape(element.localName);
  const found = [];
  const id = attribute(element, 'id');
  if (id && isStable(id)) found.push('#' + CSS.escape(id));
  const data = [...element.attributes].map(({ name }) => name).filter((name) => /^data-[a-z][a-z-]*$/.test(name) && !/^data-(v-|react|ng|ember|astro|weir|state$|open$|focus|hover)/.test(name));
  for (const name of [...NAMED.filter((one) => data.includes(one)), ...data.filter((one) => !NAMED.includes(one))].slice(0, 4)) {
    const one = byAttribute(element, name);
    if (one) found.push(one);
  }
  if (/^(input|select|textarea|button|form)$/.test(tag)) {
    const name = attribute(element, 'name');
    if (name && isStable(name)) found.push(tag + '[name=' + quoted(name) + ']');
  }
  const classes = (attribute(element, 'class') || '').split(/\s+/).filter(isClass);
  for (const one of classes.slice(0, 3)) found.push(tag + '.' + CSS.escape(one));
  if (classes.length > 1) found.push(tag + classes.slice(0, 3).map((one) => '.' + CSS.escape(one)).join(''));
  const type = attribute(element, 'type');
  if (type && /^(button|input)$/.test(tag) && /^[a-z]+$/.test(type)) found.push(tag + '[type=' + quoted(type) + ']');
  if (tag === 'a') {
    const href = attribute(element, 'href');
    const path = href && href.split(/[?#]/)[0];
    if (path && path.length > 1 && path.length <= MAX_LENGTH && !/^javascript:/i.test(path)) found.push('a[href^=' + quoted(path) + ']');
  }
  return found;
};

const findAll = (root, selector) => {
  try {
    return [...root.querySelectorAll(selector)];
  } catch (error) {
    return null;
  }
};

// How many elements a selector finds, `null` if it is none.
export const countOf = (element, selector) => {
  const found = findAll(element.getRootNode(), selector);
  return found && { count: found.length, has: found.includes(element) };
};

// Where it stands, if nothing else says which one it is.
const byPlace = (element) => {
  const steps = [];
  for (let one = element; one && one.nodeType === 1 && steps.length < MAX_LEVELS; one = one.parentElement) {
    const named = one !== element && namesOf(one)[0];
    if (named) {
      steps.unshift(named);
      break;
    }
    const same = one.parentElement ? [...one.parentElement.children].filter((other) => other.localName === one.localName) : [one];
    steps.unshift(CSS.escape(one.localName) + (same.length > 1 ? ':nth-of-type(' + (same.indexOf(one) + 1) + ')' : ''));
  }
  return steps.join(' > ');
};

// Selectors of an element, the best first: those that find it alone, then those that find others like it.
export const selectorsOf = (element) => {
  const root = element.getRootNode();
  const found = [];
  const add = (selector) => {
    const all = findAll(root, selector);
    if (all && all.includes(element) && !found.some((one) => one.selector === selector)) found.push({ selector, count: all.length });
  };
  const own = namesOf(element);
  own.forEach(add);
  const isAlone = () => found.some(({ count }) => count === 1);
  const ends = own.length ? own : [CSS.escape(element.localName)];
  for (let above = element.parentElement, level = 0; above && level < MAX_LEVELS && !isAlone(); above = above.parentElement, level++) {
    for (const name of namesOf(above)) for (const end of ends.slice(0, 3)) add(name + ' ' + end);
  }
  if (!isAlone()) add(byPlace(element));
  if (!found.length) add(CSS.escape(element.localName));
  const alone = found.filter(({ count }) => count === 1);
  const several = found.filter(({ count }) => count > 1);
  // What people have named an element comes first, also where there are several of it.
  const best = own.length && found[0] && found[0].count > 1 ? [found[0], ...alone, ...several.slice(1)] : [...alone, ...several];
  return [...new Set(best)].slice(0, MAX_CANDIDATES);
};
