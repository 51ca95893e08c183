// A page for Node, as far as the recorder looks at one. Each import of the tag's modules behind `fresh` is a page load of its own.

export const NOW = 1795463112345;

// What the browser keeps, and what has been sent: bodies, in order. `answers` of `fetch` come when the test says so.
export const page = { stored: {}, posted: [], beacons: [], takes: true };

const storage = {
  getItem: (key) => (key in page.stored ? page.stored[key] : null),
  setItem: (key, text) => (page.stored[key] = text),
  removeItem: (key) => delete page.stored[key],
};

class Node {
  getRootNode() {}
  get parentNode() {}
}
class Element extends Node {
  closest() {}
  matches() {}
  getAttribute() {}
  getAttributeNames() {}
  hasAttributes() {}
  get localName() {}
}

let cookies = {};
Object.assign(globalThis, {
  __WEIR_CONFIG__: { site: 'shop', version: 3, collect: '/c', wasm: '/t/0.wasm', may: { keep: true } },
  Node,
  Element,
  HTMLScriptElement: class {},
  window: globalThis,
  // Nobody waits here for what never comes.
  setTimeout: () => 0,
  // Bodies stay texts.
  CompressionStream: undefined,
  addEventListener() {},
  localStorage: storage,
  location: { href: 'https://shop.example/', protocol: 'https:', hostname: 'shop.example' },
  document: {
    currentScript: null,
    title: '',
    referrer: '',
    querySelector: () => null,
    addEventListener() {},
    get cookie() {
      return Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ');
    },
    set cookie(text) {
      const [name, value] = text.split(';')[0].split('=');
      cookies[name] = value;
    },
  },
  fetch: (address, { body }) => {
    page.posted.push(body);
    return new Promise(() => {});
  },
});
Object.defineProperty(globalThis, 'navigator', {
  value: { userAgent: '', sendBeacon: (address, body) => page.takes && !!page.beacons.push(body) },
  configurable: true,
});

// What is posted leaves in a turn of its own.
export const settled = () => new Promise(setImmediate);

export const begin = () => {
  Object.assign(page, { stored: {}, posted: [], beacons: [], takes: true });
  cookies = {};
  document.title = '';
};
