import assert from "node:assert/strict";
import { test } from "node:test";
import { setLanguage } from "../i18n";
import { numberIn, numberText, numberTyped, shareTyped } from "./number";

test("numbers are read as they are typed, in both languages", () => {
  setLanguage("ru");
  for (const [text, number] of [["3,5", 3.5], ["3.5", 3.5], [" 1 234,50 ", 1234.5], ["1\u00a0000", 1000], ["−2", -2], ["1,234", 1.234], [",5", 0.5]] as const) assert.equal(numberIn(text), number, text);
  assert.equal(numberText(3.5), "3,5");
  setLanguage("en");
  for (const [text, number] of [["3,5", 3.5], ["1,234", 1234], ["1,234.5", 1234.5], ["12", 12]] as const) assert.equal(numberIn(text), number, text);
  assert.equal(numberText(3.5), "3.5");
});

test("nothing is no number, and what cannot be read is neither", () => {
  assert.equal(numberIn("  "), null);
  for (const text of ["abc", "1.2.3", "5 %", "1e3", "0x10", "-", "."]) assert.equal(numberIn(text), undefined, text);
});

test("in a document what cannot be read stays as it was typed", () => {
  assert.equal(numberTyped(""), undefined);
  assert.equal(numberTyped("0,5"), 0.5);
  assert.equal(numberTyped(" abc "), "abc");
  assert.equal(shareTyped("50 %"), 0.5);
  assert.equal(shareTyped("12,5%"), 0.125);
  assert.equal(shareTyped("0,1"), 0.1);
  assert.equal(shareTyped("half %"), "half %");
});
