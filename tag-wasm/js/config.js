// What this copy of the loader belongs to. The server puts the settings of the site in place of `__WEIR_CONFIG__`:
// {"site", "version", "release" (base64), "wasm" (path), "collect" (path), "may", "privacy" and "quiet"
// (see `rules/src/loader.rs`), "wanted" and "parts" (see `parts.js`)}; paths are on the origin of this script.

export const config = __WEIR_CONFIG__;

// `currentScript` is set while a classic script runs, `async` or not; a page that adds the script in another way keeps it
// in the document. An image or a form of that name hides it: who can write a comment on the page must not choose where the
// module comes from.
const current = document.currentScript;
export const script =
  current instanceof HTMLScriptElement ? current : document.querySelector('script[src*="/' + config.site + '.js"]');

// Now: a `<base>` that comes later would change it.
const home = (script && script.src) || location.href;
export const address = (path) => new URL(path, home).href;
