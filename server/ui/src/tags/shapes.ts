// Parts of a container that are shown as rows: lists of values, and tables of two columns.

import { isObject, type Json } from "../document/text";
import { alternatives, resolved, type Schema } from "./schema.svelte";

const isScalar = (value: Json | undefined): boolean => value !== null && typeof value !== "object";
const takesScalars = (root: Schema, schema: Schema | boolean | undefined): boolean => {
  const { type } = typeof schema === "object" ? resolved(root, schema) : {};
  return Array.isArray(type) && type.includes("string") && !type.includes("object");
};

/** Whether a field is a list of texts, numbers or truth values; null: it is none, or is not written as one. */
export function listShape(root: Schema, field: Schema, now: Json | undefined): "values" | null {
  const isList = field.type === "array" && takesScalars(root, field.items);
  return isList && (now === undefined || Array.isArray(now)) ? "values" : null;
}

/** Whether a field has two columns: an object with values, or rows of patterns; null: it has not, or is not written so. */
export function tableShape(root: Schema, field: Schema, now: Json | undefined): "values" | "patterns" | null {
  const all = alternatives(root, field);
  const isTable = all.some((one) => one.type === "object" && !one.properties && takesScalars(root, one.additionalProperties));
  if (!isTable) return null;
  const takesRows = all.some((one) => one.type === "array");
  const fits = isObject(now) ? Object.values(now).every(isScalar) : Array.isArray(now) ? takesRows && now.every((row) => isObject(row) && isScalar(row["matches"]) && isScalar(row["value"])) : now === undefined;
  return fits ? (takesRows ? "patterns" : "values") : null;
}
