// 32 random bits, for ids. Asked for in blocks, because each call costs more than the numbers; mixed with the weaker
// source, in case the page has replaced the better one.

import { guard } from './guard.js';

const block = new Uint32Array(64);
let used = 0;

const fill = guard(() => crypto.getRandomValues(block));

export const random = () => {
  if (!used) fill();
  used = (used + 1) % block.length;
  return block[used] ^ (Math.random() * 4294967296);
};
