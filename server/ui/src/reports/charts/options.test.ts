import assert from "node:assert/strict";
import { test } from "node:test";
import { shareAxis, shortName } from "./options";

test("the axis of shares ends at 100 % where they come near it", () => {
  assert.deepEqual(shareAxis("share", [0.4, null, 1]), { max: 1, interval: 0.25 });
  assert.deepEqual(shareAxis("share", [0.95]), { max: 1, interval: 0.25 });
  // Small shares keep a fitting axis, growth of more than 100 % is not cut off, and numbers are no shares.
  assert.deepEqual(shareAxis("share", [0.034]), {});
  assert.deepEqual(shareAxis("share", [1.4]), {});
  assert.deepEqual(shareAxis("count", [1]), {});
  assert.deepEqual(shareAxis("share", []), {});
});

test("of a long address the end is shown, of another name the beginning", () => {
  assert.equal(shortName("/demo/product/ivan-tea.html"), "…/ivan-tea.html");
  assert.equal(shortName("/a-page-with-a-very-long-name.html"), `…${"/a-page-with-a-very-long-name.html".slice(-20)}`);
  assert.equal(shortName("A campaign with a very long name"), "A campaign with a ve…");
  assert.equal(shortName("/demo/"), "/demo/");
});
