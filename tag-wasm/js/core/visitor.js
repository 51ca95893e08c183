// The loader's own.

export { SESSION_KEY, VISITOR_COOKIE, recognise } from './lent.js';
