// Light, dark, or as the system has it. The choice is kept in this browser.

import { recall, remember } from "./memory";

export type Theme = "system" | "light" | "dark";
const KEY = "weir.theme";

function read(): Theme {
  const kept = recall(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function apply(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === "system" ? "light dark" : theme;
}

const begin = read();
let current = $state<Theme>(begin);
apply(begin);

export const theme = (): Theme => current;

export function setTheme(to: Theme): void {
  current = to;
  remember(KEY, to === "system" ? "" : to);
  apply(to);
}
