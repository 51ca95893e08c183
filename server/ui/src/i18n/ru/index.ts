// Русские слова. Английские — в ../en, ключ в ключ.

import type { Translated } from "../language.svelte";
import type { en } from "../en";
import { account } from "./account";
import { draft } from "./draft";
import { shell } from "./shell";
import { site } from "./site";

export const ru: Translated<typeof en> = { ...shell, ...site, ...account, ...draft };
