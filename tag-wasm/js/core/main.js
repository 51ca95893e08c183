// The core in a file of its own. The other files of this folder take the place of the loader's, which lends what it has.

import { startCore } from './core.js';

startCore();
