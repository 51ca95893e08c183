// Variables in texts: which could be meant where one is being written, and the text with one put in.

import { getContext, setContext } from "svelte";
import type { Json, JsonObject } from "../document/text";
import { BUILT_IN, mapOf } from "./model";
import type { Schema } from "./schema.svelte";

/** Whether variables may stand in a text: the schema's examples of such texts have some. */
export const takesVariables = (schema: Schema): boolean => schema.examples?.some(hasBraces) ?? false;
const hasBraces = (example: Json): boolean => JSON.stringify(example).includes("{{");

/** The variable that is being written where the cursor is, from its braces on; null: there is none. */
export function begun(text: string, cursor: number): { from: number; word: string } | null {
  const open = /\{\{([^{}]*)$/.exec(text.slice(0, cursor));
  return open ? { from: open.index, word: (open[1] ?? "").trim() } : null;
}

const LEFT_OUT = Symbol("the variable that is being written");
/** The variable that the forms inside are about: what it is made of cannot be itself. */
export const leaveOut = (name: () => string): unknown => setContext(LEFT_OUT, name);
export const leftOut = (): (() => string) | undefined => getContext<(() => string) | undefined>(LEFT_OUT);

/** Names that have what is written in them; those that begin so come first, and the container's own before those that are always there. */
export function offered(doc: JsonObject | null, word: string, without?: string): string[] {
  const wanted = word.toLowerCase();
  const fitting = [...Object.keys(mapOf(doc, "variables")).filter((name) => name !== without), ...BUILT_IN].filter((name) => name.toLowerCase().includes(wanted));
  const begins = (name: string): boolean => name.toLowerCase().startsWith(wanted);
  return [...fitting.filter(begins), ...fitting.filter((name) => !begins(name))];
}

/** The text with a variable in the place of what is begun of one, and where the cursor goes on: where a name is still to be ended, inside. */
export function withVariable(text: string, cursor: number, name: string): { text: string; cursor: number } {
  const open = begun(text, cursor);
  const from = open?.from ?? cursor;
  const rest = open ? (/^[^{}]*\}\}/.exec(text.slice(cursor))?.[0].length ?? 0) : 0;
  const written = `{{${name}}}`;
  return { text: text.slice(0, from) + written + text.slice(cursor + rest), cursor: from + written.length - (name.endsWith(".") ? 2 : 0) };
}
