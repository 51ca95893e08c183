import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { read } from "../document/text";
import { complete } from "./completion";
import type { Schema } from "./schema.svelte";

const root = JSON.parse(readFileSync("../../rules/schema/container.schema.json", "utf8")) as Schema;

/** What is offered at `|`. */
function offered(text: string): string[] {
  const place = text.indexOf("|");
  const doc = text.replace("|", "");
  const state = EditorState.create({ doc });
  // CodeMirror's own context needs a page.
  const matchBefore = (pattern: RegExp): { from: number; to: number; text: string } | null => {
    const found = new RegExp(`(?:${pattern.source})$`).exec(doc.slice(0, place));
    return found ? { from: found.index, to: place, text: found[0] } : null;
  };
  const context = { state, pos: place, explicit: false, matchBefore } as unknown as CompletionContext;
  const found = complete(context, root, read(doc));
  // What has been written decides what is shown of them.
  const written = found ? doc.slice(found.from, found.to ?? place) : "";
  return (found?.options ?? []).map((one) => one.label).filter((label) => label.startsWith(written));
}

test("keys are offered while one is being written, and those that are there are not", () => {
  const keys = offered('{ "weir": 1, "tags": [ { "prio|"\n "name": "Lead" } ] }');
  assert.ok(keys.includes("priority"), keys.join());
  assert.ok(offered('{ "we|" }').includes("weir"));
  const more = offered('{ "weir": 1, "tags": [ { "name": "Lead", "|": 1 } ] }');
  assert.ok(more.includes("on") && !more.includes("name"), more.join());
});

test("names are offered where they are meant", () => {
  const text = '{ "triggers": { "sent": { "form": {} } }, "variables": { "colour": {} }, "tags": [ { "on": ["X"], "with": { "item": "Y" } } ] }';
  assert.deepEqual(offered(text.replace("X", "|")), ["sent"]);
  const variables = offered(text.replace("Y", "{{|}}"));
  assert.ok(variables.includes("colour") && variables.includes("page.path"), variables.join());
});
