import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("whatever the server writes down has words on the page", () => {
  const server = readFileSync("../src/store/audit.rs", "utf8");
  const actions = [...server.matchAll(/=> "([a-z_.]+)",/g)].map(([, action]) => (action ?? "").replace(".", "_"));
  assert.ok(actions.length > 20, actions.join());
  const page = readFileSync("src/people/Audit.svelte", "utf8");
  assert.deepEqual(actions.filter((action) => !page.includes(`"${action}"`)), []);
});
