// The loader's own.

export { config } from './lent.js';
