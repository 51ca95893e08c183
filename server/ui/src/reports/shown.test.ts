import assert from "node:assert/strict";
import { test } from "node:test";
import { change } from "./shown";

test("a number grows by a share of what it was, and from nothing or less by none", () => {
  assert.equal(change(150, 100), 0.5);
  assert.equal(change(0, 100), -1);
  assert.equal(change(100, 0), null);
  assert.equal(change(100, -50), null);
  assert.equal(change(null, 100), null);
});
