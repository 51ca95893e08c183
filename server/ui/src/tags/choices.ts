// Which values of a document are shown as choices: a list of a few words, or one of a few words for each of several names.

import { isObject, type Json } from "../document/text";
import { resolved, type Schema } from "./schema.svelte";

/** Whether two values say the same, in whatever order their keys stand. */
export function same(one: Json | undefined, other: Json | undefined): boolean {
  if (isObject(one) && isObject(other)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
  }
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What there is to choose from; null: it is no choice, or what is written is none of the words. */
export function choicesOf(root: Schema, field: Schema, now: Json | undefined): Schema | null {
  const isWord = (of: Schema, one: Json | undefined): boolean => one !== undefined && (of.enum?.includes(one) ?? false);
  if (field.type === "array") {
    const of = resolved(root, field.items);
    return of.enum && (now === undefined || (Array.isArray(now) && now.every((one) => isWord(of, one)))) ? of : null;
  }
  // Named things are known by their usual values.
  if (field.type !== "object" || !isObject(field.default)) return null;
  const one = typeof field.additionalProperties === "object" ? field.additionalProperties : Object.values(field.patternProperties ?? {})[0];
  const of = resolved(root, one);
  return of.enum && (now === undefined || (isObject(now) && Object.values(now).every((value) => isWord(of, value)))) ? of : null;
}
