// Numbers and times as people read them, in the language of the page.

import { language, words } from "./words.js";

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;
/** Below this share two digits after the point still say something. */
const SMALL_SHARE = 0.1;

/** "1 840". */
export const count = (value) => new Intl.NumberFormat(language()).format(value);

/** "33.3 %", or a dash when there is nothing to divide by. */
export function share(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = value > 0 && value < SMALL_SHARE ? 2 : 1;
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

function unit(value, name, digits = 0) {
  return new Intl.NumberFormat(language(), {
    style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits,
  }).format(value);
}

/** "1 min 34 sec", "2 hr 2 min", "3 days": two units at most. */
export function duration(seconds) {
  if (seconds < MINUTE_S) return unit(seconds, "second", seconds < 10 ? 1 : 0);
  const whole = Math.round(seconds);
  const [large, small, step] = whole < HOUR_S ? ["minute", "second", MINUTE_S]
    : whole < DAY_S ? ["hour", "minute", HOUR_S] : ["day", "hour", DAY_S];
  const smallStep = { second: 1, minute: MINUTE_S, hour: HOUR_S }[small];
  const rest = Math.floor((whole % step) / smallStep);
  const first = unit(Math.floor(whole / step), large);
  return rest > 0 ? `${first} ${unit(rest, small)}` : first;
}

/** "3 s ago". */
export function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  if (seconds < 1) return words().now;
  const [value, name] = seconds < MINUTE_S ? [seconds, "second"]
    : seconds < HOUR_S ? [Math.floor(seconds / MINUTE_S), "minute"]
    : seconds < DAY_S ? [Math.floor(seconds / HOUR_S), "hour"] : [Math.floor(seconds / DAY_S), "day"];
  return new Intl.RelativeTimeFormat(language(), { style: "short" }).format(-value, name);
}

/** The form of a word that goes with a number: `{ one, few, many, other }`, with `{n}` in it. */
export function plural(value, forms) {
  const form = forms[new Intl.PluralRules(language()).select(value)] ?? forms.other;
  return form.replace("{n}", count(value));
}
