// Names that are parts of names in SQL, made from what people call things, and back.

import { isObject, type JsonObject } from "./text";

const MOST = 64;
const CYRILLIC: Record<string, string> = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "y", к: "k", л: "l", м: "m", н: "n", о: "o", п: "p", р: "r", с: "s", т: "t", у: "u", ф: "f",
  х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "sch", ъ: "", ы: "y", ь: "", э: "e", ю: "yu", я: "ya", і: "i", ї: "i", є: "e", ґ: "g", ў: "u", қ: "k", ә: "a", ө: "o", ү: "u", ұ: "u", ғ: "g", ң: "n", һ: "h",
};

/** Small Latin letters, digits and `_` that sound like a title; empty if nothing of it can be written so. */
export function shortName(title: string): string {
  const latin = [...title.toLowerCase()].map((letter) => CYRILLIC[letter] ?? letter).join("");
  // Accents stand apart in this form, and go.
  return latin.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, MOST).replace(/_+$/, "");
}

/** A name made from a title that is not taken: `put_k_zayavke`, `put_k_zayavke_2`. `other` where nothing of it can be written. */
export function freeShortName(taken: string[], title: string, other: string): string {
  const wanted = shortName(title) || other;
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? "" : `_${number}`;
    const name = wanted.slice(0, MOST - end.length) + end;
    if (!taken.includes(name)) return name;
  }
}

/** What people call something of the container that is kept by name. */
export function titleOf(doc: JsonObject | null, kind: string, name: string): string {
  const all = doc?.[kind];
  const one = isObject(all) && Object.hasOwn(all, name) ? all[name] : undefined;
  return isObject(one) && typeof one["title"] === "string" && one["title"].trim() !== "" ? one["title"] : name;
}
