// The language of the page, and the way from keys to words. English and Russian; the choice is kept in this browser and,
// for who is signed in, with the account.
//
// `translator` makes a typed `t` of two tables of words: a key that does not exist, or a word that one language lacks, is a
// compile error. Pages that are downloaded later bring their own tables (src/reports), so that the first page stays small.

import i18next from "i18next";
import { recall, remember } from "../memory";

export type Language = "en" | "ru";

/** A table of words: texts, and tables of them. */
interface Words {
  [key: string]: string | Words;
}

/** Keys of a table, `a.b.c`; `x_one` and `x_other` are the key `x`, for which `count` says which form is meant. */
type KeyOf<T> = {
  [K in keyof T & string]: T[K] extends string
    ? K extends `${infer Base}_one` | `${infer Base}_other`
      ? Base
      : K
    : `${K}.${KeyOf<T[K]>}`;
}[keyof T & string];

/** The same table in Russian, which has two more forms of what is counted. */
export type Translated<T> = {
  [K in keyof T]: T[K] extends string ? string : Translated<T[K]>;
} & { [K in keyof T as K extends `${infer Base}_one` ? `${Base}_few` | `${Base}_many` : never]: string };

const KEY = "weir.language";

function first(): Language {
  const kept = recall(KEY);
  if (kept === "en" || kept === "ru") return kept;
  return navigator.languages.some((one) => one.startsWith("ru")) ? "ru" : "en";
}

const begin = first();
let current = $state<Language>(begin);
document.documentElement.lang = begin;

const words = i18next.createInstance();
void words.init({
  lng: begin,
  fallbackLng: "en",
  resources: {},
  initAsync: false,
  // Svelte writes text as text.
  interpolation: { escapeValue: false },
  returnEmptyString: false,
});

/** "en" or "ru". */
export const language = (): Language => current;

/** Changes the language of everything on the page. */
export function setLanguage(to: Language): void {
  current = to;
  remember(KEY, to);
  document.documentElement.lang = to;
}

/** Registers two tables of words and gives the function that finds them. */
export function translator<T extends object>(name: string, en: T, ru: Translated<T>): (key: KeyOf<T>, values?: Record<string, unknown>) => string {
  words.addResourceBundle("en", name, en as unknown as Words);
  words.addResourceBundle("ru", name, ru as unknown as Words);
  const fixed = { en: words.getFixedT("en", name), ru: words.getFixedT("ru", name) };
  return (key, values) => (fixed[current] as (key: string, values?: Record<string, unknown>) => string)(key, values);
}
