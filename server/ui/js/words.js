// The language of the page, and its words. English and Russian; the choice is remembered in this browser.

import { recall, remember } from "./memory.js";
import { english } from "./words/en.js";
import { russian } from "./words/ru.js";

const KEY = "weir.language";
const all = { en: english, ru: russian };

function first() {
  const kept = recall(KEY);
  if (kept in all) return kept;
  return navigator.languages.some((one) => one.startsWith("ru")) ? "ru" : "en";
}

let current = first();

/** "en" or "ru". */
export const language = () => current;

/** All words of the page in its language. */
export const words = () => all[current];

/** Changes to the other language. */
export function switchLanguage() {
  current = current === "en" ? "ru" : "en";
  remember(KEY, current);
}

/** "{a} of {b}" with values put in. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
