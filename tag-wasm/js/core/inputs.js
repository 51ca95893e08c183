// The loader's own.

export { hear, now, rests, setOpen } from './lent.js';
