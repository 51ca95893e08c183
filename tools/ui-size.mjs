// What the browser downloads of the web application before it shows a page: the files that index.html names and, from
// them, everything that is imported without being asked for. Fails above the budget.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

/** Brotli, before the first chart (issue: under 300 KB). The rest of the budget is the pages' own. */
const BUDGET = 150_000;
const [dist] = process.argv.slice(2);
const seen = new Map();

function weigh(file) {
  if (seen.has(file)) return;
  const text = readFileSync(join(dist, file));
  seen.set(file, brotliCompressSync(text).length);
  if (!file.endsWith(".js")) return;
  for (const [, name] of text.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) weigh(join("assets", name));
}

for (const [, file] of readFileSync(join(dist, "index.html"), "utf8").matchAll(/(?:src|href)="\/ui\/([^"]+)"/g)) weigh(file);
const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
console.log(`web application: ${(total / 1000).toFixed(1)} KB of brotli in ${seen.size} files before a page shows (at most ${BUDGET / 1000})`);
if (total > BUDGET) process.exit(1);
