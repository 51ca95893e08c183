// What tags do in the page besides sending events. The server has checked the addresses; the page's own policy still
// decides whether the browser loads them.

import { guard } from './guard.js';

// Kept until they have loaded: a browser may drop an image that nothing refers to.
const images = new Set();

export const pixel = guard((url) => {
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.referrerPolicy = 'no-referrer-when-downgrade';
  image.src = url;
});

export const script = guard((url, integrity) => {
  const element = document.createElement('script');
  element.integrity = integrity;
  element.crossOrigin = 'anonymous';
  element.src = url;
  document.head.append(element);
});

export const push = guard((entry) => {
  (window.dataLayer = window.dataLayer || []).push(JSON.parse(entry));
});
