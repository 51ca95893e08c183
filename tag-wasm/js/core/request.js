// The loader's own.

export { byBeacon, request } from './lent.js';
