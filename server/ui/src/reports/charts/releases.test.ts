import assert from "node:assert/strict";
import { test } from "node:test";
import type { Release } from "../api";
import { markOf, releaseLines, releasesAt, releaseWords } from "./releases";

const release = (version: number, day: string, note = ""): Release => ({ at: 0, day, version, author: "anna@example.com", note });

test("a release stands at the day, week or month in which it was published", () => {
  const all = [release(1, "2026-10-31"), release(2, "2026-11-03"), release(3, "2026-11-08"), release(4, "2026-11-09")];
  const weeks = releasesAt(["2026-11-02", "2026-11-09"], all);
  assert.deepEqual([...weeks].map(([day, found]) => [day, found.map((one) => one.version)]), [["2026-11-02", [2, 3]], ["2026-11-09", [4]]]);
  assert.equal(markOf(weeks.get("2026-11-02") ?? []), "▲ 3");
  assert.equal(releasesAt([], all).size, 0);
});

test("a release is told with its number, its day, who published it and why", () => {
  assert.equal(releaseWords(release(3, "2026-11-08", "A new form")), "Release 3, 8 Nov, by anna@example.com: A new form");
  assert.equal(releaseWords(release(1, "2026-11-08", "= live 2")), "Release 1, 8 Nov, by anna@example.com");
  const many = releaseLines([1, 2, 3, 4, 5, 6].map((version) => release(version, "2026-11-08")));
  assert.deepEqual([many.length, many[0]], [5, "2 releases before them"]);
});
