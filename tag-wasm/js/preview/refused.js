// What a tab gets in place of a draft whose link is no good.

import { refuse } from './refuse.js';

const refusal = __WEIR_CONFIG__;

refuse(refusal.why, refusal.script);
