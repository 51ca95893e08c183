// How far a number has come on its way to a target, in words where a share says nothing.

import { number, text, type Named } from "./api";
import { percent } from "./shown";
import { r } from "./words";

export const STATUS = ["done", "on_track", "at_risk", "missed", "too_early", "no_data"] as const;
export const KIND = { done: "good", on_track: "good", at_risk: "warn", missed: "bad", too_early: "", no_data: "" } as const;
export const statusOf = (kpi: Named): (typeof STATUS)[number] => STATUS.find((one) => one === text(kpi["status"])) ?? "no_data";

/** Whether today is part of what stands large on the card of a target: of what is counted in all, and before a day is over. */
export const hasToday = (kpi: Named): boolean => number(kpi["so_far"]) !== null && (text(kpi["since"]) !== "" || !text(kpi["value_day"]));
export const currentOf = (kpi: Named): number | null => number(kpi[hasToday(kpi) ? "so_far" : "value"]);

export function wayWords(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return "–";
  return share < 0 ? r("targets.behind") : percent(share);
}
