// The loader's own.

export { core, offered } from './lent.js';
