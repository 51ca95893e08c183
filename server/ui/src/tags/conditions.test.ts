import assert from "node:assert/strict";
import { test } from "node:test";
import { read, type Json, type JsonObject } from "../document/text";
import { fits, rowsOf, shown, typed, without, withOperatorOf, withVariableOf, type Edited, type Place, type Row } from "./conditions";

const placeOf = (condition: JsonObject): Place => ({ text: JSON.stringify({ when: condition }, null, 2), path: ["when"], condition });
const row = (condition: JsonObject, variable: string, operator: string): Row => {
  const found = rowsOf(condition, variable).find((one) => one.operator === operator);
  assert.ok(found, `${variable} ${operator}`);
  return found;
};
/** What is written after an edit, or why there was none. */
const after = (edited: Edited | string): Json | undefined => {
  if (typeof edited !== "string" && "refused" in edited) return edited.refused;
  return read(typeof edited === "string" ? edited : edited.text)?.["when"];
};
const moved = (condition: JsonObject, variable: string, operator: string, to: string): Json | undefined => after(withVariableOf(placeOf(condition), row(condition, variable, operator), to));
const compared = (condition: JsonObject, variable: string, operator: string, to: string): Json | undefined => after(withOperatorOf(placeOf(condition), row(condition, variable, operator), to));
const removed = (condition: JsonObject, variable: string, operator: string): Json | undefined => after(without(placeOf(condition), row(condition, variable, operator)));

test("what is asked to be false is shown as its opposite", () => {
  const operators = (comparison: JsonObject): string[] => rowsOf({ a: comparison }, "a").map((one) => one.operator);
  assert.deepEqual(operators({ exists: false, not_empty: false }), ["not_exists", "empty"]);
  assert.deepEqual(operators({ not_exists: false, empty: false }), ["exists", "not_empty"]);
  assert.deepEqual(operators({ exists: true, not_empty: true }), ["exists", "not_empty"]);
  assert.equal(fits({ exists: "yes" }), false);
  assert.deepEqual(compared({ a: { exists: false } }, "a", "not_exists", "exists"), { a: { exists: true } });
  assert.deepEqual(compared({ a: { exists: false } }, "a", "not_exists", "equals"), { a: { equals: "" } });
  assert.deepEqual(moved({ a: { exists: false } }, "a", "not_exists", "b"), { b: { exists: false } });
});

test("the case of letters goes with the row that it is of", () => {
  const both: JsonObject = { a: { starts_with: "x", at_least: 5, ignore_case: true } };
  assert.deepEqual(removed(both, "a", "starts_with"), { a: { at_least: 5 } });
  assert.deepEqual(removed(both, "a", "at_least"), { a: { starts_with: "x", ignore_case: true } });
  assert.deepEqual(compared(both, "a", "starts_with", "exists"), { a: { exists: true, at_least: 5 } });
  assert.deepEqual(moved(both, "a", "starts_with", "b"), { a: { at_least: 5 }, b: { starts_with: "x", ignore_case: true } });
  assert.deepEqual(moved(both, "a", "at_least", "b"), { a: { starts_with: "x", ignore_case: true }, b: { at_least: 5 } });
  assert.deepEqual(moved({ a: { equals: "x", ignore_case: true } }, "a", "equals", "b"), { b: { equals: "x", ignore_case: true } });
  assert.deepEqual(moved({ ...both, b: { exists: true } }, "a", "starts_with", "b"), { a: { at_least: 5 }, b: { exists: true, starts_with: "x", ignore_case: true } });
});

test("a row does not go where letters are compared otherwise", () => {
  const loose: JsonObject = { a: { equals: "x", ignore_case: true }, b: { contains: "y" } };
  assert.equal(moved(loose, "a", "equals", "b"), "case");
  assert.equal(moved(loose, "b", "contains", "a"), "case");
  assert.deepEqual(moved({ a: { equals: "x", ignore_case: true }, b: { contains: "y", ignore_case: true } }, "a", "equals", "b"), { b: { contains: "y", ignore_case: true, equals: "x" } });
  assert.deepEqual(moved({ a: { at_least: 5 }, b: { contains: "y", ignore_case: true } }, "a", "at_least", "b"), { b: { contains: "y", ignore_case: true, at_least: 5 } });
});

test("a row does not go where something else stands", () => {
  assert.equal(moved({ a: { equals: "x" }, "page.path": 5 }, "a", "equals", "page.path"), "taken");
  assert.equal(moved({ a: { equals: "x" }, b: { equals: "y" } }, "a", "equals", "b"), "taken");
  assert.equal(moved({ a: { equals: "x" } }, "a", "equals", "any"), "taken");
  assert.equal(compared({ a: { equals: "x", contains: "y" } }, "a", "equals", "contains"), "taken");
});

test("numbers stay numbers, whatever is done to their row", () => {
  assert.equal(typed("equals", 1.5, "2"), 2);
  assert.equal(typed("equals", "1990", "1991"), "1991");
  assert.equal(typed("contains", 5, "6"), "6");
  assert.equal(typed("at_least", "", "6"), 6);
  assert.deepEqual(typed("in", [1, 2], "1, 3, 4"), [1, 3, 4]);
  assert.deepEqual(typed("in", ["a", 2], "b, 3, 4"), ["b", 3, "4"]);
  assert.deepEqual(typed("in", ["1"], "1, 2"), ["1", "2"]);
  assert.deepEqual(compared({ a: { greater_than: 100 } }, "a", "greater_than", "equals"), { a: { equals: 100 } });
  assert.deepEqual(compared({ a: { equals: 100 } }, "a", "equals", "in"), { a: { in: [100] } });
  assert.deepEqual(compared({ a: { in: [100] } }, "a", "in", "not_equals"), { a: { not_equals: 100 } });
  assert.deepEqual(compared({ a: { in: [1, 2] } }, "a", "in", "not_in"), { a: { not_in: [1, 2] } });
  assert.deepEqual(compared({ a: { equals: true } }, "a", "equals", "not_equals"), { a: { not_equals: true } });
  assert.deepEqual(compared({ a: { equals: 5 } }, "a", "equals", "contains"), { a: { contains: "5" } });
  assert.equal(shown([1, "b", null]), "1, b, ");
});
