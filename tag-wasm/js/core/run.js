// The loader's own.

export { run } from './lent.js';
