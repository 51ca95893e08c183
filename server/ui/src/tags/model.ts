// A container as the forms see it: what is there, by name, and who uses what.

import { isObject, valueAt, type Json, type JsonObject, type Path } from "../document/text";

export const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value));

export function tagsOf(doc: JsonObject | null): JsonObject[] {
  const tags = doc?.["tags"];
  return Array.isArray(tags) ? tags.map((one) => (isObject(one) ? one : {})) : [];
}

export const mapOf = (doc: JsonObject | null, key: string): JsonObject => {
  const value = doc?.[key];
  return isObject(value) ? value : {};
};

export const nameOf = (tag: JsonObject): string => textOf(tag["name"]);

/** Names of the tags that listen to a trigger, or leave out when it fires. */
export const usersOf = (doc: JsonObject | null, trigger: string): string[] =>
  tagsOf(doc).filter((tag) => texts(tag["on"]).includes(trigger) || texts(tag["except"]).includes(trigger)).map(nameOf);

/** The selectors that a tag's triggers look for. */
export const selectorsOf = (doc: JsonObject | null, tag: JsonObject): string[] =>
  texts(tag["on"]).flatMap((name) => {
    const trigger = mapOf(doc, "triggers")[name];
    if (!isObject(trigger)) return [];
    return Object.entries(trigger).flatMap(([kind, settings]) => (kind !== "when" && isObject(settings) && typeof settings["selector"] === "string" ? [settings["selector"]] : []));
  });

/** A name that is not taken: "lead form", "lead form 2", … */
export function freeName(taken: string[], wanted: string): string {
  if (!taken.includes(wanted)) return wanted;
  for (let number = 2; ; number += 1) {
    if (!taken.includes(`${wanted} ${number}`)) return `${wanted} ${number}`;
  }
}

/** The kinds of action a tag may have; exactly one is there. */
export const ACTIONS = ["event", "pixel", "script", "push", "forward"] as const;
export type Action = (typeof ACTIONS)[number];

export const actionOf = (tag: JsonObject): Action => ACTIONS.find((one) => tag[one] !== undefined) ?? "event";

export type Status = "active" | "paused" | "over" | "later";

/** What a tag does today; days are those of the browser. */
export function statusOf(tag: JsonObject, today: string): Status {
  if (tag["paused"] === true) return "paused";
  const [from, until] = [textOf(tag["from"]), textOf(tag["until"])];
  if (until !== "" && until < today) return "over";
  return from !== "" && from > today ? "later" : "active";
}

/** Labels that tags have, by the alphabet. */
export const labelsOf = (doc: JsonObject | null): string[] => [...new Set(tagsOf(doc).flatMap((tag) => texts(tag["labels"])))].sort();

/** Categories of consent: those that every site has, those that this one names, and those that its tags ask for. */
export function categoriesOf(doc: JsonObject | null): string[] {
  const named = mapOf(mapOf(doc, "consent"), "default");
  return [...new Set(["analytics", "marketing", ...Object.keys(named), ...tagsOf(doc).flatMap((tag) => texts(tag["consent"]))])];
}

/** The goal that counts an event. */
export function goalOf(doc: JsonObject | null, event: string): string | null {
  const found = Object.entries(mapOf(doc, "goals")).find(([, goal]) => isObject(goal) && goal["event"] === event);
  return found?.[0] ?? null;
}

/** Names that fit where a variable is meant: the container's own, then those that are always there. */
export const BUILT_IN = [
  "page.url", "page.host", "page.path", "page.title", "page.referrer", "page.language", "page.fragment", "page.query.", "element.text", "element.id", "element.classes", "element.href", "element.name",
  "element.attr.", "element.selector", "element", "form.id", "form.name", "form.action", "form.field.", "form", "link.url", "link.kind", "link.outbound", "scroll.percent", "visible.ratio", "visible.ms",
  "video.title", "video.percent", "video.url", "video.provider", "event.name", "event.", "error.message", "error.url", "error.line", "history.from", "history.to", "cookie.", "session.number", "session.landing_page",
  "session.source", "session.medium", "session.campaign", "session.is_new", "visitor.is_new", "device.type", "device.width", "device.height", "time.hour", "time.weekday", "time.iso", "consent.analytics", "consent.marketing", "consent.", "container.version", "random",
];

/** What is typed over a value: numbers and truth values stay what they were as long as it reads as one. */
export function typedOver(before: Json | undefined, text: string): Json {
  const number = Number(text);
  if (typeof before === "number" && text.trim() !== "" && Number.isFinite(number)) return number;
  if (typeof before === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * Typing into one field after the other. On the way from one number to another a field is empty, and then half a number: what is
 * typed is of the kind that stood there when it was begun.
 */
export class Typing {
  #begun: { place: string; before: Json | undefined } | null = null;

  /** What stood at a place when somebody began to type there. */
  before(path: Path, now: Json | undefined): Json | undefined {
    const place = JSON.stringify(path);
    if (this.#begun?.place !== place) this.#begun = { place, before: now };
    return this.#begun.before;
  }
  over(path: Path, now: Json | undefined, text: string): Json {
    return typedOver(this.before(path, now), text);
  }
  /** The field was left. */
  end(): void {
    this.#begun = null;
  }
}

/** How often a variable stands in a container. */
export function usesOf(doc: JsonObject | null, variable: string): number {
  const inBraces = new RegExp(`\\{\\{\\s*${variable.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*\\}\\}`, "g");
  const count = (value: Json, key: string): number => {
    if (typeof value === "string") return value.match(inBraces)?.length ?? 0;
    if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + count(one, key), 0);
    if (!isObject(value)) return 0;
    return Object.entries(value).reduce((sum, [name, one]) => sum + (name === variable && (key === "when" || key === "condition") ? 1 : 0) + count(one, CONDITION.has(name) ? "condition" : name), 0);
  };
  return doc ? Object.entries(doc).filter(([key]) => key !== "examples").reduce((sum, [key, value]) => sum + count(value, key), 0) : 0;
}
const CONDITION = new Set(["when", "where", "all", "any", "not"]);

export const at = (doc: JsonObject | null, ...path: (string | number)[]): Json | undefined => valueAt(doc ?? undefined, path);
