// Makes a folder of pages out of what npm has installed: `node build.mjs MODULES FOLDER`. Each page gets a folder; what themes
// load from a content delivery network and the tests must have is beside them, in `npm/`.
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [, , modules, folder] = process.argv;
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(modules, 'x.js'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { build } = await load('vite');
const vue = (await load('@vitejs/plugin-vue')).default;
const solid = (await load('vite-plugin-solid')).default;
const { svelte } = await import(pathToFileURL(join(modules, '@sveltejs/vite-plugin-svelte/src/index.js')));

const jsx = (from) => ({ oxc: { jsx: { runtime: 'automatic', importSource: from } } });
const APPS = [
  ['react', 'react.jsx', [], jsx('react')],
  ['preact', 'preact.jsx', [], jsx('preact')],
  ['solid', 'solid.jsx', [solid()], {}],
  ['vue', 'vue.js', [vue()], {}],
  ['svelte', 'svelte.js', [svelte({ configFile: false })], {}],
  ['lit', 'lit.js', [], {}],
  ['angular', 'angular.js', [], {}],
  ['alpine', 'alpine.js', [], {}],
  ['htmx', 'htmx.js', [], {}],
];

for (const [name, entry, plugins, more] of APPS) {
  const root = join(folder, '..', 'sources', name);
  cpSync(join(here, 'apps'), root, { recursive: true });
  writeFileSync(
    join(root, 'index.html'),
    `<!doctype html><html lang=en><head><meta charset=utf-8><title>${name}</title></head><body><div id=app></div><script type=module src=./${entry}></script></body></html>`,
  );
  await build({
    root,
    base: `/${name}/`,
    configFile: false,
    logLevel: 'error',
    plugins,
    ...more,
    build: { outDir: join(folder, name), emptyOutDir: true, chunkSizeWarningLimit: 4000 },
  });
}
writeFileSync(join(folder, 'htmx/part.html'), '<p>A part <button class=inner>of it</button></p>');

const rewrite = (from) => {
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const file = join(entry.parentPath, entry.name);
    const html = readFileSync(file, 'utf8');
    writeFileSync(file, html.replace(/https:\/\/cdn\.jsdelivr\.net\/npm\/bootstrap@[\d.]+\//g, '/npm/bootstrap/'));
  }
};
for (const name of readdirSync(modules)) {
  const theme = /^startbootstrap-(.+)$/.exec(name);
  if (!theme && name !== 'html5-boilerplate') continue;
  const to = join(folder, theme ? theme[1] : name);
  cpSync(join(modules, name, 'dist'), to, { recursive: true });
  rewrite(to);
}
mkdirSync(join(folder, 'npm/bootstrap'), { recursive: true });
cpSync(join(modules, 'bootstrap/dist'), join(folder, 'npm/bootstrap/dist'), { recursive: true });
