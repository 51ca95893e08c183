import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, piecesOf } from "./charts/options";
import type { Report } from "./api";
import { besideOf, lastDay, partOf, sinceData, timeName } from "./times";

const times = (by: "day" | "week" | "month", from: string, to: string): Parameters<typeof partOf>[1] => ({ by, from, to, today: "2026-11-25" });

test("a day that goes on is not all there, and one that has not come is not nothing", () => {
  const asked = times("day", "2026-11-20", "2026-11-28");
  assert.equal(partOf("2026-11-24", asked), null);
  assert.equal(partOf("2026-11-25", asked), "open");
  assert.equal(partOf("2026-11-26", asked), "ahead");
});

test("weeks and months at the ends of a period are there in part", () => {
  const weeks = times("week", "2026-10-29", "2026-11-25");
  assert.equal(lastDay("2026-10-26", "week"), "2026-11-01");
  assert.deepEqual(["2026-10-26", "2026-11-02", "2026-11-23"].map((one) => partOf(one, weeks)), ["cut", null, "open"]);
  const months = times("month", "2026-02-01", "2026-11-12");
  assert.equal(lastDay("2026-02-01", "month"), "2026-02-28");
  assert.deepEqual(["2026-02-01", "2026-10-01", "2026-11-01"].map((one) => partOf(one, months)), [null, null, "cut"]);
  // Over, but not all of it was asked for.
  assert.equal(partOf("2026-11-16", times("week", "2026-11-16", "2026-11-20")), "cut");
  // A week that ends today goes on today.
  assert.equal(partOf("2026-11-19", { by: "week", from: "2026-11-01", to: "2026-11-25", today: "2026-11-25" }), "open");
});

test("weeks and months are called by what they are", () => {
  assert.match(timeName("2026-11-23", "week"), /23.*29/);
  assert.match(timeName("2026-11-01", "month"), /2026/);
});

test("what is not all there is drawn apart, with a way to it", () => {
  assert.deepEqual(piecesOf([1, 2, 3], [null, null, null]), { whole: [1, 2, 3], part: null });
  assert.deepEqual(piecesOf([5, 6, 0], [null, null, "open"]), { whole: [5, 6, null], part: [{ value: null, symbol: "none" }, { value: 6, symbol: "none" }, { value: 0 }] });
  assert.deepEqual(piecesOf([1, 6], ["cut", null]), { whole: [null, 6], part: [{ value: 1 }, { value: 6, symbol: "none" }] });
});

test("a point that is pointed at says that its day goes on", () => {
  Object.assign(globalThis, { matchMedia: () => ({ matches: true }) });
  const colours = { ink: "", soft: "", line: "", card: "", accent: "", warn: "", lines: [""] };
  const option = lines(colours, { by: "day", days: ["2026-11-24", "2026-11-25"], parts: [null, "open"] }, [{ name: "Visits", values: [7, 1] }], [], { unit: "count", currency: "" });
  const { formatter } = option["tooltip"] as { formatter: (points: { dataIndex: number }[]) => string };
  assert.match(formatter([{ dataIndex: 1 }]), /not finished yet\nVisits: 1$/);
  assert.doesNotMatch(formatter([{ dataIndex: 0 }]), /not finished/);
});

test("a period with today in it is compared by its whole days, or not at all", () => {
  const report = { previous: [], whole: null, to: "2026-11-24", today: "2026-11-25" };
  assert.equal(besideOf(report), "all");
  assert.equal(besideOf({ ...report, to: "2026-11-25", whole: [] }), "whole");
  assert.equal(besideOf({ ...report, to: "2026-11-25" }), "no");
  assert.equal(besideOf({ ...report, previous: null }), null);
  assert.equal(besideOf({ ...report, previous: null, comparing: true }), "coming");
  assert.equal(besideOf({ ...report, previous: null, comparing: true, begins: "2026-11-20" }), null);
  assert.equal(besideOf(null), null);
});

test("before the first data nothing is known, which is not nothing", () => {
  const column = (name: string, type: "day" | "number"): Report["columns"][number] => ({ name, title: name, definition: "", type, unit: "" });
  const asked = (by: Report["by"], rows: Report["rows"]): Report => ({
    id: "series", title: "", definition: "", columns: [column("day", "day"), column("visits", "number"), column("rate", "number")], rows, previous: [["2026-10-01", 4, 1]], whole: null,
    from: "2026-11-01", to: "2026-11-20", previous_from: "2026-10-12", previous_to: "2026-10-31", whole_to: null, by, today: "2026-11-25", timezone: "UTC", currency: "", truncated: false,
    sql: null, view: "", views: [], releases: [], took_ms: 1,
  });
  const days = asked("day", [["2026-11-09", 0, null], ["2026-11-10", 0, 0], ["2026-11-11", 3, 0.5], ["2026-11-12", 0, null]]);
  const since = sinceData(days, "2026-11-11");
  assert.deepEqual(since.rows, [["2026-11-09", null, null], ["2026-11-10", null, null], ["2026-11-11", 3, 0.5], ["2026-11-12", 0, null]]);
  // Nor is there a whole period before to be compared with.
  assert.deepEqual([since.previous, since.begins], [null, "2026-11-11"]);
  // A site that has been there all the time has real zeros, and one of which it is not known, too.
  assert.deepEqual(sinceData(days, "2026-01-01").rows, days.rows);
  assert.equal(sinceData(days, null), days);
  // A cost of a month before the first visit is known.
  assert.deepEqual(sinceData(asked("month", [["2026-10-01", 0, 700]]), "2026-11-11").rows, [["2026-10-01", 0, 700]]);
  // The week in which the data begin is there in part; rows that are no times are what they are.
  const weeks = sinceData(asked("week", [["2026-11-02", 0, null], ["2026-11-09", 3, null]]), "2026-11-11");
  assert.deepEqual(weeks.rows.map((row) => partOf(String(row[0]), weeks)), [null, "cut"]);
  assert.deepEqual(weeks.rows[0], ["2026-11-02", null, null]);
  assert.deepEqual(sinceData(asked(null, [["2026-11-02", 0, null]]), "2026-11-11").rows, [["2026-11-02", 0, null]]);
});
