// How the web application is built: into dist/, from where the binary embeds it, to be served under /ui/.
//
// The page's policy allows files of its own server and nothing else: no inline script or style, no eval, no data: URLs.

import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { cookbookModule } from "./cookbook.plugin.ts";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** `npm run dev` shows the pages of a checkout with the numbers of a server that runs: WEIR=http://127.0.0.1:8080. */
const weir = process.env["WEIR"] ?? "http://127.0.0.1:8080";

/** Beside each file its compressed forms, so that the server does not compress the same thing again and again. */
const compressed: Plugin = {
  name: "weir-compressed",
  writeBundle({ dir = "dist" }, files) {
    for (const [name, file] of Object.entries(files)) {
      if (!name.startsWith("assets/")) continue;
      const text = file.type === "chunk" ? file.code : file.source;
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(text));
      writeFileSync(join(dir, `${name}.gz`), gzipSync(text, { level: 9 }));
    }
  },
};

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/ui/" : "/",
  plugins: [svelte(), cookbookModule(), compressed],
  build: {
    target: "es2022",
    // The oldest that know light-dark(): rewritten for older ones, it would not follow the choice of colours.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    // A file that is small would become a data: URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    // Packages live in a folder that checkouts share (tools/setup.sh).
    fs: { allow: [".", realpathSync("node_modules")] },
    proxy: Object.fromEntries(["/api", "/container.schema.json", "/demo", "/t/", "/c"].map((path) => [path, { target: weir }])),
  },
}));
