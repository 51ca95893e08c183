// Numbers and times as people read them, in the language of the page.

import { language, t } from "./i18n";

/** Days before months, and 24 hours, in English as in Russian. */
const locale = (): string => (language() === "en" ? "en-GB" : language());

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;
/** Below this share two digits after the point still say something. */
const SMALL_SHARE = 0.1;

/** "1 840". */
export const count = (value: number): string => new Intl.NumberFormat(language()).format(value);

/** "33.3 %", or a dash when there is nothing to divide by. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = value > 0 && value < SMALL_SHARE ? 2 : 1;
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

/** Of so much money its hundredths say nothing. */
const MUCH = 100_000;

/** "3 000,50 €", "3 000 €": the smaller coin where the currency has one, and where there is something of it to be told. */
export function money(value: number, currency: string): string {
  const digits = Math.abs(value) < MUCH ? {} : { maximumFractionDigits: 0 };
  const options = { trailingZeroDisplay: "stripIfInteger", ...digits } as const;
  if (/^[A-Z]{3}$/.test(currency)) {
    try {
      return new Intl.NumberFormat(language(), { style: "currency", currency, currencyDisplay: "narrowSymbol", ...options }).format(value);
    } catch {
      // Three letters that no browser knows stand behind the number.
    }
  }
  return `${new Intl.NumberFormat(language(), { minimumFractionDigits: value === Math.round(value) || "maximumFractionDigits" in digits ? 0 : 2, maximumFractionDigits: 2, ...options }).format(value)} ${currency}`.trim();
}

function unit(value: number, name: string, digits = 0): string {
  return new Intl.NumberFormat(language(), { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}

/** "1 min 34 sec", "2 hr 2 min", "3 days": two units at most. */
export function duration(seconds: number): string {
  if (seconds < MINUTE_S) return unit(seconds, "second", seconds < 10 ? 1 : 0);
  const whole = Math.round(seconds);
  const [large, small, step, smallStep] = whole < HOUR_S
    ? (["minute", "second", MINUTE_S, 1] as const)
    : whole < DAY_S
      ? (["hour", "minute", HOUR_S, MINUTE_S] as const)
      : (["day", "hour", DAY_S, HOUR_S] as const);
  const rest = Math.floor((whole % step) / smallStep);
  const main = unit(Math.floor(whole / step), large);
  return rest > 0 ? `${main} ${unit(rest, small)}` : main;
}

/** "3 s ago". */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  if (seconds < 1) return t("time.now");
  const [value, name] = seconds < MINUTE_S
    ? ([seconds, "second"] as const)
    : seconds < HOUR_S
      ? ([Math.floor(seconds / MINUTE_S), "minute"] as const)
      : seconds < DAY_S
        ? ([Math.floor(seconds / HOUR_S), "hour"] as const)
        : ([Math.floor(seconds / DAY_S), "day"] as const);
  return new Intl.RelativeTimeFormat(language(), { style: "short" }).format(-value, name);
}

/** "28 Nov 2026, 17:05". */
export const moment = (ms: number | string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(ms));

const days = (iso: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locale(), { ...options, timeZone: "UTC" }).format(new Date(`${iso}T00:00:00Z`)).replace(/\s*г\.$/, "");

/** "28 Nov"; with the year where it is not this one. */
export const day = (iso: string, today = new Date().toISOString()): string =>
  days(iso, { day: "numeric", month: "short", ...(iso.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" }) });

/** The day of a moment in a time zone, as "2026-11-28"; in that of the browser where there is no such zone. */
export function dayIn(ms: number, zone: string): string {
  try {
    return new Date(ms).toLocaleDateString("sv", zone === "" ? {} : { timeZone: zone });
  } catch {
    return new Date(ms).toLocaleDateString("sv");
  }
}

/** "Nov 2026". */
export const monthOf = (iso: string): string => days(iso, { month: "short", year: "numeric" });

/** "31 December 2026", as part of a sentence. */
export const dayInWords = (iso: string): string => days(iso, { day: "numeric", month: "long", year: "numeric" });

/** A name in the quotes of the language: “Lead”, «Заявка». */
export const quoted = (name: string): string => (language() === "ru" ? `«${name}»` : `“${name}”`);
