// The loader's own.

export { kept, memory, readCookie, save, saveCookie, setCookie } from './lent.js';
