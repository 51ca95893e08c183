// Putting what a recipe has into a draft: variables, triggers, tags, goals, funnels. Names that are taken by something else
// are changed, with whatever refers to them; what is there already, just the same, is not put in twice.

import { same } from "../document/merge";
import { isObject, read, withItem, withValue, type Json, type JsonObject } from "../document/text";
import { freeName, mapOf, nameOf, tagsOf } from "./model";

const MAPS = ["variables", "triggers", "goals", "funnels"] as const;

/** The same recipe with a variable or a trigger called otherwise. */
function renamed(value: Json, kind: "variables" | "triggers", from: string, to: string, key = ""): Json {
  if (typeof value === "string") {
    if (kind === "triggers") return value === from && (key === "on" || key === "except" || key === "all") ? to : value;
    return value.replaceAll(`{{${from}}}`, `{{${to}}}`);
  }
  if (Array.isArray(value)) return value.map((one) => renamed(one, kind, from, to, key));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => {
    const isName = name === from && (key === kind || (kind === "variables" && (key === "when" || key === "where" || key === "not")));
    return [isName ? to : name, renamed(one, kind, from, to, isName ? "" : name)];
  }));
}

/** The draft with the recipe in it, and the names of the tags that came. */
export function withRecipe(text: string, recipe: JsonObject): { text: string; tags: string[] } {
  let brought: JsonObject = recipe;
  let doc = read(text);
  if (!doc) return { text, tags: [] };
  for (const kind of ["variables", "triggers"] as const) {
    for (const [name, value] of Object.entries(mapOf(recipe, kind))) {
      const here = mapOf(doc, kind);
      if (!Object.hasOwn(here, name) || same(here[name], value)) continue;
      brought = renamed(brought, kind, name, freeName([...Object.keys(here), ...Object.keys(mapOf(recipe, kind))], name)) as JsonObject;
    }
  }
  for (const kind of [...MAPS, "automatic", "consent", "privacy"]) {
    for (const [name, value] of Object.entries(mapOf(brought, kind))) {
      // What is there of the site's own choices stays.
      if (!Object.hasOwn(mapOf(read(text), kind), name)) text = withValue(text, [kind, name], value);
    }
  }
  const tags: string[] = [];
  for (const tag of tagsOf(brought)) {
    doc = read(text);
    const name = freeName(tagsOf(doc).map(nameOf), nameOf(tag));
    const list = doc?.["tags"];
    text = Array.isArray(list) ? withItem(text, ["tags"], list.length, { ...tag, name }) : withValue(text, ["tags"], [{ ...tag, name }]);
    tags.push(name);
  }
  return { text, tags };
}
