// What somebody has pointed at on their own page, as the panel of a preview hands it over in the address of a new tag. An
// address may come from anybody: what is in it is text of a bounded length, which is shown before anything is made of it.

import { isObject, type JsonObject } from "../document/text";

export const KINDS = ["click", "link", "form", "field", "visible"] as const;
export type Kind = (typeof KINDS)[number];

export interface Picked {
  kind: Kind;
  selector: string;
  event: string;
  name: string;
}

export const MAX_SELECTOR = 300;
const MAX_EVENT = 64;
const MAX_NAME = 100;
const EVENT = /^[a-z0-9_]+$/;
/** What is not seen, or turns the direction of what is read: nobody writes it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

const clean = (text: string | null): string => (text ?? "").replace(UNSEEN, " ").trim();

/** Whether an address hands something over, right or wrong. */
export const isHandedOver = (query: URLSearchParams): boolean => query.has("selector");

/** What an address hands over; nothing, if it cannot be that of a panel. */
export function pickedFrom(query: URLSearchParams): Picked | null {
  const kind = KINDS.find((one) => one === query.get("kind"));
  const selector = clean(query.get("selector"));
  if (!kind || selector === "" || selector.length > MAX_SELECTOR) return null;
  const event = clean(query.get("event"));
  const fits = EVENT.test(event) && event.length <= MAX_EVENT;
  return { kind, selector, event: fits ? event : "", name: clean(query.get("name")).slice(0, MAX_NAME) };
}

/** Whether a browser understands a selector. */
export function isSelector(text: string): boolean {
  try {
    document.createDocumentFragment().querySelector(text);
    return text.trim() !== "";
  } catch {
    return false;
  }
}

const SETTINGS: Record<Kind, JsonObject> = { click: {}, link: { kind: "any" }, form: {}, field: { on: "change" }, visible: {} };
const TAG: Record<Kind, JsonObject> = {
  click: { with: { text: "{{element.text}}" } },
  link: { with: { url: "{{link.url}}" } },
  form: { once_per: "page" },
  field: {},
  visible: { with: { item: "{{element.selector}}" }, once_per: "element" },
};

/** Triggers that react to anything of a kind and do not say where: what was pointed at may be meant for one of them. */
export function waiting(doc: JsonObject | null, kind: Kind): string[] {
  const triggers = isObject(doc?.["triggers"]) ? doc["triggers"] : {};
  return Object.keys(triggers).filter((name) => {
    const trigger = triggers[name];
    const settings = isObject(trigger) ? trigger[kind] : undefined;
    const saysWhere = !isObject(settings) || (settings["selector"] ?? "") !== "" || (settings["kind"] ?? "any") !== "any";
    return !saysWhere && isObject(trigger) && trigger["when"] === undefined;
  });
}

/** A recipe, as those of the cookbook. */
export function pickedRecipe({ kind, selector, event, name }: Picked, goal: boolean): JsonObject {
  const trigger = event.replaceAll("_", " ").trim() || event;
  return {
    triggers: { [trigger]: { [kind]: { selector, ...SETTINGS[kind] } } },
    tags: [{ name, on: [trigger], event, ...TAG[kind] }],
    goals: goal ? { [event]: { event } } : {},
  };
}
