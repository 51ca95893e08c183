// Two people have changed the same container: what each did is put together, thing by thing.
//
// A thing is what people think of as one: a tag, a trigger, a goal. Where only one of the two changed a thing, that change
// holds; where both did, and differently, a person decides. Nothing is thrown away unseen.

import { isObject, read, valueAt, withItem, withValue, type Json, type JsonObject, type Path } from "./text";

/** Lists whose items have names of their own. */
const NAMED_LISTS = ["tags", "kpis", "examples"];
/** Objects whose entries are things. */
const MAPS = ["variables", "triggers", "goals", "funnels"];

/** A thing by its name: `["tags", "Lead"]`, `["triggers", "lead form"]`, `["site", "domains"]`. */
export interface Thing {
  kind: string;
  name: string;
}

export interface Conflict extends Thing {
  mine: Json | undefined;
  theirs: Json | undefined;
}

export interface Merged {
  /** Theirs, with what I changed and they did not. */
  text: string;
  conflicts: Conflict[];
  /** What the other has changed: for telling. */
  theirs: Thing[];
}

/** All things of a container, by key. The same name twice is told apart by its number. */
function things(container: JsonObject): Map<string, Thing & { value: Json; path: Path }> {
  const all = new Map<string, Thing & { value: Json; path: Path }>();
  const add = (kind: string, name: string, value: Json, path: Path): void => {
    let key = `${kind}\n${name}`;
    while (all.has(key)) key += "\n";
    all.set(key, { kind, name, value, path });
  };
  for (const [kind, value] of Object.entries(container)) {
    if (NAMED_LISTS.includes(kind) && Array.isArray(value)) {
      value.forEach((item, index) => add(kind, isObject(item) && typeof item["name"] === "string" ? item["name"] : `#${index + 1}`, item, [kind, index]));
    } else if (isObject(value) && (MAPS.includes(kind) || kind === "site" || kind === "consent" || kind === "privacy" || kind === "automatic")) {
      for (const [name, item] of Object.entries(value)) add(kind, name, item, [kind, name]);
      // That an object is there at all is a thing, too.
      if (Object.keys(value).length === 0) add(kind, "", value, [kind]);
    } else {
      add("", kind, value, [kind]);
    }
  }
  return all;
}

/** Equal as JSON, whatever the order of keys. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  }
  return false;
}

export interface Difference {
  /** Keys from the thing inwards. */
  path: Path;
  mine: Json | undefined;
  theirs: Json | undefined;
}

/** Where two of one thing differ, as deep as it goes: a list is one value, as a field of a form shows it. */
export function differences(mine: Json | undefined, theirs: Json | undefined, path: Path = []): Difference[] {
  if (same(mine, theirs)) return [];
  if (!isObject(mine) || !isObject(theirs)) return [{ path, mine, theirs }];
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].flatMap((key) => differences(mine[key], theirs[key], [...path, key]));
}

/** Puts a thing into a text, in the place of the one of its name, or takes it away. */
export function put(text: string, thing: Thing, value: Json | undefined): string {
  const container = read(text);
  if (!container) return text;
  const found = [...things(container).values()].find((one) => one.kind === thing.kind && one.name === thing.name);
  if (found) return withValue(text, found.path, value);
  if (value === undefined) return text;
  if (thing.kind === "") return withValue(text, [thing.name], value);
  if (thing.name === "") return container[thing.kind] === undefined ? withValue(text, [thing.kind], value) : text;
  if (NAMED_LISTS.includes(thing.kind)) {
    const list = valueAt(container, [thing.kind]);
    return Array.isArray(list) ? withItem(text, [thing.kind], list.length, value) : withValue(text, [thing.kind], [value]);
  }
  return withValue(text, [thing.kind, thing.name], value);
}

/** Three-way: `base` is what both began with. `null` if one of the texts is no JSON: then it is all or nothing. */
export function merge(base: string, mine: string, theirs: string): Merged | null {
  const [was, my, their] = [read(base), read(mine), read(theirs)];
  if (!was || !my || !their) return null;
  const [before, here, there] = [things(was), things(my), things(their)];
  const merged: Merged = { text: theirs, conflicts: [], theirs: [] };
  for (const key of new Set([...before.keys(), ...here.keys(), ...there.keys()])) {
    const [b, m, t] = [before.get(key), here.get(key), there.get(key)];
    const { kind, name } = m ?? t ?? b ?? { kind: "", name: "" };
    const [iChanged, theyChanged] = [!same(b?.value, m?.value), !same(b?.value, t?.value)];
    if (theyChanged) merged.theirs.push({ kind, name });
    if (!iChanged || same(m?.value, t?.value)) continue;
    if (theyChanged) merged.conflicts.push({ kind, name, mine: m?.value, theirs: t?.value });
    else merged.text = put(merged.text, { kind, name }, m?.value);
  }
  return merged;
}
