import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/api/openapi.d.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-alert": "error",
      // TypeScript knows what is defined.
      "no-undef": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      // Names are hostile text: nothing is ever put into the page as HTML.
      "svelte/no-at-html-tags": "error",
      // Most maps and addresses live within one call.
      "svelte/prefer-svelte-reactivity": "off",
      // Links of this router are plain addresses; there is no SvelteKit.
      "svelte/no-navigation-without-resolve": "off",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"] } },
    rules: { "prefer-const": "off", "svelte/prefer-const": "error" },
  },
);
