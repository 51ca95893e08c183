import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inForm, sentence } from "./hints";

interface Told { message: string; hint?: string }
interface Case { problems: { code: string; en: Told; ru: Told }[] }
const FOLDER = "../../rules/spec/diagnostics";
const cases = readdirSync(FOLDER).flatMap((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Case[]);
/** Of a text that is no JSON there is no form. */
const ONLY_TEXT = new Set(["not_json", "unsupported_format_version", "unknown_key"]);
const JSON_WORDS = /"[a-z_]+": |`\{ "|`\["|\[ \{|define it under|сначала опишите/;

test("no problem that a form can show speaks of JSON", () => {
  const problems = cases.flatMap((one) => one.problems).filter((one) => !ONLY_TEXT.has(one.code));
  assert.ok(problems.length > 200, String(problems.length));
  for (const { code, en, ru } of problems) {
    for (const { message, hint } of [en, ru]) {
      const said = inForm({ code, message, hint: hint ?? "" });
      assert.doesNotMatch(`${said.message}\n${said.hint}`, JSON_WORDS, `${code}: ${message}`);
    }
  }
});

test("a text where a number belongs is said to be none", () => {
  const told = cases.flatMap((one) => one.problems).filter(({ code, en }) => code === "wrong_type" && en.message.startsWith("expected a number,"));
  assert.ok(told.length > 0);
  for (const { code, en, ru } of told) for (const one of [en, ru]) assert.equal(inForm({ code, message: one.message, hint: "" }).message, "This is no number", one.message);
});

test("what says something of its own stays", () => {
  const problem = { code: "unknown_metric", message: "there is no metric `leed`", hint: "did you mean `leads`?" };
  assert.deepEqual(inForm(problem), { message: problem.message, hint: problem.hint });
});

test("a hint after a full stop begins as a sentence does", () => {
  assert.equal(sentence("use small Latin letters"), "Use small Latin letters");
  assert.equal(sentence("допишите её"), "Допишите её");
  assert.equal(sentence("`lead` is one"), "`lead` is one");
  assert.equal(sentence(""), "");
});
