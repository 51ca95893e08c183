// The loader's own.

export { cut, json, readable } from './lent.js';
