// A container as text, and small edits of it.
//
// The text is the document: the form and the JSON editor both show it. An edit changes the place it is about and leaves every
// other character as it was, so that what the form knows nothing of (and how numbers and lists are written) stays verbatim.

import { applyEdits, findNodeAtLocation, modify, parse, parseTree, type JSONPath, type Node, type ParseError } from "jsonc-parser";

export type Path = (string | number)[];
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const FORMAT = { formattingOptions: { tabSize: 2, insertSpaces: true, eol: "\n" } };
const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** The container, or nothing if the text is no JSON object. */
export function read(text: string): JsonObject | null {
  const errors: ParseError[] = [];
  const value = parse(text, errors, STRICT) as Json | undefined;
  return errors.length === 0 && isObject(value) ? value : null;
}

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a place, if there is one. */
export function valueAt(root: Json | undefined, path: Path): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === "number") value = value[part];
    else if (isObject(value) && typeof part === "string" && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** The text with another value at a place; `undefined` takes it away. -1 for an index appends. */
export function withValue(text: string, path: Path, value: Json | undefined): string {
  const last = path.at(-1);
  if (value === undefined && typeof last === "number") return withoutItem(text, path.slice(0, -1), last);
  return applyEdits(text, modify(text, path as JSONPath, value, FORMAT));
}

/** The text without an item of a list. The library cuts the wrong characters where the last item and `]` stand in one line. */
function withoutItem(text: string, path: Path, index: number): string {
  const parts = partsOf(text, path);
  const [before, one, after] = [parts[index - 1], parts[index], parts[index + 1]];
  if (!one) return text;
  const from = after || !before ? one.offset : before.offset + before.length;
  const to = after ? after.offset : one.offset + one.length;
  return text.slice(0, from) + text.slice(to);
}

/** The text with an item put into a list. */
export function withItem(text: string, path: Path, index: number, value: Json): string {
  return applyEdits(text, modify(text, [...path, index] as JSONPath, value, { ...FORMAT, isArrayInsertion: true }));
}

/** The text with a key of an object called otherwise; its value and its place stay. */
export function withKey(text: string, path: Path, to: string): string {
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, path as JSONPath);
  const key = node?.parent?.type === "property" ? node.parent.children?.[0] : undefined;
  if (!key) return text;
  return text.slice(0, key.offset) + JSON.stringify(to) + text.slice(key.offset + key.length);
}

/** What stands in a list or in an object, in the order of the text. */
function partsOf(text: string, path: Path): Node[] {
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, path as JSONPath);
  return node?.type === "array" || node?.type === "object" ? (node.children ?? []) : [];
}

/** The keys of an object as they follow each other in the text: JavaScript would put numbers first. */
export function keysOf(text: string, path: Path): string[] {
  const keys = partsOf(text, path).map((part) => part.children?.[0]?.value as unknown);
  return [...new Set(keys.filter((key) => typeof key === "string"))];
}

/** The text with a part of a list or of an object moved past its neighbours; each stays as it is written. */
export function withMoved(text: string, path: Path, index: number, by: 1 | -1): string {
  const parts = partsOf(text, path);
  const [first, second] = [parts[Math.min(index, index + by)], parts[Math.max(index, index + by)]];
  if (!first || !second) return text;
  const cut = (from: number, to: number): string => text.slice(from, to);
  const [end, last] = [first.offset + first.length, second.offset + second.length];
  return cut(0, first.offset) + cut(second.offset, last) + cut(end, second.offset) + cut(first.offset, end) + cut(last, text.length);
}

/** Where the value at a place stands in the text. */
export function rangeOf(text: string, path: Path): { from: number; to: number } | null {
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, path as JSONPath);
  return node ? { from: node.offset, to: node.offset + node.length } : null;
}

/** The value at a place exactly as it is written. */
export function written(text: string, path: Path): string {
  const range = rangeOf(text, path);
  return range ? text.slice(range.from, range.to) : "";
}

/**
 * The place that a problem names: `tags[0].with.price`, `triggers.buy button.click`. Names may have dots in them, so the
 * document is walked, the longest key that fits first. Ends at what there is: a missing key's place is its object's.
 */
export function placeOf(root: Json, named: string): Path {
  const path: Path = [];
  let value: Json | undefined = root;
  let rest = named;
  while (rest !== "" && value !== undefined) {
    const index = /^\[(\d+)\]/.exec(rest);
    if (index && Array.isArray(value)) {
      path.push(Number(index[1]));
      value = value[Number(index[1])];
      rest = rest.slice(index[0].length);
      continue;
    }
    if (rest.startsWith(".")) rest = rest.slice(1);
    if (!isObject(value)) break;
    const here: string = rest;
    const key: string | undefined = Object.keys(value)
      .filter((one) => here.startsWith(one) && /^$|^[.[]/.test(here.slice(one.length)))
      .sort((a, b) => b.length - a.length)[0];
    if (key === undefined) break;
    path.push(key);
    value = value[key];
    rest = rest.slice(key.length);
  }
  return path;
}

/** Where a problem belongs. That of a key that is missing is the place where it should be. */
export function placeOfProblem(root: Json, problem: { path: string; missing: string | null }): Path {
  const place = placeOf(root, problem.path);
  return problem.missing === null ? place : [...place, problem.missing];
}

/** Whether a place is at, or inside, another. */
export const within = (path: Path, outer: Path): boolean => outer.every((part, index) => path[index] === part);

export type { Node };
