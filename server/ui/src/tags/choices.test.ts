import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, same } from "./choices";
import type { Schema } from "./schema.svelte";

const words: Schema = { enum: ["email", "phone"], enumDescriptions: ["addresses", "numbers"] };
const root: Schema = { definitions: { words } };
const list: Schema = { type: "array", items: { $ref: "#/definitions/words" } };
const each: Schema = { type: "object", additionalProperties: { enum: ["granted", "denied"] }, default: { analytics: "granted" } };

test("a list of a few words is ticked, and one word for each of several names chosen", () => {
  assert.deepEqual(choicesOf(root, list, undefined)?.enum, words.enum);
  assert.deepEqual(choicesOf(root, list, ["phone"])?.enum, words.enum);
  assert.deepEqual(choicesOf(root, each, { analytics: "denied", chat: "granted" })?.enum, ["granted", "denied"]);
});

test("what is none of the words stays as it is written", () => {
  assert.equal(choicesOf(root, list, ["email", "shoe size"]), null);
  assert.equal(choicesOf(root, list, "email"), null);
  assert.equal(choicesOf(root, each, { analytics: "perhaps" }), null);
  assert.equal(choicesOf(root, each, ["granted"]), null);
  // Names that nothing says would be none to choose for.
  assert.equal(choicesOf(root, { type: "object", additionalProperties: words }, undefined), null);
  assert.equal(choicesOf(root, { type: "array", items: { type: "string" } }, undefined), null);
});

test("two values are the same in whatever order their keys stand", () => {
  assert.ok(same({ a: 1, b: "x" }, { b: "x", a: 1 }));
  assert.ok(!same({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!same({ a: 1 }, undefined));
});
