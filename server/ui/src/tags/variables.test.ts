import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BUILT_IN } from "./model";
import type { Schema } from "./schema.svelte";
import { listShape, tableShape } from "./shapes";
import { begun, offered, takesVariables, withVariable } from "./variables";

const root = JSON.parse(readFileSync("../../rules/schema/container.schema.json", "utf8")) as Schema;
const of = (definition: string, name: string): Schema => root.definitions?.[definition]?.properties?.[name] ?? {};

test("the fields that take variables are known by the schema", () => {
  const all = Object.entries(root.definitions ?? {}).flatMap(([definition, schema]) => Object.entries(schema.properties ?? {}).filter(([, one]) => takesVariables(one)).map(([name]) => `${definition}.${name}`));
  assert.deepEqual(all.sort(), [
    "join.values", "lookup.input", "pattern_table.input", "tag.pixel", "tag.with", "url.of",
    "variable.first", "variable.join", "variable.lookup", "variable.pattern_table", "variable.template", "variable.url",
  ]);
});

test("every variable that is always there is offered", () => {
  const { properties = {}, patternProperties = {} } = root.definitions?.["condition"] ?? {};
  const names = Object.keys(properties).filter((name) => !["all", "any", "not"].includes(name));
  const begins = Object.keys(patternProperties).map((pattern) => pattern.replace("^", "").replaceAll("\\", "").slice(0, -1));
  assert.deepEqual([...names, ...begins].filter((name) => !BUILT_IN.includes(name)), []);
  assert.deepEqual(BUILT_IN.filter((name) => !names.includes(name) && !begins.includes(name) && !name.startsWith("consent.")), []);
});

test("a variable is begun by two braces, and put where it was begun", () => {
  assert.equal(begun("https://ads.example/", 20), null);
  assert.equal(begun("{{sku}}", 7), null);
  assert.deepEqual(begun("a {{ pa", 7), { from: 2, word: "pa" });
  assert.deepEqual(withVariable("a {{ pa", 7, "page.path"), { text: "a {{page.path}}", cursor: 15 });
  assert.deepEqual(withVariable("{{pa}}&b", 4, "page.path"), { text: "{{page.path}}&b", cursor: 13 });
  assert.deepEqual(withVariable("{{pa {{b}}", 4, "sku"), { text: "{{sku}} {{b}}", cursor: 7 });
  assert.deepEqual(withVariable("ab", 1, "sku"), { text: "a{{sku}}b", cursor: 8 });
  // A name that is to be ended is gone on with inside of the braces.
  assert.deepEqual(withVariable("", 0, "cookie."), { text: "{{cookie.}}", cursor: 9 });
});

test("the container's own variables come first, and those that begin so before the others", () => {
  const doc = { variables: { "full price": {}, price: {} } };
  assert.deepEqual(offered(doc, "PRICE"), ["price", "full price"]);
  assert.deepEqual(offered(doc, "").slice(0, 3), ["full price", "price", "page.url"]);
  assert.deepEqual(offered(null, "nothing like it"), []);
  assert.deepEqual(offered(doc, "price", "price"), ["full price"], "a variable is not made of itself");
});

test("lists and tables are shown as rows only as they are written", () => {
  assert.equal(listShape(root, of("variable", "first"), ["{{a}}", 1, null]), "values");
  assert.equal(listShape(root, of("variable", "first"), "{{a}}"), null);
  assert.equal(listShape(root, of("group", "all"), []), null, "names of triggers are chosen");
  assert.equal(tableShape(root, of("lookup", "table"), { a: 1, b: "x" }), "values");
  assert.equal(tableShape(root, of("lookup", "table"), undefined), "values");
  assert.equal(tableShape(root, of("lookup", "table"), { a: { b: 1 } }), null);
  assert.equal(tableShape(root, of("lookup", "table"), []), null);
  assert.equal(tableShape(root, of("pattern_table", "table"), { "^/a": "a" }), "patterns");
  assert.equal(tableShape(root, of("pattern_table", "table"), [{ matches: "^/a", value: "a", colour: "red" }, {}]), "patterns");
  assert.equal(tableShape(root, of("pattern_table", "table"), [["^/a", "a"]]), null);
  assert.equal(tableShape(root, of("consent", "default"), {}), null, "choices");
});
