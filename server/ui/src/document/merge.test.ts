import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./merge";

test("two of one thing differ where they do, and a list is one value", () => {
  const mine = { name: "Lead", on: ["form"], event: "order", with: { item: "a" } };
  const theirs = { event: "request", name: "Lead", on: ["form", "click"], with: { item: "b" }, paused: true };
  assert.deepEqual(differences(mine, theirs), [
    { path: ["on"], mine: ["form"], theirs: ["form", "click"] },
    { path: ["event"], mine: "order", theirs: "request" },
    { path: ["with", "item"], mine: "a", theirs: "b" },
    { path: ["paused"], mine: undefined, theirs: true },
  ]);
  assert.deepEqual(differences(mine, { ...mine }), []);
});

test("what only one of them has differs as a whole", () => {
  assert.deepEqual(differences(undefined, { event: "lead" }), [{ path: [], mine: undefined, theirs: { event: "lead" } }]);
});
