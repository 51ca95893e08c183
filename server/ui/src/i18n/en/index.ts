// English words. Russian ones are in ../ru, key by key.

import { account } from "./account";
import { draft } from "./draft";
import { shell } from "./shell";
import { site } from "./site";

export const en = { ...shell, ...site, ...account, ...draft };
