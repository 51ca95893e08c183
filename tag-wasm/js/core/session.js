// The loader's own.

export { begin, hashOf, isLive, merge, place, read, takesIn, write } from './lent.js';
