import assert from "node:assert/strict";
import { test } from "node:test";
import { day, dayInWords } from "./format";
import { setLanguage } from "./i18n";

test("days are said as people say them, with the year where it is another one", () => {
  setLanguage("en");
  assert.equal(day("2026-11-28", "2026-11-29"), "28 Nov");
  assert.equal(day("2027-01-31", "2026-11-29"), "31 Jan 2027");
  assert.equal(dayInWords("2026-12-31"), "31 December 2026");
  setLanguage("ru");
  assert.equal(day("2027-01-31", "2026-11-29"), "31 янв. 2027");
  assert.equal(dayInWords("2026-12-31"), "31 декабря 2026");
});
