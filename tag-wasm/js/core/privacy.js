// The loader's own.

export { knownAddress, withoutPersonalData } from './lent.js';
