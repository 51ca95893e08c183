import assert from "node:assert/strict";
import { test } from "node:test";
import type { Segment } from "../api/types";
import { readFilter, writeFilter } from "./filter";
import { filtersOf, isSame } from "./segments.svelte";

test("a filter is read as it was written, whatever its value has in it", () => {
  for (const filter of [{ field: "channel", negated: false, value: "Email" }, { field: "landing_page", negated: true, value: "/a:b!c~d" }, { field: "city", negated: false, value: "" }]) {
    assert.deepEqual(readFilter(writeFilter(filter)), filter);
  }
  assert.equal(readFilter("channel"), null);
  assert.equal(readFilter(":x"), null);
});

test("a segment is the filters that it has, in whatever order they stand", () => {
  const segment: Segment = { name: "Phones", filters: ["device:mobile", "channel!:Email"], updated_at: 0, updated_by: "anna@example.com" };
  const filters = filtersOf(segment);
  assert.deepEqual(filters[1], { field: "channel", negated: true, value: "Email" });
  assert.ok(isSame(segment, filters.toReversed()));
  assert.ok(!isSame(segment, filters.slice(1)));
  assert.ok(!isSame(segment, []));
});
