import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setLanguage } from "./i18n";
import { demoWord, original, pageMeant, valueMeant, valueWord } from "./names";

const CYRILLIC = /[а-яё]/i;
const ROOT = "../..";

test("each channel that the collector knows has its Russian word, and can be found by it", () => {
  const code = readFileSync(`${ROOT}/collector/src/enrich/channel.rs`, "utf8");
  const channels = [...code.matchAll(/\(Self::\w+, "([^"]+)"\)/g)].map((found) => found[1] ?? "");
  assert.equal(channels.length, 20);
  setLanguage("en");
  for (const one of channels) assert.equal(valueWord("channel", one), one);
  setLanguage("ru");
  for (const one of channels) {
    const word = valueWord("channel", one);
    if (one !== "SMS") assert.match(word, CYRILLIC, one);
    assert.equal(valueMeant("channel", word.toUpperCase()), one);
    assert.equal(valueMeant("channel", one), one);
  }
  assert.equal(valueWord("device", "desktop"), "компьютер");
});

test("a page is meant by its address, or without the slash", () => {
  const meant = ["http://127.0.0.1:18481/contact.html", "https://shop.example", "HTTPS://shop.example/a/b?utm_source=x#top", "shop.example/a", "//shop.example/a", "contact.html", " /a ", "/a?b=1", "", "спасибо", "/thanks*", "/"];
  assert.deepEqual(meant.map((one) => pageMeant(one)), ["/contact.html", "/", "/a/b", "/a", "/a", "/contact.html", "/a", "/a", "", "/спасибо", "/thanks*", "/"]);
  assert.deepEqual(["https://shop.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE", "чайник.рф/a", "/100%"].map((one) => pageMeant(one)), ["/спасибо", "/a", "/100%"]);
  assert.deepEqual(["product", "https://shop.example/a", "tea?x"].map((one) => pageMeant(one, true)), ["product", "/a", "tea"]);
});

test("what nobody knows stays as it was written, and so does the same word of another field", () => {
  setLanguage("ru");
  assert.equal(valueWord("channel", "Наклейки"), "Наклейки");
  assert.equal(valueMeant("channel", "Наклейки"), "Наклейки");
  assert.equal(valueWord("channel", "toString"), "toString");
  assert.equal(valueWord("utm_source", "Direct"), "Direct");
  assert.equal(valueMeant("page", "Прямые заходы"), "Прямые заходы");
  assert.equal(original("Direct", valueWord("channel", "Direct")), "Direct");
  assert.equal(original("Наклейки", valueWord("channel", "Наклейки")), undefined);
});

test("all that the demo names is read in Russian", () => {
  setLanguage("ru");
  const shop = readFileSync(`${ROOT}/rules/examples/shop.json`, "utf8");
  const { funnels, goals } = JSON.parse(shop) as { funnels: Record<string, { steps: { name: string }[] }>; goals: Record<string, unknown> };
  const code = readFileSync(`${ROOT}/server/src/demo_shop.rs`, "utf8");
  const targets = [...code.matchAll(/\{\{ "name": "([^"]+)"/g)].map((found) => found[1] ?? "");
  const names = [...Object.keys(funnels), ...Object.keys(goals), ...Object.values(funnels).flatMap((funnel) => funnel.steps.map((step) => step.name)), ...targets];
  assert.ok(names.length > 18, String(names.length));
  for (const one of names) if (!["CAC", "ROMI"].includes(one)) assert.match(demoWord(one), CYRILLIC, one);
});
