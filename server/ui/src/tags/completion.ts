// Completion and descriptions in the JSON editor, from the container's schema and from what the container has: names of
// triggers where triggers are named, variables inside double braces.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Tooltip } from "@codemirror/view";
import { getLocation, parseTree, findNodeAtOffset } from "jsonc-parser";
import type { JsonObject, Path } from "../document/text";
import { BUILT_IN, mapOf } from "./model";
import { alternatives, resolved, schemaAt, type Schema } from "./schema.svelte";

/** What stands between the quotes to the left and right of the cursor. */
function wordAround(text: string, place: number): { from: number; to: number; quoted: boolean } {
  const node = ((tree) => tree && findNodeAtOffset(tree, place, true))(parseTree(text));
  if (node?.type === "string" && place > node.offset) return { from: node.offset, to: node.offset + node.length, quoted: true };
  const before = /[\w.]*$/.exec(text.slice(0, place))?.[0] ?? "";
  const after = /^[\w.]*/.exec(text.slice(place))?.[0] ?? "";
  return { from: place - before.length, to: place + after.length, quoted: false };
}

/** What a new key begins with. */
function begin(root: Schema, schema: Schema): string {
  const all = alternatives(root, schema);
  const types = all.flatMap((one) => one.type ?? []);
  if (schema.default !== undefined && typeof schema.default !== "object") return JSON.stringify(schema.default);
  if (types.includes("object") && !types.includes("string")) return "{}";
  if (types.includes("array")) return "[]";
  if (types.includes("boolean") && !types.includes("string")) return "true";
  if (types.includes("integer") || (types.includes("number") && !types.includes("string"))) return "0";
  return '""';
}

function keys(root: Schema, path: Path, parent: JsonObject | null, hasColon: boolean): Completion[] {
  const here = alternatives(root, schemaAt(root, path.slice(0, -1)));
  const present = Object.keys(parent ?? {});
  return here.flatMap((one) => Object.entries(one.properties ?? {})).filter(([name]) => !present.includes(name)).map(([name, schema]) => {
    const own = resolved(root, schema);
    return { label: name, type: "property", ...(own.description ? { info: own.description } : {}), apply: hasColon ? JSON.stringify(name) : `${JSON.stringify(name)}: ${begin(root, own)}` };
  });
}

function values(root: Schema, path: Path, doc: JsonObject | null): Completion[] {
  const schema = schemaAt(root, path);
  const last = path.filter((part) => typeof part === "string").at(-1);
  const triggers = path[0] === "tags" && (last === "on" || last === "except") ? Object.keys(mapOf(doc, "triggers")) : last === "all" && path.includes("group") ? Object.keys(mapOf(doc, "triggers")) : [];
  const named: Completion[] = triggers.map((name) => ({ label: name, type: "variable", apply: JSON.stringify(name) }));
  const listed = alternatives(root, schema).flatMap((one) => (one.enum ?? []).map((value, index): Completion => ({
    label: String(value), type: "enum", apply: JSON.stringify(value), ...(one.enumDescriptions?.[index] ? { detail: one.enumDescriptions[index] } : {}),
  })));
  const truths: Completion[] = schema.type === "boolean" ? ["true", "false"].map((label) => ({ label, type: "keyword" })) : [];
  const examples = (schema.examples ?? []).filter((one) => listed.length === 0 && typeof one !== "object").map((one): Completion => ({ label: String(one), type: "text", apply: JSON.stringify(one) }));
  return [...named, ...listed, ...truths, ...examples];
}

/** Variables, while one is being written: `{{pa`. */
function variables(context: CompletionContext, doc: JsonObject | null): CompletionResult | null {
  const open = context.matchBefore(/\{\{[^{}"]*/);
  if (!open) return null;
  const closed = context.state.sliceDoc(context.pos, context.pos + 2) === "}}";
  const own = Object.keys(mapOf(doc, "variables")).map((name): Completion => ({ label: name, type: "variable", boost: 1, apply: closed ? name : `${name}}}` }));
  return { from: open.from + 2, options: [...own, ...BUILT_IN.map((name): Completion => ({ label: name, type: "constant", apply: closed || name.endsWith(".") ? name : `${name}}}` }))], validFor: /^[^{}"]*$/ };
}

export function complete(context: CompletionContext, root: Schema | null, doc: JsonObject | null): CompletionResult | null {
  const braces = variables(context, doc);
  if (braces || !root) return braces;
  const text = context.state.doc.toString();
  const location = getLocation(text, context.pos);
  const word = wordAround(text, context.pos);
  // Unasked, only where something has been begun.
  if (!context.explicit && !word.quoted && word.from === context.pos) return null;
  const path = location.path as Path;
  const parent = path.slice(0, -1).reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], doc ?? {});
  const hasColon = /^\s*:/.test(text.slice(word.to));
  const options = location.isAtPropertyKey ? keys(root, path, (parent ?? null) as JsonObject | null, hasColon) : values(root, path, doc);
  if (options.length === 0) return null;
  // Labels stand without their quotes: what is compared begins after the quote and ends at the cursor; what is replaced is the whole
  // word, its quotes included, as it is by then.
  const from = word.from + (word.quoted ? 1 : 0);
  return {
    from,
    options: options.map((option) => ({
      ...option,
      apply: (view, completion, start) => {
        const insert = typeof option.apply === "string" ? option.apply : completion.label;
        const { head } = view.state.selection.main;
        const now = wordAround(view.state.doc.toString(), head);
        const begins = now.quoted ? now.from : start;
        // After `{}`, `[]` and `""` one goes on inside.
        const inside = /(\{\}|\[\]|"")$/.test(insert) && insert.includes(":") ? 1 : 0;
        view.dispatch({ changes: { from: begins, to: Math.max(now.to, head), insert }, selection: { anchor: begins + insert.length - inside } });
      },
    })),
    validFor: /^[^"\n]*$/,
  };
}

/** What the schema says about what the pointer is over. */
export function describe(text: string, place: number, root: Schema | null): Tooltip | null {
  if (!root) return null;
  const location = getLocation(text, place);
  const { from, to, quoted } = wordAround(text, place);
  const description = quoted ? resolved(root, schemaAt(root, location.path as Path)).description : undefined;
  if (!description) return null;
  return {
    pos: from,
    end: to,
    create: () => {
      const dom = document.createElement("div");
      dom.textContent = description;
      return { dom };
    },
  };
}
