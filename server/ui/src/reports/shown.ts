// Cells as people read them.

import { day, duration, moment, money } from "../format";
import { language } from "../i18n";
import type { Cell, Column, Unit } from "./api";

const NOTHING = "–";
const THOUSAND = 1000;

/** Names of columns of which less is better. */
const LESS_IS_BETTER = new Set(["bounces", "bounce_rate", "exits", "exit_rate", "drop_off", "refunds", "lost", "churn_rate", "missing", "missing_share", "repeats", "bots", "clicks_without_impression", "cost", "ad_spend", "cpc", "cost_per_lead", "cac", "drr"]);

export const isLessBetter = (name: string): boolean => LESS_IS_BETTER.has(name);

const round = (value: number): string => new Intl.NumberFormat(language(), { maximumFractionDigits: Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : Math.abs(value) < THOUSAND ? 1 : 0 }).format(value);

export function percent(value: number): string {
  const digits = Math.abs(value) > 0 && Math.abs(value) < 0.1 ? 2 : 1;
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

export function inUnit(value: number | null, unit: Unit, currency: string): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  if (unit === "share") return percent(value);
  if (unit === "money") return money(value, currency);
  if (unit === "seconds") return duration(value);
  if (unit === "count") return new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
  return round(value);
}

export function shown(cell: Cell | undefined, column: Column, currency: string): string {
  if (cell === null || cell === undefined) return NOTHING;
  if (Array.isArray(cell)) return cell.join(" → ");
  if (typeof cell === "number") return inUnit(cell, column.unit, currency);
  if (column.type === "day") return day(cell);
  if (column.type === "time") return moment(`${cell.replace(" ", "T")}Z`);
  return cell;
}

/** Short, for the axes of charts: "1.2K". */
export function short(value: number, unit: Unit): string {
  if (unit === "share") return percent(value);
  if (unit === "seconds") return duration(value);
  return new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** By which share one number is above another; null: nothing to compare, and from nothing or less nothing grows. */
export function change(now: number | null, before: number | null): number | null {
  if (now === null || before === null || before <= 0) return null;
  return now / before - 1;
}

export function signed(value: number): string {
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: Math.abs(value) < 0.1 ? 1 : 0, signDisplay: "exceptZero" }).format(value);
}
