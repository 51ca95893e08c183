// The script of a draft has the core in it: a preview is one file.

import { startCore } from './core.js';

let coming;
export const load = () => (coming = coming || new Promise((done) => done(startCore())));
