// English and Russian. The pages are written in English; an element that has Russian words carries them in `data-ru`.
// The choice comes from `?lang=`, from the choice made before, or from the browser.

import { load, save } from "./storage.js";

const KEY = "samovar.language";

function chosen() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "ru" || asked === "en") {
    save(KEY, asked);
    return asked;
  }
  return load(KEY, null) ?? (navigator.language.startsWith("ru") ? "ru" : "en");
}

/** Language of this page view: "en" or "ru". */
export const language = chosen();

/** The text in the language of the page. */
export const say = (english, russian) => (language === "ru" ? russian : english);

/** Puts Russian words in the place of the English ones, below `root`. */
export function translate(root) {
  document.documentElement.lang = language;
  if (language !== "ru") return;
  for (const element of root.querySelectorAll("[data-ru]")) element.textContent = element.dataset.ru;
  for (const element of root.querySelectorAll("[data-ru-alt]")) element.alt = element.dataset.ruAlt;
}

/** Remembers the other language and shows this page in it. */
export function switchLanguage() {
  save(KEY, language === "ru" ? "en" : "ru");
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  location.replace(address);
}
