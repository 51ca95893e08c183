import assert from "node:assert/strict";
import { test } from "node:test";
import { freeShortName, shortName, titleOf } from "./names";

test("a title in any language becomes a name for SQL", () => {
  assert.equal(shortName("Путь к заявке"), "put_k_zayavke");
  assert.equal(shortName("Щётка: 100 % – Ёж & Co."), "schetka_100_ezh_co");
  assert.equal(shortName("Été à Zürich"), "ete_a_zurich");
  assert.equal(shortName("購入"), "");
  assert.equal(shortName("ю".repeat(60)).length, 64);
  assert.match(shortName("ы_".repeat(60)), /^[a-z0-9_]{1,64}$/);
});

test("a name that is taken gets a number, and no name is longer than it may be", () => {
  assert.equal(freeShortName([], "Заявка", "funnel"), "zayavka");
  assert.equal(freeShortName(["zayavka", "zayavka_2"], "Заявка", "funnel"), "zayavka_3");
  assert.equal(freeShortName(["funnel"], "購入", "funnel"), "funnel_2");
  const long = "a".repeat(80);
  assert.equal(freeShortName([shortName(long)], long, "funnel"), `${"a".repeat(62)}_2`);
});

test("what has no title is called by its name", () => {
  const doc = { funnels: { way: { title: "Путь" }, plain: {}, blank: { title: " " } } };
  assert.deepEqual(["way", "plain", "blank", "none"].map((name) => titleOf(doc, "funnels", name)), ["Путь", "plain", "blank", "none"]);
  assert.equal(titleOf(null, "goals", "constructor"), "constructor");
});
