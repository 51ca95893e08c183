import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "./csv";

test("texts are no formulas and numbers stay numbers, as the server writes them", () => {
  const cells = ["=1+1", " @SUM(A1)", "-", -5.5, null, 'say "hi", all', ["/a", "/b"], "чай 🍵"];
  assert.equal(csvOf(["x"], cells.map((cell) => [cell])), "\uFEFFx\r\n\"'=1+1\"\r\n\"' @SUM(A1)\"\r\n\"'-\"\r\n-5.5\r\n\r\n\"say \"\"hi\"\", all\"\r\n/a → /b\r\nчай 🍵\r\n");
});
