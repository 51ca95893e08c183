import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf } from "./address";

test("a page is begun with where visitors really are, with scheme and port", () => {
  assert.equal(pageOf(["http://127.0.0.1:8088/tea/green?utm_source=x#top", "http://127.0.0.1:8088/tea"]), "http://127.0.0.1:8088/tea");
  assert.equal(pageOf(["", "about:blank", "no address"]), null);
});
