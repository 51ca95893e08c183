// The loader's own.

export { random, uuid } from './lent.js';
