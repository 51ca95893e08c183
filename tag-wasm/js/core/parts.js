// The loader's own.

export { lent, start } from './lent.js';
