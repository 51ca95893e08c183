// Ids. 32 random bits are asked for in blocks, because each call costs more than the numbers; mixed with the weaker source, in
// case the page has replaced the better one.

import { guard } from './guard.js';

const block = new Uint32Array(64);
let used = 0;

const fill = guard(() => crypto.getRandomValues(block));

export const random = () => {
  if (!used) fill();
  used = (used + 1) % block.length;
  return block[used] ^ (Math.random() * 4294967296);
};

// In halves: for larger numbers browsers take the long way round.
const half = (number) => (number + 65536).toString(16).slice(1);
export const hex = (number) => half(number >>> 16) + half(number & 65535);

// An id whose upper bits are the time (UUID version 7), so that ids made one after another lie close together.
export const uuid = (ms) => {
  const low = random();
  return [
    hex(ms / 65536),
    hex(ms).slice(4),
    '7' + hex(low).slice(5),
    hex(0x8000 | ((low >>> 16) & 0x3fff)).slice(4),
    hex(random()) + hex(random()).slice(4),
  ].join('-');
};
