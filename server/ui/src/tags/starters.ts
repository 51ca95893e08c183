// What a new tag may begin as: a trigger with usual settings and a tag that listens to it.

import type { JsonObject } from "../document/text";
import { w } from "./words";

export const STARTERS = ["form", "click", "page", "visible", "phone", "scroll", "custom", "blank"] as const;
export type Starter = (typeof STARTERS)[number];

interface Begin {
  trigger: JsonObject | null;
  event: string;
  tag?: JsonObject;
  goal?: boolean;
}

const BEGIN: Record<Starter, Begin> = {
  form: { trigger: { form: {} }, event: "lead", tag: { once_per: "page" }, goal: true },
  click: { trigger: { click: { selector: "button" } }, event: "click", tag: { with: { item: "{{element.text}}" } } },
  page: { trigger: { pageview: {}, when: { "page.path": { starts_with: "/thanks" } } }, event: "thanks_page" },
  visible: { trigger: { visible: { selector: "[data-promo]" } }, event: "impression", tag: { with: { item: "{{element.attr.data-promo}}" }, once_per: "element" } },
  phone: { trigger: { link: { kind: "phone" } }, event: "phone_click", tag: { with: { item: "{{link.url}}" } } },
  scroll: { trigger: { scroll: { percent: [90] } }, event: "read_to_end", tag: { once_per: "page" } },
  custom: { trigger: { custom: { event: "order_sent" } }, event: "order_sent" },
  blank: { trigger: null, event: "" },
};

/** A recipe, as those of the cookbook. */
export function starterRecipe(starter: Starter): JsonObject {
  const { trigger, event, tag, goal } = BEGIN[starter];
  const name = w(`starter.${starter}.trigger`);
  return {
    triggers: trigger ? { [name]: trigger } : {},
    tags: [{ name: w(`starter.${starter}.name`), on: trigger ? [name] : [], event, ...tag }],
    // In reports it is called as people call it, not as SQL does.
    goals: goal ? { [event]: { title: w(`starter.${starter}.name`), event } } : {},
  };
}
