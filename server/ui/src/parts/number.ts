// Numbers as people type them: with a comma or a point, with spaces between thousands.

import { language } from "../i18n";

const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const PLAIN = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/;

/** The number; null where nothing is typed, undefined where it cannot be read. In English a comma before three digits parts thousands. */
export function numberIn(text: string): number | null | undefined {
  const bare = text.replaceAll(/\s/g, "").replace("\u2212", "-");
  if (bare === "") return null;
  if (language() === "en" && GROUPED.test(bare)) return Number(bare.replaceAll(",", ""));
  return PLAIN.test(bare) ? Number(bare.replace(",", ".")) : undefined;
}

/** As `numberIn` reads it back. */
export const numberText = (value: number): string => String(value).replace(".", language() === "ru" ? "," : ".");

/** For documents: what cannot be read stays as it was typed, and the check of the rules says what is wrong with it. */
export function numberTyped(text: string): number | string | undefined {
  const number = numberIn(text);
  return number === null ? undefined : (number ?? text.trim());
}

/** A share, which people also write in per cent: "50 %" is 0.5. */
export function shareTyped(text: string): number | string | undefined {
  const percent = /^(.*\d)\s*%\s*$/.exec(text);
  const number = percent ? numberIn(percent[1] ?? "") : undefined;
  return typeof number === "number" ? Number((number / 100).toFixed(8)) : numberTyped(text);
}
