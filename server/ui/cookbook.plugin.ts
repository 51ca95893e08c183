// The cookbook as a module: its questions in both languages, read from docs/cookbook.md and docs/ru/cookbook.md when the
// application is built, so that there is one text of it. The containers are the files that the documents name.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const ID = "virtual:cookbook";
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const DOCS = { en: "docs/cookbook.md", ru: "docs/ru/cookbook.md" };

interface Told {
  group: string;
  title: string;
  text: string;
  file: string;
}

/** `<a id="x">`, `### 1. Title`, a paragraph, the link to the file. */
function recipes(text: string): Map<string, Told> {
  const found = new Map<string, Told>();
  let group = "";
  for (const part of text.split(/(?=^## |^<a id=")/m)) {
    group = /^## (.+)$/m.exec(part)?.[1] ?? group;
    const id = /^<a id="([\w-]+)">/.exec(part)?.[1];
    const title = /^### \d+\. (.+)$/m.exec(part)?.[1];
    const file = /\]\([./]*rules\/examples\/cookbook\/([\w.-]+\.json)\)/.exec(part)?.[1];
    if (!id || !title || !file) continue;
    const lines = part.slice(part.indexOf(title) + title.length).split("\n\n").map((one) => one.trim()).filter(Boolean);
    const prose = (lines[0] ?? "").replaceAll("\n", " ").replace(/\[([^\]]+)\]\([^)]+\)/g, "$1");
    found.set(id, { group, title, text: prose.startsWith("[`") ? "" : prose, file });
  }
  return found;
}

function cookbook(): object[] {
  const [en, ru] = [recipes(readFileSync(join(ROOT, DOCS.en), "utf8")), recipes(readFileSync(join(ROOT, DOCS.ru), "utf8"))];
  if (en.size < 10) throw new Error(`${DOCS.en} is not written as cookbook.plugin.ts reads it: ${en.size} recipes found`);
  return [...en].map(([id, told]) => {
    const russian = ru.get(id);
    if (!russian) throw new Error(`${DOCS.ru} lacks the recipe \`${id}\``);
    return {
      id,
      en: { group: told.group, title: told.title, text: told.text },
      ru: { group: russian.group, title: russian.title, text: russian.text },
      container: JSON.parse(readFileSync(join(ROOT, "rules/examples/cookbook", told.file), "utf8")) as unknown,
    };
  });
}

export function cookbookModule(): Plugin {
  return {
    name: "weir-cookbook",
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? `export default JSON.parse(${JSON.stringify(JSON.stringify(cookbook()))});` : undefined),
  };
}
