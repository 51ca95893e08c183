// Steps of a funnel as the builder has them, and as a container has them. What the builder knows nothing of (conditions of
// other kinds, further keys) is carried along as it was written.

import { titleOf } from "../../document/names";
import { isObject, type Json, type JsonObject } from "../../document/text";

export const OPERATORS = ["equals", "not_equals", "starts_with", "ends_with", "contains", "matches", "exists"] as const;
export type Operator = (typeof OPERATORS)[number];
export const isOperator = (name: string): name is Operator => (OPERATORS as readonly string[]).includes(name);

export interface Condition {
  field: string;
  operator: Operator;
  value: string;
  /** How the value was written, where it was no text and has not been changed. */
  written?: Json;
}

export type Kind = "event" | "page" | "item" | "goal";
export type PageHow = "equals" | "starts_with" | "contains";

export interface Step {
  /** For lists on the page only. */
  id: number;
  kind: Kind;
  label: string;
  event: string;
  page: string;
  how: PageHow;
  item: string;
  goal: string;
  conditions: Condition[];
  /** Conditions and keys that the builder does not show. */
  where: JsonObject;
  rest: JsonObject;
  /** Not from a container: may get a name that nobody gave it. */
  isNew: boolean;
}

let next = 1;
export const emptyStep = (kind: Kind = "event"): Step => ({
  id: next++, kind, label: "", event: "", page: "", how: "equals", item: "", goal: "", conditions: [], where: {}, rest: {}, isNew: true,
});

const HOWS: readonly string[] = ["equals", "starts_with", "contains"];

/** A step of a container; one that asks what a goal asks is that goal, unless it is a page. */
export function fromJson(json: Json, goals: JsonObject): Step {
  const step = { ...emptyStep(), isNew: false };
  if (!isObject(json)) return step;
  const { name, event, where, ...rest } = json;
  step.rest = rest;
  step.label = typeof name === "string" ? name : "";
  step.event = typeof event === "string" ? event : "";
  const asked = JSON.stringify({ event: step.event, where: isObject(where) ? where : {} });
  const goal = Object.keys(goals).find((one) => JSON.stringify(ofGoal(goals[one])) === asked);
  if (goal !== undefined && step.event !== "pageview") return { ...step, kind: "goal", goal };
  for (const [field, tests] of Object.entries(isObject(where) ? where : {})) {
    const written = isObject(tests) ? Object.entries(tests) : [];
    const [operator, value] = written[0] ?? [];
    if (written.length !== 1 || operator === undefined || !isOperator(operator) || value === undefined || isObject(value) || Array.isArray(value) || (operator === "exists" && value !== true)) {
      step.where[field] = tests as Json;
      continue;
    }
    step.conditions.push({ field, operator, value: operator === "exists" ? "" : String(value), written: value });
  }
  const path = step.conditions.find((condition) => condition.field === "page.path");
  if (step.event === "pageview" && path && HOWS.includes(path.operator)) {
    step.kind = "page";
    step.page = path.value;
    step.how = path.operator as PageHow;
    step.conditions = step.conditions.filter((condition) => condition !== path);
  } else if (step.event === "click" && step.conditions[0]?.field === "item" && step.conditions[0].operator === "equals") {
    step.kind = "item";
    step.item = step.conditions[0].value;
    step.conditions = step.conditions.slice(1);
  }
  return step;
}

/** What reaches a goal, as a step; nothing where the goal is the end of a funnel. */
export function ofGoal(goal: Json | undefined): { event: string; where: JsonObject } | null {
  if (!isObject(goal)) return null;
  const where = isObject(goal["where"]) ? goal["where"] : {};
  if (typeof goal["event"] === "string") return { event: goal["event"], where };
  if (typeof goal["page"] === "string") {
    const page = goal["page"];
    const test = page.endsWith("*") ? { starts_with: page.slice(0, -1) } : { equals: page };
    return { event: "pageview", where: { "page.path": test, ...where } };
  }
  return null;
}

/** Whether a step says enough to be counted. */
export function isWhole(step: Step, goals: JsonObject): boolean {
  if (step.conditions.some((condition) => condition.field === "" || (condition.value === "" && condition.operator !== "exists"))) return false;
  if (step.kind === "page") return step.page !== "";
  if (step.kind === "item") return step.item !== "";
  if (step.kind === "goal") return ofGoal(goals[step.goal]) !== null;
  return step.event !== "";
}

/** The step as a container has it. */
export function toJson(step: Step, goals: JsonObject): JsonObject {
  const where: JsonObject = {};
  let { event } = step;
  if (step.kind === "page") {
    event = "pageview";
    where["page.path"] = { [step.how]: step.page };
  } else if (step.kind === "item") {
    event = "click";
    where["item"] = { equals: step.item };
  } else if (step.kind === "goal") {
    const goal = ofGoal(goals[step.goal]);
    event = goal?.event ?? "";
    Object.assign(where, goal?.where ?? {});
  }
  Object.assign(where, step.where);
  for (const { field, operator, value, written } of step.conditions) {
    const same = written !== undefined && (operator === "exists" || String(written) === value);
    const test = operator === "exists" ? true : same ? written : value;
    const there = where[field];
    where[field] = { ...(isObject(there) ? there : {}), [operator]: test };
  }
  return {
    ...(step.label || (step.isNew && step.kind !== "event") ? { name: (step.label || usualLabel(step, goals)).slice(0, 100) } : {}),
    event,
    ...(Object.keys(where).length > 0 ? { where } : {}),
    ...step.rest,
  };
}

/** What a step is called when nobody has named it. */
export function usualLabel(step: Step, goals: JsonObject): string {
  if (step.kind === "page") return step.how === "equals" ? step.page : step.how === "starts_with" ? `${step.page}*` : `*${step.page}*`;
  if (step.kind === "item") return step.item;
  if (step.kind === "goal") return titleOf({ goals }, "goals", step.goal);
  return step.event;
}
