// The words of the pages that everybody sees.

import { en } from "./en";
import { ru } from "./ru";
import { translator } from "./language.svelte";

export { language, setLanguage, translator, type Language, type Translated } from "./language.svelte";
export const t = translator("main", en, ru);
