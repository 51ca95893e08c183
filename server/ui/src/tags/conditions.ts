// One object of a condition as rows of variable, comparison and value, and the edits that rows make. Each changes its own place;
// the case of letters is one setting for all that is asked of a variable.

import { isObject, withKey, withValue, type Json, type JsonObject, type Path } from "../document/text";
import { textOf, typedOver } from "./model";

export interface Row {
  variable: string;
  /** The comparison as it is shown, and its key as it is written: `"exists": false` is shown as `not_exists`. */
  operator: string;
  key: string;
  value: Json | undefined;
  ignoreCase: boolean;
}
/** An object of a condition, and where it stands. */
export interface Place {
  text: string;
  path: Path;
  condition: JsonObject;
}
/** The text after an edit, or why there is none: another row asks the same, or has letters compared otherwise. */
export type Edited = { text: string } | { refused: "taken" | "case" };

export const GROUPS = ["all", "any", "not"] as const;
export const isGroup = (key: string): boolean => GROUPS.some((one) => one === key);

const NUMERIC = /less_than|at_most|greater_than|at_least/;
const WHETHER = /^(not_)?(exists|empty)$/;
const LIST = /^(not_)?in$/;
const EQUALS = /^(not_)?equals$/;
const TEXTUAL = /equals|contains|starts_with|ends_with|matches$|^in$|^not_in$/;
const CASE = "ignore_case";
export const hasValue = (row: Row): boolean => !WHETHER.test(row.operator);
export const comparesText = (operator: string): boolean => TEXTUAL.test(operator);

const opposite = (operator: string): string => (operator.startsWith("not_") ? operator.slice("not_".length) : `not_${operator}`);

function isPlain(operator: string, wanted: Json | undefined): boolean {
  if (WHETHER.test(operator)) return typeof wanted === "boolean";
  if (Array.isArray(wanted)) return LIST.test(operator) && wanted.every((one) => one === null || typeof one !== "object");
  return wanted !== null && !isObject(wanted);
}
/** Whether rows can show all that is asked of a variable. */
export const fits = (comparison: Json | undefined): comparison is JsonObject =>
  isObject(comparison) && Object.keys(comparison).some((one) => one !== CASE) && Object.entries(comparison).every(([operator, wanted]) => isPlain(operator, wanted));

/** Rows of one variable. */
export function rowsOf(condition: JsonObject, variable: string): Row[] {
  const comparison = condition[variable];
  if (!fits(comparison)) return [];
  return Object.entries(comparison).filter(([key]) => key !== CASE).map(([key, value]) => ({
    variable,
    operator: WHETHER.test(key) && value === false ? opposite(key) : key,
    key,
    value,
    ignoreCase: comparison[CASE] === true,
  }));
}

/** What a row's field shows. */
export const shown = (value: Json | undefined): string => (Array.isArray(value) ? value.map(textOf).join(", ") : textOf(value));

/** What a comparison wants of what is typed over a value. */
export function typed(operator: string, before: Json | undefined, text: string): Json {
  if (WHETHER.test(operator)) return true;
  if (LIST.test(operator)) {
    const old = Array.isArray(before) ? before : before === undefined ? [] : [before];
    // One more of nothing but numbers is a number.
    const more = old.every((one) => typeof one === "number") ? old[0] : undefined;
    return text.split(",").map((one) => one.trim()).filter(Boolean).map((one, index) => typedOver(index < old.length ? old[index] : more, one));
  }
  if (NUMERIC.test(operator)) return typedOver(0, text);
  // To be equal, values have to be of one kind; the others look into texts.
  return EQUALS.test(operator) ? typedOver(before, text) : text;
}

const comparisonOf = ({ condition }: Place, variable: string): JsonObject => {
  const comparison = condition[variable];
  return isObject(comparison) ? comparison : {};
};
/** What else is asked of a row's variable. */
const beside = (place: Place, row: Row): string[] => Object.keys(comparisonOf(place, row.variable)).filter((one) => one !== row.key && one !== CASE);
/** The text without what says of the case of letters, where nothing is left that compares text. */
const withoutCase = (text: string, comparison: Path, left: string[]): string => (left.some(comparesText) ? text : withValue(text, [...comparison, CASE], undefined));

/** Whether nothing else is asked of a row's variable. */
export const isAlone = (place: Place, row: Row): boolean => beside(place, row).length === 0;

/** The text without a row; without its variable, too, where nothing else is asked of it. */
export function without(place: Place, row: Row): string {
  const comparison = [...place.path, row.variable];
  if (isAlone(place, row)) return withValue(place.text, comparison, undefined);
  const text = withValue(place.text, [...comparison, row.key], undefined);
  return Object.hasOwn(comparisonOf(place, row.variable), CASE) ? withoutCase(text, comparison, beside(place, row)) : text;
}

/** The text with a row about another variable. */
export function withVariableOf(place: Place, row: Row, to: string): Edited {
  const { text, path, condition } = place;
  const isThere = Object.hasOwn(condition, to);
  if (isGroup(to) || (isThere && !fits(condition[to])) || Object.hasOwn(comparisonOf(place, to), row.key)) return { refused: "taken" };
  if (isAlone(place, row) && !isThere) return { text: withKey(text, [...path, row.variable], to) };
  const target = comparisonOf(place, to);
  const written = withValue(without(place, row), [...path, to, row.key], row.value);
  if (!comparesText(row.key)) return { text: written };
  if (!Object.keys(target).some(comparesText)) return { text: withValue(written, [...path, to, CASE], row.ignoreCase ? true : undefined) };
  return (target[CASE] === true) === row.ignoreCase ? { text: written } : { refused: "case" };
}

/** The text with another comparison in a row; it may want another kind of value. */
export function withOperatorOf(place: Place, row: Row, to: string): Edited {
  const comparison = [...place.path, row.variable];
  if (to !== row.key && Object.hasOwn(comparisonOf(place, row.variable), to)) return { refused: "taken" };
  const isList = LIST.test(to);
  const before = Array.isArray(row.value) && !isList ? row.value[0] : row.value;
  const value = typed(to, before, hasValue(row) ? shown(row.value) : "");
  const text = withValue(withKey(place.text, [...comparison, row.key], to), [...comparison, to], value);
  return { text: withoutCase(text, comparison, [to, ...beside(place, row)]) };
}
