// Runs the unit tests of the web application, `server/ui/src/**/*.test.ts`: built as the application is, then run by Node.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const ui = process.cwd();
const { build } = await import(pathToFileURL(createRequire(join(ui, "package.json")).resolve("vite")).href);
const tests = readdirSync("src", { recursive: true }).map(String).filter((name) => name.endsWith(".test.ts")).sort();
// Inside the application's folder, so that packages are found.
const out = mkdtempSync(join(ui, ".tests-"));
try {
  await build({
    logLevel: "warn",
    build: {
      ssr: true,
      outDir: out,
      emptyOutDir: true,
      rolldownOptions: { input: Object.fromEntries(tests.map((name) => [name.replaceAll("/", "-").replace(/\.ts$/, ""), join("src", name)])), output: { entryFileNames: "[name].mjs" } },
    },
  });
  const built = tests.map((name) => relative(ui, join(out, `${name.replaceAll("/", "-").replace(/\.ts$/, "")}.mjs`)));
  const { status } = spawnSync(process.execPath, ["--import", new URL("./ui-test-page.mjs", import.meta.url).href, "--test", "--test-reporter=spec", ...built], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
