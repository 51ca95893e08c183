// A piece of the screen that is ours: in a shadow root, styled by a sheet that is made and not written into the page, so that
// neither the page's style nor its policy reaches it, and it takes no room of the page's.

import { sheet } from './sheet.js';

// An element. What begins with `on` listens, everything else is an attribute; children are elements and texts.
export const h = (name, attributes = {}, children = []) => {
  const element = document.createElement(name);
  for (const key in attributes) {
    const value = attributes[key];
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
};

const whole = (work) => {
  if (document.readyState === 'complete') work();
  else window.addEventListener('load', work, { once: true });
};

// `fill` gets the shadow root, what closes the box, and the element in the page.
export const box = (fill) => {
  const host = document.createElement('weir-preview');
  host.setAttribute('data-weir-ignore', '');
  const root = host.attachShadow({ mode: 'open' });
  const style = new CSSStyleSheet();
  style.replaceSync(sheet);
  root.adoptedStyleSheets = [style];
  let isClosed;
  const show = () => {
    if (!isClosed && !host.isConnected) document.documentElement.append(host);
  };
  // Pages replace all they have.
  const watch = new MutationObserver(show);
  const close = () => {
    isClosed = true;
    watch.disconnect();
    host.remove();
  };
  fill(root, close, host);
  // Frameworks compare the document with what they expect of it until it is loaded.
  whole(() => {
    show();
    watch.observe(document.documentElement, { childList: true });
    watch.observe(document, { childList: true });
  });
};
