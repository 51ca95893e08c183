// What the wasm asks of a part of the loader, which not every site has: `parts/watch.js`.

import { offered } from './parts.js';

export const watch = (slot, selector, percent) => offered.watch(slot, selector, percent);

export const rewatch = () => offered.rewatch && offered.rewatch();

export const elementInView = (key) => offered.elementInView(key);
